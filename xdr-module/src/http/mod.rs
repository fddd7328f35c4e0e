//! The server: sockets, what surrounds every request, and the listener for operators.

mod activity;
pub mod admin;
pub(crate) mod compression;
mod connection_stream;
pub(crate) mod fault;
pub(crate) mod held_body;
pub(crate) mod host;
pub(crate) mod methods;
pub(crate) mod middleware;
pub mod page_handler;
mod peers;
pub mod request_id;
pub mod server;
