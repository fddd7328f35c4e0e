//! Tenants that the suite tells apart.

use crate::testing::claims::TokenClaims;

/// A tenant that the suite tells apart from another.
#[derive(Clone, Debug, PartialEq)]
pub struct ConformanceTenant {
    pub(super) claims: TokenClaims,
    pub(super) mark: String,
}

impl ConformanceTenant {
    /// Creates a tenant with this configuration. `mark` is a text that stands in some of its
    /// replies and in none of any other tenant.
    pub fn new(claims: TokenClaims, mark: impl Into<String>) -> Self {
        Self { claims, mark: mark.into() }
    }
}
