//! Follows a signal to its records: shows those that came with it, and the log search that finds
//! all of them.
//!
//! `cargo run -p examples --bin sumo-signal-records -- <signal id>`

#![allow(clippy::print_stdout, reason = "a program for people to read")]

use std::collections::BTreeMap;
use std::error::Error;

use examples::argument;
use serde_json::Value;
use sumo_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = argument(1, "the id of a signal")?;
    let client = Client::from_env().await?;
    let signal = client.signals().get(&id).send().await?;

    let entity = signal.entity.as_ref().and_then(|entity| entity.text()).unwrap_or("an unknown entity");
    println!("{} (severity {}) about {entity}", signal.name, signal.severity);
    println!("{} of {} records:", signal.all_records.len(), signal.record_count);
    for place in 0..signal.all_records.len() {
        let Some(record) = signal.record::<BTreeMap<String, Value>>(place) else { break };
        println!("record {}", place + 1);
        // The record schema has several hundred fields, of which most are empty.
        let is_filled = |value: &Value| !matches!(value, Value::Null) && value != &serde_json::json!([]);
        for (field, value) in record?.iter().filter(|(_, value)| is_filled(value)) {
            println!("  {field}: {value}");
        }
    }
    if let Some(search) = signal.record_search_details {
        println!("all of them: {}", search.query);
    }
    Ok(())
}
