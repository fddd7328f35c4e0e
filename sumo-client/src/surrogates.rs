//! Unpaired surrogates in JSON texts, such as `\ud800`: allowed by the grammar of JSON, but not the
//! escape of a character.

/// The JSON text with each unpaired surrogate replaced by U+FFFD; `None` if there are none.
pub(crate) fn replaced(json: &str) -> Option<String> {
    let mut repaired = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(backslash) = json.get(at..)?.find('\\') {
        let escape = at + backslash;
        at = escape + 2;
        let Some(unit) = unit_at(json, escape) else {
            // A backslash before a character of several bytes is not JSON at all.
            json.get(at..)?;
            continue;
        };
        at = escape + ESCAPE;
        let is_paired = is_high(unit) && unit_at(json, at).is_some_and(is_low);
        if is_paired {
            at += ESCAPE;
        } else if is_high(unit) || is_low(unit) {
            repaired.push_str(json.get(copied..escape)?);
            repaired.push_str("\\ufffd");
            copied = at;
        }
    }
    repaired.push_str(json.get(copied..)?);
    (copied > 0).then_some(repaired)
}

/// The length of `\ud800`, in bytes.
const ESCAPE: usize = 6;

/// The UTF-16 code unit that the escape at this byte stands for.
fn unit_at(json: &str, at: usize) -> Option<u16> {
    u16::from_str_radix(json.get(at..at + ESCAPE)?.strip_prefix("\\u")?, 16).ok()
}

fn is_high(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xdc00..0xe000).contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unpaired_surrogates_are_replaced() {
        for (json, expected) in [
            (r#""plain \u0041 \n""#, None),
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud800""#, None),
            (r#""\ud800""#, Some(r#""\ufffd""#)),
            (r#""\udc00 \ud83d\ude00""#, Some(r#""\ufffd \ud83d\ude00""#)),
            (r#""\ud800\ud83d\ude00\\""#, Some(r#""\ufffd\ud83d\ude00\\""#)),
            (r#""\\\ud800é\ud8""#, Some(r#""\\\ufffdé\ud8""#)),
            (r#""\é""#, None),
            ("\\", None),
        ] {
            assert_eq!(replaced(json).as_deref(), expected, "{json}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(json in "(\\\\|u|d8|dc|00|é|[a-f0-9]|\\\\ud800){0,20}") {
            let _ = replaced(&json);
        }
    }
}
