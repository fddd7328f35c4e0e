//! The reasons for which requests are not authorized.

/// The reason for which a request is not authorized; the text is the contract's, word by word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The request has no `Authorization` header.
    #[error("Authorization header is missing")]
    HeaderMissing,
    /// The header is not `Bearer` and one token.
    #[error("Wrong authorization type")]
    WrongType,
    /// The token is not a JWT signed with RS256.
    #[error("Wrong JWT structure")]
    WrongStructure,
    /// The claims name no key-set host.
    #[error(
        "jwks_host is missing in JWT payload. Make sure custom_jwks_host field is present in module_type"
    )]
    JwksHostMissing,
    /// The key-set host is not on the list, cannot be had, or does not answer with keys.
    #[error(
        "Wrong jwks_host in JWT payload. Make sure domain follows the visibility.<region>.cisco.com structure"
    )]
    WrongJwksHost,
    /// The key set has no key of the token's `kid`.
    #[error("kid from JWT header not found in API response")]
    KeyNotFound,
    /// The signature does not hold.
    #[error(
        "Failed to decode JWT with provided key. Make sure domain in custom_jwks_host corresponds to your SecureX \
         instance region."
    )]
    WrongKey,
    /// The token is made for another relay, or for none.
    #[error("Wrong configuration-token-audience")]
    WrongAudience,
    /// The claims hold no API host, access id or access key, or an API host that is not on the
    /// list.
    #[error("Wrong JWT payload structure")]
    WrongPayload,
    /// The token's `exp` is past.
    #[error("JWT has expired")]
    Expired,
    /// The token's `nbf` is still to come.
    #[error("JWT is not yet valid")]
    NotYetValid,
    /// The token holds, but its tenant is not one of those that the operator lets use the module.
    #[error("The access_id of the JWT payload is not allowed to use this relay")]
    TenantNotAllowed,
}

impl Refusal {
    /// All refusals.
    pub const ALL: [Self; 12] = [
        Self::HeaderMissing,
        Self::WrongType,
        Self::WrongStructure,
        Self::JwksHostMissing,
        Self::WrongJwksHost,
        Self::KeyNotFound,
        Self::WrongKey,
        Self::WrongAudience,
        Self::WrongPayload,
        Self::Expired,
        Self::NotYetValid,
        Self::TenantNotAllowed,
    ];

    /// Returns a short name for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HeaderMissing => "header_missing",
            Self::WrongType => "wrong_type",
            Self::WrongStructure => "wrong_structure",
            Self::JwksHostMissing => "jwks_host_missing",
            Self::WrongJwksHost => "wrong_jwks_host",
            Self::KeyNotFound => "key_not_found",
            Self::WrongKey => "wrong_key",
            Self::WrongAudience => "wrong_audience",
            Self::WrongPayload => "wrong_payload",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::TenantNotAllowed => "tenant_not_allowed",
        }
    }
}
