//! Authorization: tokens, key sets and allow lists.
//!
//! Cisco XDR signs a JWT for each module. Its claims hold the tenant's configuration, its header
//! names the key. The key-set host and the audience that the claims name are compared with allow
//! lists first; only then is a key fetched, and only then the signature checked. Nothing of a token
//! is used before its signature holds.

pub mod allow_list;
mod authenticator;
mod claims;
mod key_sets;
mod refusal;
mod signing_key;
mod token;

pub use self::authenticator::{Authenticator, RequestCredentials};
pub use self::claims::Claims;
pub use self::key_sets::{KeySet, KeySetError, KeySetTimes, KeySets};
pub use self::refusal::Refusal;
pub use self::signing_key::{SigningError, SigningKey};
