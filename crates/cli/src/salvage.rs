//! `masstree salvage DIR OUT`: a new data directory with everything of a damaged one that can be read.
//!
//! Nothing in DIR is changed. Rows of the checkpoint go in first, then the transactions of the log in their order, each whole. What
//! stood in a damaged place is missing, and a later transaction may build on it; so the result is what can be had, not a state that
//! there ever was.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use masstree_store::disk::{self, Change, MAX_KEY, Record, Salvaged};
use masstree_store::{Durability, Options, Row, Store};
use serde_json::json;

use crate::directory;
use crate::progress;
use crate::units::show_count;
use crate::verify;

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The damaged data directory; it must not be in use
    directory: PathBuf,
    /// The directory to make; it must be empty or not there
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Why a salvage ends early.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    From(#[from] disk::Error),
    #[error(transparent)]
    Into(#[from] masstree_store::Error),
}

/// Salvages.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (from, into) = (&arguments.directory, &arguments.out);
    let disk = directory::open(from)?;
    check_empty(into)?;
    let store = Store::open(Options {
        // Only the checkpoint at the end has to last.
        durability: Durability::None,
        checkpoint_bytes: None,
        key_limit: MAX_KEY,
        row_limit: usize::MAX,
        column_limit: usize::MAX,
        ..Options::new(into)
    });
    let unwritable = || format!("{}: cannot write it", into.display());
    let store = store.with_context(unwritable)?;
    let bar = progress::rows("salvaging", None);
    let mut unreadable = 0_u64;
    let found = disk::salvage(disk, |found| -> Result<(), Stop> {
        bar.inc(1);
        match found {
            Salvaged::Row { key, row } => match Row::decode(row) {
                Some(row) => drop(store.put_row(key, row)?),
                None => unreadable += 1,
            },
            Salvaged::Record(record) => unreadable += apply(&store, &record)?,
        }
        Ok(())
    });
    bar.finish_and_clear();
    let found = found.map_err(|stop| match stop {
        Stop::From(error) => directory::advise(error, from),
        Stop::Into(error) => anyhow::Error::new(error).context(unwritable()),
    })?;
    store.checkpoint().with_context(unwritable)?;
    let rows = store.stats().rows as u64;
    let mut out = io::stdout().lock();
    if arguments.json {
        let mut json = verify::as_json(&found);
        json["salvaged"] = json!(rows);
        json["unreadable"] = json!(unreadable);
        writeln!(out, "{json}")?;
    } else {
        for line in verify::damages(&found) {
            writeln!(out, "{line}")?;
        }
        if unreadable > 0 {
            writeln!(
                out,
                "{} rows are no rows, and were left out",
                show_count(unreadable)
            )?;
        }
        writeln!(out, "{}", verify::summary(&found))?;
        writeln!(
            out,
            "salvaged {} rows into {}",
            show_count(rows),
            into.display()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn check_empty(path: &Path) -> anyhow::Result<()> {
    let mut entries = match fs::read_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.with_context(|| format!("{}: cannot read it", path.display()))?,
    };
    if entries.next().is_some() {
        bail!(
            "{}: it is not empty; name a directory that is, or that is not there yet",
            path.display()
        );
    }
    Ok(())
}

/// Does again what a transaction of the log did; returns how many of its rows are none.
fn apply(store: &Store, record: &Record<'_>) -> Result<u64, masstree_store::Error> {
    let mut unreadable = 0;
    record.for_each(|change| {
        match change {
            Change::Replace { key, row } => match Row::decode(row) {
                Some(row) => drop(store.put_row(key, row)?),
                None => unreadable += 1,
            },
            Change::Columns { key, columns } => {
                let columns: Vec<_> = columns
                    .iter()
                    .map(|&(column, value)| (column as usize, value))
                    .collect();
                store.put(key, &columns)?;
            }
            Change::Remove { key } => drop(store.remove(key)?),
        }
        Ok::<_, masstree_store::Error>(())
    })?;
    Ok(unreadable)
}
