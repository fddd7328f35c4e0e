//! Draws a bundle as a Mermaid flowchart, or in DOT for Graphviz.
//!
//! Run it with `cargo run -p examples --bin ctim-draw-bundle -- bundle.json [--dot]`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

use std::error::Error;
use std::process::ExitCode;

use ctim::{Bundle, Entity, Graph};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, files): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    let [file] = files.as_slice() else {
        eprintln!("usage: ctim-draw-bundle FILE [--dot]");
        return Ok(ExitCode::from(2));
    };
    let entity = Entity::from_json(&std::fs::read_to_string(file)?)?;
    let bundle = Bundle::try_from(entity)
        .map_err(|other| format!("a bundle is wanted, not a {}", other.entity_type()))?;
    let graph = Graph::new(&bundle);
    let wants_dot = options.iter().any(|option| *option == "--dot");
    print!("{}", if wants_dot { graph.to_dot() } else { graph.to_mermaid() });
    Ok(ExitCode::SUCCESS)
}
