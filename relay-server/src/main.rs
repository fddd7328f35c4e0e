//! The relay's command line.

mod cli;

use std::process::ExitCode;

/// Gives memory back to the system sooner than the platform's allocator, and is faster with many threads; see
/// "Performance" in the documentation.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
