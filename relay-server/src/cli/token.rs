//! `relay-server token`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::ExposeSecret;
use serde_json::json;
use xdr_module::auth::SigningKey;

use super::outcome::{Failure, print};

pub(super) const EXAMPLES: &str = "\
Examples:
  openssl genrsa -out key.pem 2048
  relay-server token --key key.pem --key-set > keys.json
  relay-server token --key key.pem --audience http://localhost:9090";

#[derive(Args)]
pub(crate) struct TokenArgs {
    /// The RSA private key to sign with, PEM. Make one with `openssl genrsa -out key.pem 2048`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// The name of the key, in the token and in the key set.
    #[arg(long, default_value = "local", value_name = "NAME")]
    kid: String,

    /// Print the key set for `RELAY_JWKS_FILE` instead of a token.
    #[arg(long)]
    key_set: bool,

    /// The key-set host that the token names; it must be on the relay's list.
    #[arg(long, default_value = "visibility.amp.cisco.com", value_name = "HOST")]
    jwks_host: String,

    /// The audience: the public base URL of the relay.
    #[arg(long, default_value = "http://localhost:9090", value_name = "URL")]
    audience: String,

    /// The Sumo Logic API host.
    #[arg(long, env = "SUMO_API_HOST", default_value = "api.sumologic.com", value_name = "HOST")]
    host: String,

    /// The Sumo Logic access id. Give it by the environment, where other users of the machine do
    /// not see it.
    #[arg(long, env = "SUMO_ACCESS_ID", hide_env_values = true, default_value = "", value_name = "ID")]
    access_id: String,

    /// The Sumo Logic access key. Give it by the environment, where other users of the machine do
    /// not see it.
    #[arg(long, env = "SUMO_ACCESS_KEY", hide_env_values = true, default_value = "", value_name = "KEY")]
    access_key: String,

    /// The most signals of one search.
    #[arg(long, value_name = "COUNT")]
    entities_limit: Option<u32>,

    /// The time for which the token is valid, in seconds.
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    lifetime: u64,
}

pub(super) fn run(args: &TokenArgs) -> Result<(), Failure> {
    let pem = std::fs::read_to_string(&args.key).map_err(|error| {
        Failure::usage(format_args!("--key: cannot read {}: {error}", args.key.display()))
    })?;
    let key = SigningKey::from_pem(&pem, &args.kid).map_err(|error| {
        Failure::usage(format_args!("--key: {} is not an RSA private key: {error}", args.key.display()))
    })?;
    if args.key_set {
        let set =
            key.key_set_json().map_err(|error| Failure::failed("cannot derive the public key", &error))?;
        return print(&format!("{set}\n"));
    }
    for (flag, variable, value) in [
        ("--access-id", "SUMO_ACCESS_ID", &args.access_id),
        ("--access-key", "SUMO_ACCESS_KEY", &args.access_key),
    ] {
        if value.is_empty() {
            return Err(Failure::usage(format_args!(
                "{variable} ({flag}) is not set; the token would be of no use"
            )));
        }
    }
    let now = chrono::Utc::now().timestamp().unsigned_abs();
    let mut claims = json!({
        "iat": now,
        "exp": now.saturating_add(Duration::from_secs(args.lifetime).as_secs()),
        "aud": args.audience,
        "jwks_host": args.jwks_host,
        "host": args.host,
        "access_id": args.access_id,
        "access_key": args.access_key,
    });
    if let (Some(limit), Some(claims)) = (args.entities_limit, claims.as_object_mut()) {
        claims.insert("CTR_ENTITIES_LIMIT".to_owned(), limit.into());
    }
    let token = key.sign(&claims).map_err(|error| Failure::failed("cannot sign", &error))?;
    print(&format!("{}\n", token.expose_secret()))
}
