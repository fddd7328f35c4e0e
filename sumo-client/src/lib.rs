//! Placeholder.

#[cfg(feature = "testing")]
pub mod testing;
