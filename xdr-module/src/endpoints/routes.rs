//! The routes of the endpoints that a module offers.

use std::collections::HashMap;

use http::Method;
use poem::Route;
use poem::endpoint::BoxEndpoint;
use poem_openapi::OpenApi;

use super::apis::{ApiVisitor, visit};
use crate::http::methods::Methods;
use crate::module::Capability;

/// Adds the routes of these capabilities, and those that every module has.
pub(crate) fn add(route: Route, capabilities: &[Capability]) -> Route {
    let mut table = Table::default();
    visit(capabilities, &mut table);
    table.0.into_iter().fold(route, |route, (path, methods)| {
        let methods = methods
            .into_iter()
            .fold(Methods::default(), |methods, (method, endpoint)| methods.with(method, endpoint));
        route.at(path, methods)
    })
}

#[derive(Default)]
struct Table(HashMap<String, HashMap<Method, BoxEndpoint<'static>>>);

impl ApiVisitor for Table {
    fn api<A: OpenApi>(&mut self, api: A) {
        api.add_routes(&mut self.0);
    }
}
