//! What the examples share.

pub mod tenant;
