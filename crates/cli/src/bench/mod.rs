//! `masstree bench`: the workload generator.

mod launcher;
mod output;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use anyhow::Context as _;
use clap::Args;
use masstree_bench::load::report::compare::{compare, compare_html, compare_table};
use masstree_bench::load::{self, Options, read_report};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use launcher::InThisProcess;

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The workload; without it, 60 % get, 30 % set and 10 % remove on a million keys, on a server in this process
    file: Option<PathBuf>,
    /// Override a value of the workload, as `workload.keys.max=1000`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// What to send to: `host:port`, `masstree://host:port`, `redis://host:port`, `memcached://host:port`, or `memory` for the store without a network
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// Run it so many times, to know the noise
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    repeat: u16,
    #[command(flatten)]
    output: output::Output,
    /// Set two results side by side, as `--compare before.json after.json`
    #[arg(long, value_names = ["A", "B"], num_args = 2, conflicts_with_all = ["file", "settings", "target", "repeat"])]
    compare: Vec<PathBuf>,
    /// Print the JSON Schema of workload files
    #[arg(long, exclusive = true)]
    schema: bool,
    /// The commit to name in the results
    #[arg(long, value_name = "TEXT")]
    commit: Option<String>,
}

/// Runs a workload; see [`load`] for the exit status.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.schema {
        output::print(&load::file::schema())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let [before, after] = &arguments.compare[..] {
        return side_by_side(before, after, &arguments.output);
    }
    let stop = Arc::new(AtomicBool::new(false));
    stop_at_signals(Arc::clone(&stop))?;
    let options = Options {
        file: arguments.file.clone(),
        settings: arguments.settings.clone(),
        target: arguments.target.clone(),
        repeat: usize::from(arguments.repeat),
        progress: io::stderr().is_terminal(),
        commit: arguments.commit.clone(),
        stop,
        ..Options::default()
    };
    let outcome = load::run(&options, &InThisProcess)?;
    arguments.output.give(&outcome)?;
    Ok(ExitCode::from(outcome.status()))
}

fn side_by_side(before: &Path, after: &Path, output: &output::Output) -> anyhow::Result<ExitCode> {
    let reports = [read_report(before)?, read_report(after)?];
    let names = [before.to_string_lossy(), after.to_string_lossy()];
    let comparison = compare([&names[0], &names[1]], &reports[0], &reports[1])
        .map_err(|why| anyhow::anyhow!("these two cannot be compared: {why}"))?;
    output::print(&compare_table(&comparison))?;
    output.page(|| compare_html(&comparison))?;
    Ok(ExitCode::SUCCESS)
}

/// The first signal ends the run, which then reports what there is; a second one ends the process.
fn stop_at_signals(stop: Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot wait for signals")?;
    thread::Builder::new()
        .name("masstree signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                if stop.swap(true, Relaxed) {
                    process::exit(128 + signal);
                }
            }
        })
        .context("cannot wait for signals")?;
    Ok(())
}
