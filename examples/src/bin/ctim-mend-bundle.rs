//! Mends a bundle where the mistake leaves no doubt: words that are nearly listed, and times in
//! another form. The rest of the document stays as it is. Errors that are left to do by hand end
//! the program.
//!
//! Run it with `cargo run -p examples --bin ctim-mend-bundle -- bundle.json > mended.json`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

use std::error::Error;

use ctim::Entity;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("usage: ctim-mend-bundle FILE")?;
    let mut json: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    for mended in Entity::check_json(&json).mend(&mut json) {
        eprintln!("mended: {mended}");
    }
    Entity::check_json(&json).into_result()?;
    println!("{json:#}");
    Ok(())
}
