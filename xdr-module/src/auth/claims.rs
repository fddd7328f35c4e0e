//! The claims of a token.

use std::fmt;

use secrecy::SecretString;
use serde_json::{Map, Value};

/// The claims of a token: the configuration that a customer filled in for the module.
///
/// The customer chooses every value, so an authenticated caller is still a stranger.
#[derive(Clone)]
pub struct Claims(pub(super) Map<String, Value>);

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims { .. }")
    }
}

impl Claims {
    /// Creates claims from a JSON object, for tests; anything else gives none.
    pub fn from_json(claims: &Value) -> Self {
        Self(claims.as_object().cloned().unwrap_or_default())
    }

    /// Returns the claim `name`, whatever its type.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns the claim `name` when it is a text that is not blank.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns the claim `name` as a secret when it is a text that is not blank.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// Returns the claim `name` as a boolean: `true`, or the text `true` in any case.
    pub fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.trim().eq_ignore_ascii_case("true"),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_read_by_type() {
        let claims =
            Claims::from_json(&json!({"a": "x", "b": "", "c": 1, "d": true, "e": "True", "f": "no"}));
        assert_eq!((claims.text("a"), claims.text("b"), claims.text("c")), (Some("x"), None, None));
        assert_eq!(claims.get("c"), Some(&json!(1)));
        assert!(claims.secret("a").is_some() && claims.secret("z").is_none());
        assert!(claims.flag("d") && claims.flag("e") && !claims.flag("f") && !claims.flag("c"));
        assert_eq!(format!("{claims:?}"), "Claims { .. }");
    }
}
