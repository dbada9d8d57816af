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
use masstree_bench::load::report::{GroupReport, Operation};
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

/// Runs a workload's text, in which nothing is to go wrong.
fn run_well(text: &str, settings: &[&str]) -> Outcome {
    let outcome = run_text(text, settings);
    let GroupReport {
        violations,
        troubles,
        ..
    } = group(&outcome);
    assert_eq!(outcome.status(), 0, "{violations:?} {troubles:?}");
    outcome
}

/// A workload of all that a cache does, for a cache that speaks this protocol.
fn all_of_a_cache(protocol: &str) -> String {
    format!(
        r#"
[experiment]
duration = "60s"
warmup = "0s"
operations = 3000
[protocol]
type = "{protocol}"
[runtime]
pipeline = 8
connections_per_thread = 2
[workload.keys]
max = 100
[[workload.operations.commands]]
name = "get"
[[workload.operations.commands]]
name = "set"
[[workload.operations.commands]]
name = "remove"
[[workload.operations.commands]]
name = "mget"
count = 4
[[workload.operations.commands]]
name = "rmw"
"#
    )
}

/// The only group of the last run.
fn group(outcome: &Outcome) -> &GroupReport {
    let run = outcome.report.runs.last().expect("a run");
    &run.groups[0]
}

/// What a group did of this operation.
fn operation<'a>(group: &'a GroupReport, name: &str) -> &'a Operation {
    let mut operations = group.operations.iter();
    let found = operations.find(|operation| operation.name == name);
    found.expect("the workload has the operation")
}
