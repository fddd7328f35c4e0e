//! Programs that must not compile, each behind one that does and differs in a single thing.

/// The traits of pages are for the types of this crate.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Mine;
///
/// trait Sealed {}
/// trait Itemwise: Sealed + serde::de::DeserializeOwned {
///     fn read(
///         object: &serde_json::value::RawValue,
///         unreadable: &mut sumo_client::Unreadable,
///     ) -> Option<Self>;
/// }
/// impl Sealed for Mine {}
///
/// impl Itemwise for Mine {
///     fn read(
///         _: &serde_json::value::RawValue,
///         _: &mut sumo_client::Unreadable,
///     ) -> Option<Self> {
///         Some(Mine)
///     }
/// }
/// ```
///
/// ```compile_fail,E0277
/// #[derive(serde::Deserialize)]
/// struct Mine;
///
/// impl sumo_client::envelope::Itemwise for Mine {
///     fn read(
///         _: &serde_json::value::RawValue,
///         _: &mut sumo_client::Unreadable,
///     ) -> Option<Self> {
///         Some(Mine)
///     }
/// }
/// ```
mod sealed_traits {}

/// Structures that may grow are not built from their fields, nor taken apart without `..`.
///
/// ```
/// let progress = sumo_client::ListProgress::default();
/// let sumo_client::ListProgress { pages, items, total, .. } = progress;
/// assert_eq!((pages, items, total), (0, 0, None));
/// ```
///
/// ```compile_fail,E0639
/// let progress = sumo_client::ListProgress { pages: 0, items: 0, total: None };
/// ```
///
/// ```compile_fail,E0638
/// let progress = sumo_client::ListProgress::default();
/// let sumo_client::ListProgress { pages, items, total } = progress;
/// ```
mod non_exhaustive_structures {}

/// A call that nobody sends, a policy that no call gets, and a result that names the items that
/// stayed, are warned of.
///
/// ```
/// #![deny(unused_must_use)]
/// fn list(client: &sumo_client::Client) {
///     let _call = client.insights().list();
/// }
/// ```
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// fn list(client: &sumo_client::Client) {
///     client.insights().list();
/// }
/// ```
///
/// ```
/// #![deny(unused_must_use)]
/// fn policy(policy: sumo_client::RetryPolicy) {
///     let _policy = policy.max_attempts(6);
/// }
/// ```
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// fn policy(policy: sumo_client::RetryPolicy) {
///     policy.max_attempts(6);
/// }
/// ```
///
/// ```
/// #![deny(unused_must_use)]
/// async fn delete(client: &sumo_client::Client) -> Result<(), sumo_client::Error> {
///     let _deletion = client.match_list_items().bulk_delete(&["1"]).send().await?;
///     Ok(())
/// }
/// ```
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// async fn delete(client: &sumo_client::Client) -> Result<(), sumo_client::Error> {
///     client.match_list_items().bulk_delete(&["1"]).send().await?;
///     Ok(())
/// }
/// ```
mod results_that_must_be_used {}
