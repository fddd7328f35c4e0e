//! The cost of the parts of an answer, each beside its lower bound.
//!
//! Each group has a line named `yardstick`; the ratio to it is what counts. Run with
//! `cargo bench -p relay-server --features bench`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use relay_server::bench::{self, Found, Wanted};
use serde::de::IgnoredAny;
use serde_json::Value;

fn main() {
    divan::main();
}

/// Signals of the page, of which none, every tenth, or every one names the value.
const SIGNALS: usize = 300;
const NEVER: usize = usize::MAX;

/// Token check: the claims and the signature; beside it, the signature alone.
#[divan::bench_group]
mod token {
    use std::time::Duration;

    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use secrecy::ExposeSecret;
    use serde_json::json;
    use tokio::time::Instant;
    use xdr_module::auth::allow_list::{AllowList, Audiences};
    use xdr_module::auth::{Authenticator, KeySet, KeySets, RequestCredentials, SigningKey};

    use relay_server::Tenant;

    use super::{Bencher, IgnoredAny, Value, black_box};

    const RELAY: &str = "https://relay.example.com";
    const HOST: &str = "api.sumologic.com";
    const KEY_HOST: &str = "visibility.amp.cisco.com";

    fn key() -> SigningKey {
        let pair =
            rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        SigningKey::from_pem(&pair.serialize_pem(), "bench").unwrap()
    }

    fn token(key: &SigningKey) -> String {
        let claims = json!({
            "iss": "XDR", "aud": RELAY, "iat": 1_700_000_000_u64, "exp": 4_000_000_000_u64,
            "jwks_host": KEY_HOST, "host": HOST, "access_id": "id", "access_key": "key",
        });
        key.sign(&claims).unwrap().expose_secret().to_owned()
    }

    fn only(host: &str) -> AllowList {
        AllowList::new([host.parse().unwrap()])
    }

    #[divan::bench]
    fn authenticate(bencher: Bencher<'_, '_>) {
        let key = key();
        let keys = KeySets::fixed(KeySet::from_json(key.key_set_json().unwrap().as_bytes()).unwrap());
        let authenticator =
            Authenticator::new(only(KEY_HOST), Audiences::Configured([RELAY.to_owned()].into()), keys);
        let (header, hosts) = (format!("Bearer {}", token(&key)), only(HOST));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let request = RequestCredentials { authorization: Some(&header), host: None };
        bencher.bench_local(|| {
            let deadline = Instant::now() + Duration::from_secs(1);
            let tenant =
                authenticator.authenticate(request, deadline, |claims| Tenant::from_claims(claims, &hosts));
            runtime.block_on(tenant).unwrap()
        });
    }

    #[divan::bench]
    fn yardstick(bencher: Bencher<'_, '_>) {
        let key = key();
        let set: Value = serde_json::from_str(&key.key_set_json().unwrap()).unwrap();
        let part = |name: &str| set["keys"][0][name].as_str().unwrap().to_owned();
        let decoding = DecodingKey::from_rsa_components(&part("n"), &part("e")).unwrap();
        let token = token(&key);
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_aud = false;
        bencher.bench_local(|| {
            jsonwebtoken::decode::<IgnoredAny>(black_box(&token), &decoding, &validation).unwrap()
        });
    }
}

/// A page of insights, about 1 MB, read and searched; beside it, read into nothing.
#[divan::bench_group]
mod page {
    use super::{Bencher, BytesCount, Found, IgnoredAny, NEVER, SIGNALS, Wanted, bench, black_box};

    #[divan::bench(args = [NEVER, 10, 1])]
    fn read_and_search(bencher: Bencher<'_, '_>, nth: usize) {
        let (body, wanted) = (bench::insight_page(SIGNALS, nth), Wanted::default());
        bencher
            .counter(BytesCount::of_slice(&body))
            .bench_local(|| Found::read(black_box(&body), &wanted).unwrap());
    }

    #[divan::bench]
    fn yardstick(bencher: Bencher<'_, '_>) {
        let body = bench::insight_page(SIGNALS, NEVER);
        bencher
            .counter(BytesCount::of_slice(&body))
            .bench_local(|| serde_json::from_slice::<IgnoredAny>(black_box(&body)).unwrap());
    }
}

/// Makes an answer of findings, beside a copy of that answer.
#[divan::bench_group]
mod mapping {
    use super::{Bencher, bench, black_box, found};

    #[divan::bench]
    fn map(bencher: Bencher<'_, '_>) {
        let found = found();
        bencher.bench_local(|| bench::map(black_box(&found)));
    }

    #[divan::bench]
    fn yardstick(bencher: Bencher<'_, '_>) {
        let data = bench::map(&found());
        bencher.bench_local(|| black_box(&data).clone());
    }
}

/// Validation of all entities of an answer; beside it, a copy of that answer.
#[divan::bench_group]
mod validation {
    use super::{Bencher, bench, black_box, found};

    #[divan::bench]
    fn validate(bencher: Bencher<'_, '_>) {
        let data = bench::map(&found()).unwrap();
        bencher.bench_local(|| bench::validate(black_box(&data)));
    }

    #[divan::bench]
    fn yardstick(bencher: Bencher<'_, '_>) {
        let data = bench::map(&found());
        bencher.bench_local(|| black_box(&data).clone());
    }
}

/// An answer to bytes; beside it, the same document from a `Value`.
#[divan::bench_group]
mod writing {
    use super::{Bencher, Value, bench, black_box, found};

    #[divan::bench]
    fn write(bencher: Bencher<'_, '_>) {
        let data = bench::map(&found()).unwrap();
        bencher.with_inputs(|| data.clone()).bench_local_values(|data| bench::write(data).unwrap());
    }

    #[divan::bench]
    fn yardstick(bencher: Bencher<'_, '_>) {
        let document: Value = serde_json::to_value(bench::map(&found()).unwrap()).unwrap();
        bencher.bench_local(|| serde_json::to_vec(black_box(&document)).unwrap());
    }
}

fn found() -> Found {
    Found::read(&bench::insight_page(SIGNALS, 10), &Wanted::default()).unwrap()
}
