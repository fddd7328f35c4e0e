//! The endpoints that a module offers.

use poem_openapi::OpenApi;

use super::deliberate::DeliberateApi;
use super::health::HealthApi;
use super::landing::LandingApi;
use super::observe::ObserveApi;
use super::refer::ReferApi;
use super::respond::RespondApi;
use super::tiles::TilesApi;
use super::version::VersionApi;
use super::watchdog::WatchdogApi;
use crate::module::Capability;

/// Is shown the endpoints of a module, group by group.
pub(super) trait ApiVisitor {
    /// Takes a group of endpoints.
    fn api<A: OpenApi>(&mut self, api: A);
}

/// Shows `visitor` the endpoints of these capabilities, and those that every module has.
pub(super) fn visit(capabilities: &[Capability], visitor: &mut impl ApiVisitor) {
    visitor.api(HealthApi);
    for capability in Capability::ALL.into_iter().filter(|capability| capabilities.contains(capability)) {
        match capability {
            Capability::Observe => visitor.api(ObserveApi),
            Capability::Refer => visitor.api(ReferApi),
            Capability::Deliberate => visitor.api(DeliberateApi),
            Capability::Respond => visitor.api(RespondApi),
            Capability::Tiles => visitor.api(TilesApi),
        }
    }
    visitor.api(VersionApi);
    visitor.api(WatchdogApi);
    visitor.api(LandingApi);
}
