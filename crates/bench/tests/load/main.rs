//! The workload generator against servers that behave and servers that do not.

mod bad_files;
mod browser;
mod faults;
mod memcached;
mod mixes;
mod open_loop;
mod ready_files;
mod reports;
mod seed_004;
mod speed;
mod stub;
mod targets;
mod validate;

use masstree_bench::load::file::from_text;
use masstree_bench::load::report::GroupReport;
use masstree_bench::load::{NoLauncher, Options, Outcome, run};

/// Runs a workload's text.
fn run_text(text: &str, settings: &[&str]) -> Outcome {
    run_with(text, settings, Options::default())
}

/// Runs a workload's text with other options.
fn run_with(text: &str, settings: &[&str], options: Options) -> Outcome {
    from_text("test.toml", text, &[]).expect("the test's workload is right");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("test.toml");
    std::fs::write(&path, text).expect("the directory can be written");
    let options = Options {
        file: Some(path),
        settings: settings
            .iter()
            .map(|setting| (*setting).to_owned())
            .collect(),
        ..options
    };
    run(&options, &NoLauncher).expect("the run begins")
}

/// The only group of the last run.
fn group(outcome: &Outcome) -> &GroupReport {
    let run = outcome.report.runs.last().expect("a run");
    &run.groups[0]
}
