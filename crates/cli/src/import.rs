//! `masstree import FILE`: rows from a file into a server, many requests in flight.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use masstree_client::blocking::{Commands as _, Connection, Pipeline};
use masstree_client::{Error, Response, Written};

use crate::connect;
use crate::progress;
use crate::records::{Format, Reader};
use crate::units::show_count;

/// Requests in flight.
const DEPTH: usize = 4096;

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file; - for standard input
    file: PathBuf,
    /// How rows are written in it [default: as the name's end says; tsv on standard input]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Leave out the first line (TSV and CSV)
    #[arg(long)]
    header: bool,
    #[command(flatten)]
    server: connect::Arguments,
}

/// What the server acknowledged.
#[derive(Default)]
struct Tally {
    inserted: u64,
    updated: u64,
}

/// Imports, and checks that every row was acknowledged.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = &arguments.file;
    let format = Format::of(arguments.format, path)?;
    let (file, size) = open(path)?;
    let mut server = arguments.server.connection()?;
    let bar = progress::bytes("importing", size);
    let input = BufReader::with_capacity(1 << 20, bar.wrap_read(file));
    let mut reader = format.reader(input, arguments.header);
    let started = Instant::now();
    let mut tally = Tally::default();
    let read = import(&mut *reader, &mut server, &mut tally);
    bar.finish_and_clear();
    let acknowledged = tally.inserted + tally.updated;
    let read = read.with_context(|| {
        format!(
            "{}, after {} rows were imported",
            path.display(),
            show_count(acknowledged)
        )
    })?;
    if read != acknowledged {
        bail!(
            "{}: {} rows were read and {} acknowledged; import the file again",
            path.display(),
            show_count(read),
            show_count(acknowledged)
        );
    }
    if server.abilities().is_some() {
        server
            .sync()
            .context("the rows are acknowledged, but syncing them failed")?;
    }
    let seconds = started.elapsed().as_secs_f64();
    writeln!(
        io::stdout(),
        "imported {} rows: {} inserted, {} updated, in {seconds:.1} s",
        show_count(acknowledged),
        show_count(tally.inserted),
        show_count(tally.updated),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The file, and its size if it has one.
fn open(path: &Path) -> anyhow::Result<(Box<dyn Read>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let context = || format!("{}: cannot read it", path.display());
    let file = File::open(path).with_context(context)?;
    let about = file.metadata().with_context(context)?;
    let size = about.is_file().then_some(about.len());
    Ok((Box::new(file), size))
}

/// Sends every record; returns how many there were.
fn import(
    reader: &mut dyn Reader,
    server: &mut Connection,
    tally: &mut Tally,
) -> anyhow::Result<u64> {
    let mut pipeline = server.pipeline();
    let mut lines = VecDeque::new();
    let mut read = 0;
    let outcome = loop {
        let record = match reader.next() {
            Ok(Some(record)) => record,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        read += 1;
        while pipeline.in_flight() >= DEPTH {
            receive(&mut pipeline, &mut lines, tally)?;
        }
        loop {
            match record.request(|request| pipeline.send(request)) {
                Err(Error::PipelineFull) => receive(&mut pipeline, &mut lines, tally)?,
                sent => break sent.with_context(|| format!("line {}", record.line))?,
            }
        }
        lines.push_back(record.line);
    };
    // What is on its way counts, also if a later line is wrong.
    while pipeline.in_flight() > 0 {
        receive(&mut pipeline, &mut lines, tally)?;
    }
    outcome.map(|()| read)
}

/// Takes one acknowledgement.
fn receive(
    pipeline: &mut Pipeline<'_>,
    lines: &mut VecDeque<u64>,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let line = lines.pop_front().unwrap_or(0);
    match pipeline.receive() {
        Some(Ok(Response::Written(Written::Inserted))) => tally.inserted += 1,
        Some(Ok(Response::Written(Written::Updated))) => tally.updated += 1,
        Some(Err(error)) => return Err(error).with_context(|| format!("line {line}")),
        Some(Ok(_)) | None => bail!("line {line}: the server acknowledged something else"),
    }
    Ok(())
}
