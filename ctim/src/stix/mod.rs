#![doc = include_str!("../../docs/stix.md")]

mod bundle;
mod entity;
mod object;
mod observable;

pub use bundle::{LeftOut, StixBundle};
