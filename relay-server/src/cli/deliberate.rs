//! `relay-server deliberate`: asks Cloud SIEM for verdicts directly, without XDR and without a
//! running relay.

use clap::{Args, ValueEnum};
use ctim::EntityLists;
use relay_server::Tenant;
use xdr_module::contract::observable::Observable;

use super::account::{Completeness, JudgingArgs, complain_of, json};
use super::observables::ObservableArgs;
use super::outcome::{Failure, print, runtime};
use super::source::SourceArgs;
use super::table;

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server deliberate --demo 198.51.100.77 update-check.example.net quiet.example.org
  relay-server deliberate domain update-check.example.net --format json
  relay-server deliberate ip 198.51.100.77 --lists 'blocked_ips=Malicious'";

#[derive(Args)]
pub(crate) struct DeliberateArgs {
    #[command(flatten)]
    observables: ObservableArgs,

    #[command(flatten)]
    source: SourceArgs,

    #[command(flatten)]
    judging: JudgingArgs,

    /// The form of the answer.
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// The reply that XDR would get.
    Json,
}

pub(super) fn run(args: &DeliberateArgs) -> Result<(), Failure> {
    let judging = args.judging.settings()?;
    let observables = args.observables.observables()?;
    let change = |tenant| Tenant { judging: judging.into(), ..tenant };
    let answer = runtime()?.block_on(async {
        let source = args.source.open(args.judging.are_given(), change).await?;
        Ok::<_, Failure>(source.deliberate(&observables, args.source.time()).await)
    })?;
    match (args.format, Completeness::of(&answer.errors)) {
        (Format::Json, _) => print(&json(&answer)?)?,
        (Format::Table, Completeness::Failed) if answer.data.is_none() => {}
        (Format::Table, _) => {
            // Verdicts that were not looked for everywhere, or do not fit into the reply.
            let is_whole = answer.errors.is_empty();
            let unjudged = if is_whole { "none" } else { "not known" };
            print(&verdicts(answer.data.as_ref(), &observables, unjudged))?;
        }
    }
    complain_of(&answer.errors)
}

/// Returns a table with a line for each observable; `unjudged` stands for a verdict that is
/// missing.
fn verdicts(data: Option<&EntityLists>, observables: &[Observable], unjudged: &str) -> String {
    let mut table = table::new();
    table.set_header(["Type", "Value", "Verdict", "From", "Until"]);
    let given = || data.into_iter().flat_map(|data| &data.verdicts).flatten();
    let time = |time: Option<ctim::Time>| time.map_or_else(|| "–".to_owned(), |time| time.to_string());
    for asked in observables {
        let is_of = |observable: &ctim::Observable| {
            observable.r#type.as_str() == asked.kind && observable.value == asked.value
        };
        let verdict = given().find(|verdict| is_of(&verdict.observable));
        let word = verdict.and_then(|verdict| verdict.disposition_name.as_ref()).map(|name| name.as_str());
        let span = verdict.map(|verdict| &verdict.valid_time);
        table.add_row([
            asked.kind.clone(),
            asked.value.clone(),
            word.unwrap_or(unjudged).to_owned(),
            time(span.and_then(|span| span.start_time)),
            time(span.and_then(|span| span.end_time)),
        ]);
    }
    format!("{table}\n")
}

#[cfg(test)]
mod tests {
    use ctim::vocabulary::Disposition;
    use ctim::{Time, ValidTime, Verdict};

    use super::*;

    #[test]
    fn each_observable_has_a_line() {
        let asked =
            ["10.0.0.1", "10.0.0.2"].map(|value| Observable { kind: "ip".into(), value: value.into() });
        let verdict = Verdict::builder()
            .judged(Disposition::Clean)
            .observable(ctim::Observable::new("ip", "10.0.0.2"))
            .valid_time(ValidTime::builder().end_time(Time::FOREVER).build())
            .build();
        let lists = EntityLists::default().with_verdicts([verdict]);
        let text = verdicts(Some(&lists), &asked, "none");
        let line = |value: &str| text.lines().find(|line| line.contains(value)).unwrap().to_owned();
        assert!(line("10.0.0.1").contains("none"), "{text}");
        assert!(line("10.0.0.2").contains("Clean") && line("10.0.0.2").contains("2525-01-01"), "{text}");
        assert_eq!(verdicts(None, &asked, "not known").matches("not known").count(), 2);
    }
}
