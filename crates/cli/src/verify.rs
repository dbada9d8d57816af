//! `masstree verify DIR`: reads every byte of a data directory and tells what is wrong with it.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use masstree_store::disk::{self, Inspection};
use serde_json::{Value, json};

use crate::directory;
use crate::units::{show_count, show_size};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The data directory; it must not be in use
    directory: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Verifies. Exits with 1 if there is damage.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = &arguments.directory;
    let disk = directory::open(path)?;
    let found = disk::verify(disk).map_err(|error| directory::advise(error, path))?;
    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", as_json(&found))?;
    } else {
        for line in damages(&found) {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{}", summary(&found))?;
    }
    Ok(if found.damages.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A line for each damage.
pub fn damages(found: &Inspection) -> Vec<String> {
    found.damages.iter().map(ToString::to_string).collect()
}

/// What was read and whether it is whole.
pub fn summary(found: &Inspection) -> String {
    let torn = found.torn.as_ref().map_or_else(String::new, |torn| {
        format!(
            "; a crash left {} bytes unfinished at the end of {}, which is no damage",
            show_count(torn.bytes),
            torn.file
        )
    });
    let verdict = match found.damages.len() {
        0 => "whole".to_owned(),
        1 => "damaged in 1 place".to_owned(),
        places => format!("damaged in {places} places"),
    };
    format!(
        "{verdict}: {} files, {}, {} rows in the checkpoint, {} transactions in the log, up to timestamp {}{torn}",
        show_count(found.files),
        show_size(found.bytes),
        show_count(found.rows),
        show_count(found.records),
        found.timestamp,
    )
}

/// The same as JSON.
pub fn as_json(found: &Inspection) -> Value {
    let torn = found
        .torn
        .as_ref()
        .map(|torn| json!({"file": torn.file, "offset": torn.offset, "bytes": torn.bytes}));
    json!({
        "whole": found.damages.is_empty(),
        "files": found.files,
        "bytes": found.bytes,
        "rows": found.rows,
        "records": found.records,
        "timestamp": found.timestamp,
        "torn": torn,
        "damages": damages(found),
    })
}
