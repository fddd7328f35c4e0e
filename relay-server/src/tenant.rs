//! One customer's Cloud SIEM, as a token names it.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::respond::settings::{RespondSettings, WriteKey};
use xdr_module::auth::allow_list::AllowList;
use xdr_module::auth::{Claims, Refusal};

use crate::deliberate::JudgingSettings;

/// The most signals that one search asks for.
pub const ENTITIES_LIMIT: u32 = 100;

/// One customer's Cloud SIEM and how to ask it.
#[derive(Clone)]
pub struct Tenant {
    /// The Sumo Logic API host, `host` or `host:port`.
    pub host: String,
    /// The access id.
    pub access_id: SecretString,
    /// The access key.
    pub access_key: SecretString,
    /// The number of signals that one search asks for: 1 to [`ENTITIES_LIMIT`].
    pub entities_limit: u32,
    /// The settings for response actions.
    pub respond: RespondSettings,
    /// The meaning of match lists and of custom threat intelligence.
    pub judging: Arc<JudgingSettings>,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("host", &self.host)
            .field("entities_limit", &self.entities_limit)
            .finish_non_exhaustive()
    }
}

impl Tenant {
    /// Returns the tenant that `claims` name, when its host is one of `hosts`.
    ///
    /// # Errors
    /// [`Refusal::WrongPayload`] when a claim is missing, blank or not a text, or the host is not
    /// on the list.
    pub fn from_claims(claims: &Claims, hosts: &AllowList) -> Result<Self, Refusal> {
        let host = claims.text("host").ok_or(Refusal::WrongPayload)?;
        if !hosts.contains(host) {
            // The host is not told: nothing of a token that is not verified goes into the log.
            tracing::debug!("a token names a Sumo Logic host that is not on the list");
            return Err(Refusal::WrongPayload);
        }
        Ok(Self {
            host: host.to_owned(),
            access_id: claims.secret("access_id").ok_or(Refusal::WrongPayload)?,
            access_key: claims.secret("access_key").ok_or(Refusal::WrongPayload)?,
            entities_limit: claims.get("CTR_ENTITIES_LIMIT").map_or(ENTITIES_LIMIT, entities_limit),
            respond: RespondSettings::from_claims(claims),
            judging: Arc::new(JudgingSettings::from_claims(claims)),
        })
    }

    /// Returns the credentials as the Cloud SIEM client takes them.
    pub(crate) fn credentials(&self) -> sumo_client::Credentials {
        sumo_client::Credentials::new(self.access_id.expose_secret(), self.access_key.expose_secret())
    }

    /// Returns the credentials with which writes are sent.
    pub(crate) fn write_credentials(&self) -> sumo_client::Credentials {
        match &self.respond.write_key {
            WriteKey::Own(id, key) => sumo_client::Credentials::new(id.expose_secret(), key.expose_secret()),
            WriteKey::Same | WriteKey::Incomplete => self.credentials(),
        }
    }
}

/// A whole number above 0, as a number or as text; all else is the default, more than that is cut.
fn entities_limit(claim: &Value) -> u32 {
    let number = match claim {
        Value::Number(number) => number.as_f64().map(f64::trunc),
        Value::String(text) => text.trim().parse::<i64>().ok().map(|number| number as f64),
        _ => None,
    };
    match number {
        Some(number) if number >= 1.0 => number.min(f64::from(ENTITIES_LIMIT)) as u32,
        _ => ENTITIES_LIMIT,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_entities_limit_is_a_number_or_numeric_text() {
        for (claim, limit) in [
            (json!(50), 50),
            (json!("50"), 50),
            (json!(" 7 "), 7),
            (json!(50.9), 50),
            (json!(1), 1),
            (json!(100), 100),
            (json!(101), 100),
            (json!("100000000000000000000"), 100),
            (json!(0), 100),
            (json!(-5), 100),
            (json!("-5"), 100),
            (json!("many"), 100),
            (json!(null), 100),
            (json!(true), 100),
            (json!([5]), 100),
            (json!(1e300), 100),
        ] {
            assert_eq!(entities_limit(&claim), limit, "{claim}");
        }
    }

    #[test]
    fn a_tenant_is_printed_without_its_secrets() {
        let claims = Claims::from_json(&json!({"host": "h", "access_id": "the-id", "access_key": "the-key"}));
        let tenant = Tenant::from_claims(&claims, &AllowList::new(["h".parse().unwrap()])).unwrap();
        assert_eq!(format!("{tenant:?}"), r#"Tenant { host: "h", entities_limit: 100, .. }"#);
        assert_eq!(format!("{claims:?}"), "Claims { .. }");
    }

    #[test]
    fn a_tenant_needs_all_its_claims_and_a_host_on_the_list() {
        let hosts = AllowList::new(["h".parse().unwrap()]);
        let tenant = |claims: &Value| Tenant::from_claims(&Claims::from_json(claims), &hosts);
        let good = json!({"host": "h", "access_id": "i", "access_key": "k"});
        assert_eq!(tenant(&good).unwrap().entities_limit, ENTITIES_LIMIT);
        for claim in ["host", "access_id", "access_key"] {
            for wrong in [json!(5), json!(null), json!(""), json!(["a"]), json!({"a": "b"})] {
                let mut claims = good.clone();
                claims[claim] = wrong;
                assert_eq!(tenant(&claims).err(), Some(Refusal::WrongPayload), "{claims}");
            }
        }
        let mut elsewhere = good;
        elsewhere["host"] = json!("H");
        assert_eq!(tenant(&elsewhere).err(), Some(Refusal::WrongPayload));
    }
}
