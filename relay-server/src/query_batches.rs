//! The values of a query, in as few calls as their URLs need.

/// The most characters that the values of one call take in its URL: servers take 8 KiB.
const MOST_URL_CHARS: usize = 6_000;

/// Returns the values, each once and in their order, in as few parts as fit into a URL. A value
/// that is longer than a part is one by itself.
pub(crate) fn batches(values: impl IntoIterator<Item = String>) -> Vec<Vec<String>> {
    let mut seen = std::collections::HashSet::new();
    let (mut batches, mut room) = (Vec::<Vec<String>>::new(), 0);
    for value in values.into_iter().filter(|value| seen.insert(value.clone())) {
        let chars = url_chars(&value);
        match batches.last_mut().filter(|_| chars <= room) {
            Some(batch) => {
                batch.push(value);
                room -= chars;
            }
            None => {
                batches.push(vec![value]);
                room = MOST_URL_CHARS.saturating_sub(chars);
            }
        }
    }
    batches
}

/// The most characters of a value with its quotes and comma, escaped and encoded for a URL.
fn url_chars(value: &str) -> usize {
    let chars = |byte: u8| match byte {
        b'"' | b'\\' => 6,
        _ if byte.is_ascii_alphanumeric() => 1,
        _ => 3,
    };
    value.bytes().map(chars).sum::<usize>() + 9
}

#[cfg(test)]
mod tests {
    use sumo_client::query::list_items;

    use super::*;

    #[test]
    fn urls_stay_short_whatever_the_values_are_made_of() {
        for part in ["a", "ü", "\"", "\\", " ", "."] {
            let values: Vec<_> = (0..40).map(|n| format!("{n}{}", part.repeat(300))).collect();
            let split = batches(values.clone());
            assert_eq!(split.concat(), values);
            for batch in split {
                let query = list_items::VALUE.one_of(&batch);
                let encoded = url::form_urlencoded::byte_serialize(query.as_str().as_bytes());
                let chars: usize = encoded.map(str::len).sum();
                assert!(chars <= MOST_URL_CHARS + 20, "{chars} characters of {part}");
            }
        }
    }

    #[test]
    fn values_are_asked_for_once_and_long_ones_by_themselves() {
        let split = |values: &[&str]| batches(values.iter().map(|value| (*value).to_owned()));
        assert_eq!(split(&["b", "a", "b"]), [["b", "a"]]);
        let long = "a".repeat(10_000);
        assert_eq!(split(&["b", &long, "c"]).iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
        assert!(split(&[]).is_empty());
    }
}
