//! `masstree maps`: the ordered maps side by side with their peers.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use masstree_bench::keys::file::{self, KeyFile};
use masstree_bench::keys::{KeySet, Keys};
use masstree_bench::memory;
use masstree_bench::race::parallelism;
use masstree_bench::report::{Check, Report, html, number, table};
use masstree_bench::runner::{self, Options, RunError};

use crate::size::count;

/// The hidden command that measures one map's memory.
pub const PROBE: &str = "memory-probe";

/// The longest key that our maps take.
const MAX_KEY_LEN: usize = 65_536;

/// How many keys are made if nothing else is said.
const SIZE: usize = 500_000;

/// How many keys `--quick` makes.
const QUICK_SIZE: usize = 50_000;

/// The most operations a step has if nothing else is said.
const OPS: usize = 200_000;

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Take the lines of FILE as keys (plain, .zst or .gz), and check every answer first
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Run these workloads alone, as `get,scan100,rw1`; `scenarios` and `all` are names too
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Let these maps take part alone, as `ours,masstree095`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    maps: Vec<String>,
    /// Name the workloads and the maps, and run nothing
    #[arg(long)]
    list: bool,
    /// How many keys to make, as 500k or 10M [default: 500k]
    #[arg(long, value_name = "N", value_parser = count, conflicts_with = "keys")]
    size: Option<usize>,
    /// Operations a step, shared out among the threads [default: as many as keys, at most 200k]
    #[arg(long, value_name = "N", value_parser = count)]
    ops: Option<usize>,
    /// Numbers of threads [default: 1 and as many as cores]
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Vec<u16>,
    /// How many rounds; the median counts [default: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: Option<u16>,
    /// One round on a tenth of the keys, to see that all is well
    #[arg(long)]
    quick: bool,
    /// Write the results as JSON to FILE, or to standard output instead of the table with `-`
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the results as one page with bars to FILE
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The commit to name in the results
    #[arg(long, value_name = "TEXT")]
    commit: Option<String>,
}

/// The command line of the hidden command.
#[derive(Debug, Args)]
pub struct ProbeArguments {
    /// The map.
    map: String,
    /// `integer` if all keys have 8 bytes, `bytes` otherwise.
    keys: String,
}

