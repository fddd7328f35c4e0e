//! Names that were probably meant by others.

/// The least likeness of a name to another that it is taken for, from 0 to 1.
const ALIKE: f64 = 0.8;

/// Returns the feature of this crate without which a setting is not known, by its variable.
pub(crate) fn feature_of(variable: &str) -> Option<&'static str> {
    (variable == "RELAY_OTLP_ENDPOINT").then_some("otlp")
}

/// Returns the known name that `name` is probably meant to be; `prefix`, which all have, does not
/// count.
pub(crate) fn nearest<'a>(name: &str, prefix: &str, known: &'a [String]) -> Option<&'a String> {
    let rest = |name: &str| name.trim_start_matches(prefix).to_owned();
    let alike = |other: &String| strsim::jaro_winkler(&rest(name), &rest(other));
    known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b))).filter(|other| alike(other) >= ALIKE)
}
