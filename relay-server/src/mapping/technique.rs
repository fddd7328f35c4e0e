//! The techniques of MITRE ATT&CK that tags name.

use ctim::ExternalReference;

/// The tag that names a technique.
const TAG: &str = "_mitreAttackTechnique:";

/// The name of the matrix as a source.
const MITRE: &str = "mitre-attack";

/// Returns a reference for each technique that a tag names, each once.
pub(super) fn references<'a>(tags: impl IntoIterator<Item = &'a String>) -> Vec<ExternalReference> {
    let mut references: Vec<ExternalReference> = Vec::new();
    for reference in tags.into_iter().filter_map(|tag| reference(tag.strip_prefix(TAG)?)) {
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    references
}

/// A technique such as `T1071`, or a part of one such as `T1071.004`.
fn reference(id: &str) -> Option<ExternalReference> {
    let (technique, part) = match id.split_once('.') {
        Some((technique, part)) => (technique, Some(part)),
        None => (id, None),
    };
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let is_technique = technique.strip_prefix('T').is_some_and(|number| digits(number, 4));
    if !is_technique || part.is_some_and(|part| !digits(part, 3)) {
        return None;
    }
    let url = format!("https://attack.mitre.org/techniques/{}", id.replace('.', "/"));
    Some(ExternalReference::builder().source_name(MITRE).external_id(id).url(url).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_referred_to_once() {
        let tags = [
            "_mitreAttackTechnique:T1071.004",
            "_mitreAttackTechnique:T1071",
            "_mitreAttackTechnique:T1071",
            "_mitreAttackTechnique:T107",
            "_mitreAttackTechnique:T1071.04",
            "_mitreAttackTechnique:../x",
            "_mitreAttackTactic:TA0011",
            "T1071",
        ]
        .map(str::to_owned);
        let urls: Vec<_> = references(&tags).into_iter().filter_map(|one| one.url).collect();
        assert_eq!(
            urls,
            ["https://attack.mitre.org/techniques/T1071/004", "https://attack.mitre.org/techniques/T1071"]
        );
    }
}
