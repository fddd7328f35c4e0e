//! Fingerprints of tenants: they tell tenants apart in the log without naming one.

use std::fmt;

/// The number of hexadecimal digits of a fingerprint.
const DIGITS: usize = 16;

/// The key of fingerprints.
///
/// Without it nobody can try out which tenant a fingerprint in a log belongs to. Processes with
/// equal keys give a tenant the same fingerprint; the default is a random key, which lasts as long
/// as the process.
#[derive(Clone, Eq, PartialEq)]
pub struct FingerprintKey(Vec<u8>);

impl FingerprintKey {
    /// Creates a key out of a secret text.
    pub fn new(secret: &str) -> Self {
        Self(secret.as_bytes().to_vec())
    }

    /// Creates a key that no other process has.
    pub fn random() -> Self {
        let halves = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
        Self(halves.iter().flat_map(|half| *half.as_bytes()).collect())
    }

    /// Returns the fingerprint of the parts that identify a tenant, such as its host and the id of
    /// its key.
    pub fn of(&self, parts: &[&str]) -> String {
        let mut mac = hmac_sha256::HMAC::new(&self.0);
        for part in parts {
            mac.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let digest = mac.finalize();
        digest
            .iter()
            .flat_map(|byte| format!("{byte:02x}").into_bytes())
            .map(char::from)
            .take(DIGITS)
            .collect()
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(..)")
    }
}

impl From<&str> for FingerprintKey {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_depend_on_the_key_and_on_each_part() {
        let key = FingerprintKey::new("a secret");
        let fingerprint = key.of(&["api.sumologic.com", "id"]);
        assert_eq!(fingerprint.len(), DIGITS);
        assert_eq!(fingerprint, FingerprintKey::new("a secret").of(&["api.sumologic.com", "id"]));
        for other in [key.of(&["api.sumologic.comi", "d"]), key.of(&["api.sumologic.com", "other"])] {
            assert_ne!(fingerprint, other);
        }
        assert_ne!(fingerprint, FingerprintKey::random().of(&["api.sumologic.com", "id"]));
        assert_eq!(format!("{key:?}"), "FingerprintKey(..)");
    }
}
