//! A module that runs inside of a test.

use std::net::{Ipv4Addr, SocketAddr};

use tokio_util::sync::CancellationToken;

use super::error::TestError;
use super::issuer::TestIssuer;
use crate::module::Module;
use crate::service::Service;
use crate::settings::Config;

/// A module that is served on loopback and trusts a [`TestIssuer`]. It stops when it is dropped.
#[derive(Debug)]
pub struct RunningService {
    address: SocketAddr,
    stop: CancellationToken,
}

impl RunningService {
    /// Starts `module` on a free port, with a configuration that `change` may change. Call it
    /// inside of a runtime.
    ///
    /// # Errors
    /// Returns an error if the service cannot be started.
    pub fn start<M: Module>(
        module: M,
        issuer: &TestIssuer,
        change: impl FnOnce(&mut Config),
    ) -> Result<Self, TestError> {
        let mut config = Config { listen: (Ipv4Addr::LOCALHOST, 0).into(), ..Config::default() };
        issuer.apply_to(&mut config);
        change(&mut config);
        let service = Service::start(module, &config).map_err(TestError::new)?;
        let address = service.local_addr().map_err(TestError::new)?;
        let stop = CancellationToken::new();
        tokio::spawn(service.run(stop.clone()));
        Ok(Self { address, stop })
    }

    /// Returns the address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for RunningService {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
