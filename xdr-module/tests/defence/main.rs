//! The attacks that a service has to withstand, over real sockets: each test fails without the
//! defence that it is about.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod admission;
mod compression;
mod connections;
mod keys;
mod operators;
mod shares;
mod site;
mod unread;