/// Measures one map's memory on the keys that come in on standard input.
pub fn probe(arguments: &ProbeArguments) -> anyhow::Result<ExitCode> {
    let maps = runner::maps(std::slice::from_ref(&arguments.map))?;
    for map in &maps {
        let bytes = memory::answer(map, arguments.keys == "integer", io::stdin().lock())?;
        println!("{bytes}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the comparison.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.list {
        return list();
    }
    let rows = runner::rows(&arguments.only, arguments.keys.is_some())?;
    let maps = runner::maps(&arguments.maps)?;
    let threads = threads(arguments);
    let most = threads
        .iter()
        .copied()
        .max()
        .unwrap_or(1)
        .max(parallelism());
    let mut aloud = Aloud::new(arguments);
    let mut checks = Vec::new();
    let mut file = None;
    if let Some(path) = &arguments.keys {
        let read = file::read(path, MAX_KEY_LEN)?;
        aloud.say(&describe(path, &read));
        checks = runner::check(&maps, &read.keys, most, true);
        checks.iter().for_each(|check| aloud.say(&sentence(check)));
        let limit = maps
            .iter()
            .map(|map| map.max_key_len)
            .filter(|len| *len > 8)
            .min()
            .unwrap_or(MAX_KEY_LEN);
        let (keys, left_out) = up_to(read.keys, limit);
        if left_out > 0 {
            aloud.say(&format!(
                "the table leaves out {left_out} keys of more than {limit} bytes, which not every map takes; the checks above had them"
            ));
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        file = Some((keys, name.to_string_lossy().into_owned()));
    }
    let size = arguments
        .size
        .unwrap_or(if arguments.quick { QUICK_SIZE } else { SIZE });
    let keys = file.as_ref().map_or(size, |(keys, _)| keys.present.len());
    let options = Options {
        rows,
        maps,
        size,
        ops: arguments.ops.unwrap_or(keys.min(OPS)),
        threads,
        rounds: usize::from(
            arguments
                .rounds
                .unwrap_or(if arguments.quick { 1 } else { 3 }),
        ),
        file,
        probe: Some(memory::this_program(&[PROBE])?),
        commit: arguments.commit.clone(),
        progress: true,
    };
    let mut report = runner::run(&options);
    report.checks = checks;
    publish(arguments, &report, &mut aloud)?;
    Ok(if report.ours_failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The numbers of threads, each once, ascending.
fn threads(arguments: &Arguments) -> Vec<usize> {
    let mut threads: Vec<usize> = arguments
        .threads
        .iter()
        .map(|threads| usize::from(*threads))
        .collect();
    if threads.is_empty() {
        threads = vec![1, parallelism()];
    }
    threads.sort_unstable();
    threads.dedup();
    threads
}

/// Leaves out the keys of more than `limit` bytes; how many there were.
fn up_to(keys: KeySet, limit: usize) -> (KeySet, usize) {
    let long = keys.present.iter().filter(|key| key.len() > limit).count();
    let too_long = keys.present.longest().max(keys.absent.longest()) > limit;
    if !too_long {
        return (keys, 0);
    }
    let mut kept = [Keys::default(), Keys::default()];
    for (kept, from) in kept.iter_mut().zip([&keys.present, &keys.absent]) {
        from.iter()
            .filter(|key| key.len() <= limit)
            .for_each(|key| kept.push(key));
    }
    let [present, absent] = kept;
    (KeySet::new(present, absent), long)
}

/// Where the words go: standard output, or standard error if the former takes JSON.
struct Aloud {
    to_stderr: bool,
}

impl Aloud {
    fn new(arguments: &Arguments) -> Self {
        Self {
            to_stderr: arguments.json.as_deref() == Some(Path::new("-")),
        }
    }

    /// Says a line. That nobody listens any more is no error.
    fn say(&mut self, line: &str) {
        let _ = if self.to_stderr {
            writeln!(io::stderr(), "{line}")
        } else {
            writeln!(io::stdout(), "{line}")
        };
    }
}

/// What is in a file of keys.
fn describe(path: &Path, read: &KeyFile) -> String {
    let (keys, lines) = (read.keys.present.len(), read.lines);
    let repeats = if read.repeats == 1 {
        "1 repeat".to_owned()
    } else {
        format!("{} repeats", number(read.repeats as f64))
    };
    format!(
        "{}: {} keys on {} lines, {repeats} left out",
        path.display(),
        number(keys as f64),
        number(lines as f64)
    )
}

/// What a check found, in words.
fn sentence(check: &Check) -> String {
    if check.panicked {
        return format!("{}: panicked", check.title);
    }
    format!(
        "{}: {} lookups while loading, {} answers compared with a sorted vector, {} wrong",
        check.title,
        number(check.reads_while_loading as f64),
        number(check.answers as f64),
        check.wrong,
    )
}

/// Writes the table, JSON and the page.
fn publish(arguments: &Arguments, report: &Report, aloud: &mut Aloud) -> anyhow::Result<()> {
    let write = |path: &PathBuf, text: String| {
        fs::write(path, text).map_err(|source| RunError::Write {
            path: path.clone(),
            source,
        })
    };
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(report)
            .context("the results cannot be written as JSON")?;
        if path == Path::new("-") {
            println!("{text}");
        } else {
            write(path, text + "\n")?;
        }
    }
    if let Some(path) = &arguments.html {
        write(path, html(report))?;
    }
    if !aloud.to_stderr {
        let terminal = io::stdout().is_terminal();
        let styled = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let machine = &report.machine;
        aloud.say(&format!(
            "{}, {} cores; {} keys ({}), {} operations a step, median of {} rounds; million a second unless said, threads {}",
            machine.processor,
            machine.cores,
            number(report.size as f64),
            report.keys,
            number(report.ops as f64),
            report.rounds,
            report.threads.iter().map(usize::to_string).collect::<Vec<_>>().join(" / "),
        ));
        aloud.say(&table(report, styled));
    }
    Ok(())
}

/// Names everything.
fn list() -> anyhow::Result<ExitCode> {
    let [rows, scenarios, maps] = runner::names();
    let mut text = String::new();
    for (heading, names) in [
        ("workloads", rows),
        ("scenarios", scenarios),
        ("maps", maps),
    ] {
        text.push_str(heading);
        text.push('\n');
        for (name, title) in names {
            text.push_str(&format!("  {name:<18} {title}\n"));
        }
    }
    let _ = io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}
