//! The endpoints, as poem serves them and as the OpenAPI document tells them.

mod apis;
mod deliberate;
pub(crate) mod document;
mod examples;
mod faults;
mod health;
mod landing;
mod observe;
mod ordered;
mod refer;
mod request;
mod respond;
mod response;
pub(crate) mod routes;
pub(crate) mod state;
mod tag;
mod tiles;
mod version;
mod watchdog;
