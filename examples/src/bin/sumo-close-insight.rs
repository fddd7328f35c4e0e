//! Closes an insight with a comment. **Changes the tenant.**
//!
//! `cargo run -p examples --bin sumo-close-insight -- INSIGHT-220 "False Positive" "A planned test."`

#![allow(clippy::print_stdout, reason = "a program for people to read")]

use std::error::Error;

use examples::argument;
use sumo_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = argument(1, "the id of an insight")?;
    let resolution = argument(2, "a resolution, such as `False Positive`")?;
    let comment = argument(3, "a comment that says why")?;
    let client = Client::from_env().await?;

    // The comment first: if closing fails, what was found out is not lost.
    client.insights().add_comment(&id, &comment).send().await?;
    let insight = client.insights().close(&id, &resolution).send().await?;
    let status = insight.status_name().unwrap_or_default();
    println!("{} is {status}: {}", insight.readable_id, insight.resolution.as_deref().unwrap_or_default());
    Ok(())
}
