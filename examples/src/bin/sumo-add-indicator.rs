//! Adds an indicator to a match list, which is created when it is not there yet. **Changes the tenant.**
//!
//! `cargo run -p examples --bin sumo-add-indicator -- <list name> <value> <description>`

#![allow(clippy::print_stdout, reason = "a program for people to read")]

use std::error::Error;

use examples::tenant::{argument, client_from_environment};
use futures_util::TryStreamExt as _;
use sumo_client::api::match_lists::{MatchList, NewListItem, NewMatchList, TargetColumn};
use sumo_client::{Client, Error as SumoError};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = argument(1, "the name of a match list")?;
    let value = argument(2, "the value to add, such as an IP address")?;
    let description = argument(3, "what is known about the value")?;
    let client = client_from_environment().await?;

    let list = match find(&client, &name).await? {
        Some(list) => list,
        None => create(&client, &name).await?,
    };
    let item = NewListItem::builder().value(value).description(description).active(true).build();
    let added = client.match_lists().add_items(&list.id, &[item]).send().await?;
    if !added.ok {
        return Err(format!("the server did not add it to {}", list.name).into());
    }
    println!("added to {} ({})", list.name, list.id);
    Ok(())
}

async fn find(client: &Client, name: &str) -> Result<Option<MatchList>, SumoError> {
    let mut lists = std::pin::pin!(client.match_lists().list().limit(100).listing().items());
    while let Some(list) = lists.try_next().await? {
        if list.name == name {
            return Ok(Some(list));
        }
    }
    Ok(None)
}

async fn create(client: &Client, name: &str) -> Result<MatchList, SumoError> {
    let list = NewMatchList::builder().name(name).target_column(TargetColumn::Ip).active(true).build();
    client.match_lists().create(&list).send().await
}
