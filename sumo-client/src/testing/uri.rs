//! The parts of addresses.

use url::form_urlencoded;

/// The parameters of a query, decoded, in order.
pub(super) fn decoded_query(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
