//! Clients of the stand-in.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, Full};

use super::CloudSiem;
use super::body::ResetSwitch;
use super::service::Service;
use crate::client::{Client, ClientBuilder};
use crate::credentials::CredentialsSource;
use crate::error::Error;
use crate::limit::{Limiters, RateLimit};
#[cfg(feature = "reqwest")]
use crate::reqwest_transport::http_client_builder;
use crate::transport::{BodyStream, SendFuture, Transport, TransportError, TransportErrorKind};

/// Calls a stand-in without a socket in between.
struct InProcess(Arc<Service>);

impl Transport for InProcess {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> SendFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        Box::pin(async move {
            let broken = |error| TransportError::new(TransportErrorKind::Interrupted, error);
            let answer = self.0.answer(request.map(Full::new), ResetSwitch::default());
            let response = answer.await.map_err(broken)?;
            Ok(response.map(|body| -> BodyStream {
                Box::pin(body.into_data_stream().map(move |piece| piece.map_err(broken)))
            }))
        })
    }
}

impl CloudSiem {
    /// Builds a client that calls this stand-in with its first access key. See
    /// [`client_builder`](Self::client_builder).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use serde_json::json;
    /// use sumo_client::testing::{CloudSiem, DataSet};
    ///
    /// let data = DataSet::new().insights([json!({"id": "1d5e", "readableId": "INSIGHT-1"})]);
    /// let siem = CloudSiem::builder().data(data).start().await?;
    /// let page = siem.client()?.insights().list().send().await?;
    /// assert_eq!(page.objects[0].readable_id, "INSIGHT-1");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns an error if the client's HTTP stack cannot be set up.
    pub fn client(&self) -> Result<Client, Error> {
        self.client_builder().build()
    }

    /// Starts to set up a client that calls this stand-in with its first access key.
    ///
    /// The client has limiters of its own: the documented limits where the stand-in enforces a
    /// limit, none otherwise. It goes through no proxy. A stand-in that was
    /// [built](super::CloudSiemBuilder::build) without sockets is called within the process, so
    /// that a test with a paused clock runs at once. For one that speaks TLS, add its root with
    /// [`ClientBuilder::extra_root_certificates`].
    pub fn client_builder(&self) -> ClientBuilder {
        self.client_builder_for(self.credentials.clone())
    }

    /// Starts to set up a client that calls this stand-in with other credentials, see
    /// [`client_builder`](Self::client_builder).
    pub fn client_builder_for(&self, credentials: impl Into<CredentialsSource>) -> ClientBuilder {
        let limit = if self.service.gate.is_limited() { RateLimit::default() } else { RateLimit::UNLIMITED };
        let builder = Client::builder(self.deployment.clone(), credentials).limiters(Limiters::new(limit));
        if self.server.is_none() {
            return builder.transport(Arc::new(InProcess(Arc::clone(&self.service)))).allow_http(true);
        }
        if self.is_secure {
            return builder;
        }
        over_http(builder)
    }
}

/// Lets a client call over HTTP, through no proxy.
#[cfg(feature = "reqwest")]
fn over_http(builder: ClientBuilder) -> ClientBuilder {
    match http_client_builder().https_only(false).no_proxy().build() {
        Ok(http) => builder.http_client(http).allow_http(true),
        // Building the client then fails the same way, and says why.
        Err(_) => builder.allow_http(true),
    }
}

/// Lets a client call over HTTP; its transport is still to be given.
#[cfg(not(feature = "reqwest"))]
fn over_http(builder: ClientBuilder) -> ClientBuilder {
    builder.allow_http(true)
}
