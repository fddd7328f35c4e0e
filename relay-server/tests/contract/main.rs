//! The contract with Cisco XDR, row by row: every test goes through HTTP and compares whole bodies.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

#[path = "../common/mod.rs"]
mod common;

mod authorization;
mod differences;
mod endpoints;
mod errors;
mod observe;
mod trust;
mod validation;
