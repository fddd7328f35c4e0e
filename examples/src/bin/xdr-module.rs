//! Another Cisco XDR module in under a hundred lines: verdicts from a watch list of one's own.
//!
//! Token check, envelope, endpoints, log and server come from `relay-server`, the model from `ctim`; only the upstream
//! is new, here a text file with one bad value a line. Keys: `relay-server token --key key.pem --key-set > keys.json`;
//! then `cargo run -p examples --bin xdr-module -- watch-list.txt keys.json 127.0.0.1:9091`.

#![expect(clippy::print_stdout, reason = "a program tells its user where it listens")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ctim::vocabulary::{DispositionName, DispositionNumber};
use ctim::{EntityList, EntityLists, Observable, ValidTime, Verdict};
use poem::web::Data;
use poem::{EndpointExt, Route};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::{OpenApi, OpenApiService};
use relay_server::api::{Answer, AnswerData, Caller, ObservablesBody};
use relay_server::auth::{Authenticator, KeySet, KeySets};
use relay_server::envelope::{Envelope, ErrorItem};
use relay_server::metrics::Metrics;
use relay_server::observable::{self, BodyLimits};
use relay_server::scope::RequestScope;
use relay_server::server::{Server, ServerLimits};
use relay_server::trust::{Audiences, TrustedHosts};
use tokio_util::sync::CancellationToken;

type Found = Option<EntityLists>;
type List<'a> = Data<&'a Arc<WatchList>>;

struct WatchList {
    authenticator: Authenticator,
    bad: HashSet<String>,
}

impl WatchList {
    async fn deliberate(&self, caller: &Caller, body: &ObservablesBody) -> Result<Found, ErrorItem> {
        let question = caller.question();
        let deadline = question.arrived + Duration::from_secs(25);
        let verified = self.authenticator.authenticate(question.presented, deadline, |_claims| Ok(())).await;
        verified.map_err(ErrorItem::authorization)?;
        let body = body.read().map_err(ErrorItem::invalid_argument)?;
        let asked = observable::parse(body, BodyLimits::default()).map_err(ErrorItem::invalid_argument)?;
        let bad = asked.iter().filter(|asked| self.bad.contains(&asked.value));
        let verdicts: EntityList<Verdict> = bad.map(verdict).collect();
        Ok((!verdicts.is_empty()).then(|| EntityLists { verdicts: Some(verdicts), ..EntityLists::default() }))
    }
}

fn verdict(asked: &observable::Observable) -> Verdict {
    let (now, week) = (chrono::Utc::now(), chrono::TimeDelta::days(7));
    let valid = ValidTime::builder().start_time(now).end_time(now + week).build();
    let observable = Observable::builder().r#type(asked.kind.as_str()).value(asked.value.as_str()).build();
    let malicious = Verdict::builder().observable(observable).disposition(DispositionNumber::Malicious);
    malicious.disposition_name(DispositionName::Malicious).valid_time(valid).build()
}

struct Module;

#[OpenApi]
impl Module {
    /// Verdicts for observables on the watch list
    #[oai(path = "/deliberate/observables", method = "post")]
    async fn verdicts(&self, list: List<'_>, who: Caller, body: ObservablesBody) -> Answer<Verdicts> {
        let found = list.deliberate(&who, &body).await;
        Answer::new(&found.map_or_else(Envelope::error, |data| Envelope { data, errors: vec![] }))
    }
}

struct Verdicts;

impl AnswerData for Verdicts {
    const NAME: &'static str = "DeliberateAnswer";

    fn schema() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new("object")))
    }

    fn register(_: &mut Registry) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().ok_or("usage: xdr-module LIST KEYS ADDRESS");
    let list = std::fs::read_to_string(word()?)?;
    let keys = KeySets::fixed(KeySet::from_json(&std::fs::read(word()?)?)?);
    let server = Server::bind(word()?.parse()?, ServerLimits::default())?;
    let authenticator = Authenticator::new(TrustedHosts::cisco(), Audiences::RequestHost, keys);
    let list = Arc::new(WatchList { authenticator, bad: list.lines().map(str::to_owned).collect() });
    let service = OpenApiService::new(Module, "Watch list", "1.0.0");
    let site = Route::new().at("/openapi.json", service.spec_endpoint()).nest("/", service).data(list);
    println!("http://{}/openapi.json", server.local_addr()?);
    server.run(site.with(RequestScope::new(256, Metrics::new())), CancellationToken::new()).await;
    Ok(())
}
