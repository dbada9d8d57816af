//! `masstree export FILE`: rows from a server into a file, all of one snapshot where the server has transactions.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use masstree_client::blocking::Commands;
use masstree_client::{Begin, Query};

use crate::connect;
use crate::escape::{Bytes, bytes};
use crate::progress;
use crate::records::{Format, Writer};
use crate::scan::Bounds;
use crate::units::show_count;

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file; - for standard output
    file: PathBuf,
    /// How rows are written [default: as the name's end says; tsv on standard output]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The lowest key, inclusive; bytes as \xNN
    #[arg(long, value_name = "KEY", value_parser = bytes())]
    from: Option<Bytes>,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    server: connect::Arguments,
}

/// Exports.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = &arguments.file;
    let format = Format::of(arguments.format, path)?;
    let client = arguments.server.client()?;
    let query = arguments.bounds.query(arguments.from.as_ref());
    let is_all = arguments.bounds.is_all() && arguments.from.is_none();
    let started = Instant::now();
    let mut writer = format.writer(BufWriter::with_capacity(1 << 20, create(path)?));
    let count = if client.abilities().is_some() {
        let total = if is_all { rows(&client)? } else { None };
        let bar = progress::rows("exporting", total);
        let snapshot = client.begin(Begin {
            read_only: true,
            ..Begin::default()
        })?;
        let count = export(&snapshot, query, &mut *writer, &bar, path)?;
        snapshot.abort()?;
        count
    } else {
        let bar = progress::rows("exporting", None);
        export(&client, query, &mut *writer, &bar, path)?
    };
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("exported {} rows in {seconds:.1} s", show_count(count));
    Ok(ExitCode::SUCCESS)
}

fn create(path: &Path) -> anyhow::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdout().lock()));
    }
    let file =
        File::create(path).with_context(|| format!("{}: cannot write it", path.display()))?;
    Ok(Box::new(file))
}

/// How many rows the server has, for the bar.
fn rows(server: &impl Commands) -> anyhow::Result<Option<u64>> {
    let stats = server.stats()?;
    let rows = stats.iter().find(|(name, _)| name == "rows");
    Ok(rows.and_then(|(_, rows)| rows.as_u64()))
}

/// Writes every row; returns how many there were.
fn export(
    server: &impl Commands,
    query: Query,
    writer: &mut dyn Writer,
    bar: &ProgressBar,
    path: &Path,
) -> anyhow::Result<u64> {
    let context = || format!("{}: cannot write it", path.display());
    let mut count = 0;
    for entry in server.scan(query) {
        let entry = entry?;
        writer.write(&entry.key, &entry.row).with_context(context)?;
        count += 1;
        bar.inc(1);
    }
    writer.finish().with_context(context)?;
    bar.finish_and_clear();
    Ok(count)
}
