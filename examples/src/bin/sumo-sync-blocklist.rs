//! Brings a match list in line with a file that has one value a line. **Changes the tenant**,
//! unless it is told `--dry-run`.
//!
//! `cargo run -p examples --bin sumo-sync-blocklist -- blocked_ips blocklist.txt --dry-run`

#![allow(clippy::print_stdout, reason = "a program for people to read")]

use std::error::Error;

use examples::argument;
use sumo_client::Client;
use sumo_client::api::match_lists::NewListItem;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = argument(1, "the name of a match list")?;
    let file = argument(2, "a file with one value a line")?;
    let is_dry_run = std::env::args().any(|argument| argument == "--dry-run");
    let client = Client::from_env().await?;

    let text = std::fs::read_to_string(file)?;
    let values = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let items =
        values.map(|value| NewListItem::builder().value(value).description("blocklist").active(true).build());
    let list =
        client.match_lists().find_by_name(&name).await?.ok_or("a match list of this name does not exist")?;
    let sync = client.match_lists().sync_items(&list.id, items).remove_others(true).dry_run(is_dry_run);
    println!("{}", sync.send().await?);
    Ok(())
}
