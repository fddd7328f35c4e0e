//! The printed form of Python texts and mappings.
//!
//! The relay's predecessor put Python's `repr` on the wire in two places: in the messages about
//! bodies that do not validate, and in the names from which ids of sightings are made. Both are kept,
//! so that scripts that read the messages work and ids stay those of production.

use std::fmt::{self, Write};

/// A text as Python's `repr` prints it: in single quotes, or in double quotes when the text has
/// single quotes and no double ones; what cannot be printed is escaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repr<'a>(pub(crate) &'a str);

impl fmt::Display for Repr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.0.contains('\'') && !self.0.contains('"') { '"' } else { '\'' };
        f.write_char(quote)?;
        for c in self.0.chars() {
            write_char(f, c, quote)?;
        }
        f.write_char(quote)
    }
}

fn write_char(f: &mut fmt::Formatter<'_>, c: char, quote: char) -> fmt::Result {
    match c {
        '\\' => f.write_str("\\\\"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        c if c == quote => write!(f, "\\{c}"),
        ' '..='~' => f.write_char(c),
        c if is_printable(c) => f.write_char(c),
        c if u32::from(c) <= 0xff => write!(f, "\\x{:02x}", u32::from(c)),
        c if u32::from(c) <= 0xffff => write!(f, "\\u{:04x}", u32::from(c)),
        c => write!(f, "\\U{:08x}", u32::from(c)),
    }
}

/// Python prints what is neither a control or format character, nor a blank other than the plain
/// one, nor private or unassigned.
fn is_printable(c: char) -> bool {
    if c.is_control() || c.is_whitespace() {
        return false;
    }
    let format = matches!(u32::from(c),
        0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe007f);
    let private = matches!(u32::from(c), 0xe000..=0xf8ff | 0xf0000..=0x10ffff);
    !format && !private
}

#[cfg(test)]
mod tests {
    use super::Repr;

    #[test]
    fn prints_as_python_does() {
        for (text, printed) in [
            ("", "''"),
            ("cisco.com", "'cisco.com'"),
            ("it's", "\"it's\""),
            ("say \"it's\"", "'say \"it\\'s\"'"),
            ("C:\\temp", "'C:\\\\temp'"),
            ("a\nb\tc\r", "'a\\nb\\tc\\r'"),
            ("\u{0}\u{7f}\u{a0}", "'\\x00\\x7f\\xa0'"),
            ("müller", "'müller'"),
            ("\u{200b}\u{2028}", "'\\u200b\\u2028'"),
            ("\u{1f600}\u{e0001}", "'\u{1f600}\\U000e0001'"),
        ] {
            assert_eq!(Repr(text).to_string(), printed, "{text:?}");
        }
    }
}
