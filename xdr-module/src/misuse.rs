//! Programs that must not compile, each behind one that does and differs in a single thing.

/// Structures that may grow are not built from their fields, nor taken apart without `..`.
///
/// ```
/// let link = xdr_module::ReferenceLink::new("1", "Whois", "https://whois.example.com/");
/// let xdr_module::ReferenceLink { id, title, description, url, categories, .. } = link;
/// ```
///
/// ```compile_fail,E0639
/// let link = xdr_module::ReferenceLink {
///     id: String::new(),
///     title: String::new(),
///     description: String::new(),
///     url: String::new(),
///     categories: Vec::new(),
/// };
/// ```
///
/// ```compile_fail,E0638
/// let link = xdr_module::ReferenceLink::new("1", "Whois", "https://whois.example.com/");
/// let xdr_module::ReferenceLink { id, title, description, url, categories } = link;
/// ```
mod non_exhaustive_structures {}
