//! Puts a transport of one's own below a client, and makes a call that the client has no method
//! for. The test shows a fake in the place of the network.
//!
//! `cargo run -p examples --bin sumo-own-transport`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people to read")]

use std::error::Error;
use std::sync::Arc;

use serde::Deserialize;
use sumo_client::bytes::Bytes;
use sumo_client::http::{Method, Request, Response};
use sumo_client::{
    BodyStream, CallAttempt, Client, ReqwestTransport, SendFuture, Transport, TransportError,
    http_client_builder,
};

/// Prints a line for each request, and lets another transport send it.
struct Printing<T>(T);

impl<T: Transport> Transport for Printing<T> {
    fn send(&self, request: Request<Bytes>) -> SendFuture<'_, Result<Response<BodyStream>, TransportError>> {
        if let Some(call) = request.extensions().get::<CallAttempt>() {
            eprintln!("{} {}: attempt {}", request.method(), request.uri().path(), call.attempt);
        }
        self.0.send(request)
    }

    fn shares_process_limits(&self) -> bool {
        self.0.shares_process_limits()
    }
}

#[derive(Deserialize)]
struct Collectors {
    collectors: Vec<Collector>,
}

#[derive(Deserialize)]
struct Collector {
    name: String,
}

/// The names of the first collectors of the tenant, which do not belong to Cloud SIEM.
async fn collector_names(client: &Client) -> Result<Vec<String>, sumo_client::Error> {
    let call = client.raw::<Collectors>(Method::GET, "/api/v1/collectors").query("limit", 5);
    let answer = call.bare().send().await?;
    Ok(answer.collectors.into_iter().map(|collector| collector.name).collect())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let network = ReqwestTransport::new(http_client_builder().build()?);
    let client = Client::builder_from_env().await?.transport(Arc::new(Printing(network))).build()?;
    println!("{}", collector_names(&client).await?.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use sumo_client::FakeTransport;

    use super::*;

    #[tokio::test]
    async fn names_are_read() {
        let fake = FakeTransport::new(|request| {
            assert_eq!(request.uri().path_and_query().unwrap(), "/api/v1/collectors?limit=5");
            Response::new(r#"{"collectors": [{"id": 1, "name": "edge"}, {"id": 2, "name": "core"}]}"#)
        });
        let client = Client::for_test(Printing(fake));
        assert_eq!(collector_names(&client).await.unwrap(), ["edge", "core"]);
    }
}
