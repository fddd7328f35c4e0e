//! Adds an indicator to a match list, which is created when it is not there yet. **Changes the
//! tenant.**
//!
//! `cargo run -p examples --bin sumo-add-indicator -- <list name> <value> <description>`

#![allow(clippy::print_stdout, reason = "a program for people to read")]

use std::error::Error;

use examples::argument;
use sumo_client::Client;
use sumo_client::api::match_lists::{NewListItem, NewMatchList, TargetColumn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = argument(1, "the name of a match list")?;
    let value = argument(2, "the value to add, such as an IP address")?;
    let description = argument(3, "a description of the value")?;
    let client = Client::from_env().await?;

    let lists = client.match_lists();
    let list = match lists.find_by_name(&name).await? {
        Some(list) => list,
        None => {
            let list =
                NewMatchList::builder().name(name).target_column(TargetColumn::Ip).active(true).build();
            lists.create(&list).send().await?
        }
    };
    let item = NewListItem::builder().value(value).description(description).active(true).build();
    lists.add_items(&list.id, &[item]).send().await?;
    println!("added to {} ({})", list.name, list.id);
    Ok(())
}
