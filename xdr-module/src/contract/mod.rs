//! The contract between Cisco XDR and a module: requests, the envelope of replies, and its
//! contents.

pub mod action;
pub mod fault;
pub(crate) mod fields;
pub mod health;
mod json;
pub mod observable;
pub mod python_literal;
pub mod reference_link;
pub mod reply;
pub(crate) mod schema;
#[cfg(test)]
mod tests;
pub mod tile;
mod time;
