//! Texts as Python's `repr` prints them.
//!
//! Modules of XDR were written in Python and put its `repr` on the wire: in the messages about
//! bodies that do not validate, and in the names from which some make ids. Scripts that read the
//! messages still work, and ids stay those of production.

use std::fmt::{self, Write};

/// A text that prints as Python's `repr` does: in single quotes, or in double quotes when the text
/// has single quotes and no double ones; characters that cannot be printed are escaped.
///
/// ```
/// use xdr_module::contract::python_literal::PythonLiteral;
///
/// assert_eq!(PythonLiteral("it's\n").to_string(), r#""it's\n""#);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PythonLiteral<'a>(pub &'a str);

impl fmt::Display for PythonLiteral<'_> {
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

/// Python prints all characters except control and format characters, blanks other than the plain
/// one, and private or unassigned characters.
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
    use super::PythonLiteral;

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
            assert_eq!(PythonLiteral(text).to_string(), printed, "{text:?}");
        }
    }
}
