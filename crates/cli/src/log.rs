//! Logs, on standard error.

use std::env;
use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// Starts logging what `choice` says, or else what `RUST_LOG` does.
pub fn start(choice: Option<&str>) -> anyhow::Result<()> {
    let filter = match choice {
        Some(choice) => choice.to_owned(),
        None => env::var("RUST_LOG").unwrap_or_default(),
    };
    let filter = if filter.is_empty() { "info" } else { &filter };
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        anyhow::anyhow!(
            "\"{filter}\" is nothing to log by: {error}; give error, warn, info, debug or trace"
        )
    })?;
    let colours =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .try_init()
        .map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))
}
