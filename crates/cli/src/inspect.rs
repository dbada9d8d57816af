//! `masstree inspect DIR`: what is in a data directory, without serving it.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use masstree_client::Row as Shown;
use masstree_store::Row;
use masstree_store::disk::{self, Change, Error, Salvaged};
use serde_json::json;

use crate::directory::{self, StoreFile};
use crate::escape::Escaped;
use crate::output::write_entry;
use crate::units::show_size;
use crate::verify;

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The data directory; it must not be in use
    directory: PathBuf,
    /// Print the rows of the checkpoint and the transactions of the log as well, oldest first
    #[arg(long)]
    dump: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "dump")]
    json: bool,
}

/// Why a dump ends early.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Disk(#[from] Error),
    #[error(transparent)]
    Print(#[from] io::Error),
}

/// Inspects.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = &arguments.directory;
    let disk = directory::open(path)?;
    let files = directory::files(path)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let found = disk::salvage(disk, |found| match arguments.dump {
        true => dump(&mut out, found).map_err(Stop::Print),
        false => Ok(()),
    });
    let found = found.map_err(|stop| match stop {
        Stop::Disk(error) => directory::advise(error, path),
        Stop::Print(error) => error.into(),
    })?;
    if arguments.json {
        let mut json = verify::as_json(&found);
        let of = |file: &StoreFile| json!({"name": file.name, "kind": file.kind.words(), "bytes": file.size});
        json["contents"] = files.iter().map(of).collect();
        writeln!(out, "{json}")?;
    } else if arguments.dump {
        // The dump may be read by a program; what is said of it goes elsewhere.
        out.flush()?;
        eprintln!("{}", verify::summary(&found));
    } else {
        writeln!(out, "{}", table(&files))?;
        for line in verify::damages(&found) {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{}", verify::summary(&found))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The files.
fn table(files: &[StoreFile]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["file", "holds", "size"]);
    for file in files {
        table.add_row([
            file.name.clone(),
            file.kind.words().to_owned(),
            show_size(file.size),
        ]);
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Prints one thing that was read: what kind it is, its timestamp if it has one, key and columns.
fn dump(out: &mut impl Write, found: Salvaged<'_>) -> io::Result<()> {
    match found {
        Salvaged::Row { key, row } => {
            write!(out, "row\t\t")?;
            write_row(out, key, row)
        }
        Salvaged::Record(record) => record.for_each(|change| {
            let at = record.timestamp();
            match change {
                Change::Replace { key, row } => {
                    write!(out, "replace\t{at}\t")?;
                    write_row(out, key, row)
                }
                Change::Columns { key, columns } => {
                    write!(out, "put\t{at}\t{}", Escaped(key))?;
                    for (column, value) in columns {
                        write!(out, "\t{column}={}", Escaped(value))?;
                    }
                    writeln!(out)
                }
                Change::Remove { key } => writeln!(out, "remove\t{at}\t{}", Escaped(key)),
            }
        }),
    }
}

fn write_row(out: &mut impl Write, key: &[u8], row: &[u8]) -> io::Result<()> {
    match Row::decode(row) {
        Some(row) => write_entry(out, key, &Shown::from_columns(row.columns().map(Some))),
        None => writeln!(out, "{}\tno row: {}", Escaped(key), Escaped(row)),
    }
}
