//! A module of Cisco XDR: sightings, verdicts and links from a text file with one bad value a line.
//!
//! Run it with `cargo run -p examples --bin watch-list -- watch-list.txt --listen 127.0.0.1:9091`.

use std::{collections::HashSet, fs, path::PathBuf, process::ExitCode};

use chrono::{TimeDelta, Utc};
use ctim::vocabulary::{Disposition, HighMedLow};
use ctim::{EntityId, EntityLists, EntityType, Sighting, Time, ValidTime, Verdict};
use xdr_module::{
    About, Capability, Claims, Context, Health, Module, Observable, ReferenceLink, Refusal, Reply,
};

/// Serves a watch list as a module of Cisco XDR.
#[derive(clap::Parser)]
struct Arguments {
    /// A text file with one bad value a line.
    list: PathBuf,
    #[command(flatten)]
    settings: xdr_module::Settings,
}

struct WatchList(HashSet<String>);

fn bad<'a>(list: &'a WatchList, asked: &'a [Observable]) -> impl Iterator<Item = &'a Observable> {
    asked.iter().filter(|asked| list.0.contains(&asked.value))
}

impl Module for WatchList {
    type Tenant = ();

    fn about(&self) -> About {
        About::new("watch-list", env!("CARGO_PKG_VERSION"), "Watch list")
    }

    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability::Observe, Capability::Deliberate, Capability::Refer]
    }

    fn tenant(&self, _: &Claims) -> Result<(), Refusal> {
        Ok(())
    }

    async fn health(&self, _: &Context<()>) -> Reply<Health> {
        Reply::data(Health::ok())
    }

    async fn observe(&self, _: &Context<()>, asked: &[Observable]) -> Reply<EntityLists> {
        bad(self, asked).map(sighting).collect()
    }

    async fn deliberate(&self, _: &Context<()>, asked: &[Observable]) -> Reply<EntityLists> {
        bad(self, asked).map(verdict).collect()
    }

    async fn refer(&self, _: &Context<()>, asked: &[Observable]) -> Reply<Vec<ReferenceLink>> {
        bad(self, asked).map(link).collect()
    }
}

fn sighting(asked: &Observable) -> Sighting {
    let id = EntityId::transient_v5(EntityType::Sighting, &uuid::Uuid::NAMESPACE_URL, &asked.value);
    let sighting = Sighting::builder().id(id).confidence(HighMedLow::High).count(1);
    let sighting = sighting.observed_time(Time::from(Utc::now())).title("On the watch list");
    sighting.observables([ctim::Observable::from(asked)]).build()
}

fn verdict(asked: &Observable) -> Verdict {
    let valid = ValidTime::between(Utc::now(), Utc::now() + TimeDelta::days(7));
    Verdict::builder().observable(asked).judged(Disposition::Malicious).valid_time(valid).build()
}

fn link(asked: &Observable) -> ReferenceLink {
    let query: String = url::form_urlencoded::byte_serialize(asked.value.as_bytes()).collect();
    ReferenceLink::new(query.clone(), "Look it up", format!("https://lists.example.com/?value={query}"))
}

fn main() -> ExitCode {
    xdr_module::cli::run(|Arguments { list, settings }, messages| {
        let read = |text: String| WatchList(text.lines().map(str::to_owned).collect());
        xdr_module::serve(&settings, messages, move |_| fs::read_to_string(list).map(read))
    })
}
