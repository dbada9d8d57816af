//! The workload generator behind `masstree bench`: it loads, sends, measures, verifies and reports.
//!
//! | module | what is in it |
//! |---|---|
//! | [`file`](mod@file) | workload files: their types, their checks, their schema |
//! | [`plan`](mod@plan) | what a file comes to |
//! | [`draw`] | which operation, which key, how large, when |
//! | [`value`] | values that tell whose they are, and what of them is wrong |
//! | [`target`] | the store in process, our protocol, redis and memcached |
//! | [`engine`] | threads that send and receive |
//! | [`report`] | table, JSON, CSV, histogram logs, one page; comparisons |
//!
//! [`run`] does all of it. The program gives it a [`Launcher`], by which a server in this process is started where a workload names none.
//!
//! # Exit status
//! | status | |
//! |---|---|
//! | 0 | all went well; a rate that could not be reached is said, and no error |
//! | 2 | the file, or a setting, is wrong ([`LoadError`]) |
//! | 3 | an answer was wrong |
//! | 4 | the server is not there |
//! | 5 | a connection was closed |
//! | 6 | a reply was dropped, or what came is no reply |
//! | 7 | requests were not answered in time |
//! | 8 | requests were answered with errors |
//! | 130 | stopped before its end, with nothing else to tell |

pub mod draw;
pub mod engine;
pub mod file;
mod outcome;
pub mod plan;
mod progress;
pub mod report;
pub mod target;
pub mod value;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::SystemTime;

use engine::{Live, RunResult};
use file::{Durability, FileError, Format, ProtocolKind, Source};
pub use outcome::{Outcome, read_report};
use plan::{Group, Plan};
use report::{FORM, GroupFacts, Report, Run};
use target::{Failure, Masstree, Memcached, Memory, Redis, Target};

use tempfile::TempDir;

use crate::machine::{self, Machine};

/// The `target.data_dir` that stands for a new directory, removed at the end.
const TEMPORARY: &str = "temporary";

/// What to run, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The workload file; the default workload without one.
    pub file: Option<PathBuf>,
    /// Overrides, as `workload.keys.max=1000`.
    pub settings: Vec<String>,
    /// `host:port`, `masstree://host:port`, `redis://host:port`, `memcached://host:port` or `memory`, in place of the file's target.
    pub target: Option<String>,
    /// How many runs; 0 is taken as 1.
    pub repeat: usize,
    /// The forms of the results, in place of the file's.
    pub formats: Vec<Format>,
    /// Where they go, in place of the file's `output.file`.
    pub output: Option<PathBuf>,
    /// Whether to show a live line; for a terminal.
    pub progress: bool,
    /// The commit to name in the report.
    pub commit: Option<String>,
    /// Ends the run when it becomes true, and reports what there is.
    pub stop: Arc<AtomicBool>,
}

/// Starts servers in this process.
pub trait Launcher {
    /// Starts one on a free port of the loopback, in memory or in a directory.
    ///
    /// # Errors
    /// Why it does not start, in one line.
    fn launch(
        &self,
        durability: Durability,
        data_dir: Option<&Path>,
    ) -> Result<Box<dyn Running>, String>;
}

/// A server in this process. It ends when this is dropped.
pub trait Running: Send {
    /// Where it listens.
    fn address(&self) -> SocketAddr;
}

/// No servers: every workload has to name one.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLauncher;

impl Launcher for NoLauncher {
    fn launch(&self, _: Durability, _: Option<&Path>) -> Result<Box<dyn Running>, String> {
        Err("there is no server in this process; name one with target.address".to_owned())
    }
}

/// Why there is no run. Its exit status is 2.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The workload is wrong.
    #[error(transparent)]
    File(#[from] FileError),
    /// A server in this process, or a store, does not start.
    #[error("{0}")]
    Start(String),
    /// A report cannot be read or written.
    #[error("{path}: {what}")]
    Report {
        /// The report.
        path: String,
        /// What is wrong.
        what: String,
    },
}

/// Reads the workload that the options name.
///
/// # Errors
/// If it is wrong.
pub fn source(options: &Options) -> Result<Source, LoadError> {
    Ok(match &options.file {
        Some(path) => file::read(path, &options.settings)?,
        None => file::default_file(&options.settings)?,
    })
}

/// Runs a workload.
///
/// # Errors
/// If it cannot begin because the file is wrong or a server in this process does not start. What happens later, a server that is
/// not there included, is in the [`Outcome`].
pub fn run(options: &Options, launcher: &dyn Launcher) -> Result<Outcome, LoadError> {
    let source = source(options)?;
    let mut runs = Vec::new();
    let mut logs = Vec::new();
    for number in 0..options.repeat.max(1) {
        // Anew for each run, since tables remember what was added to them.
        let plan = plan::plan(&source, options.target.as_deref())?;
        let (result, names) = run_once(&plan, options, launcher, number)?;
        logs.clear();
        let groups = plan.groups.iter().zip(&result.groups).zip(names);
        let mut reports = Vec::new();
        for ((group, result), target) in groups {
            let facts = GroupFacts {
                group,
                target,
                seconds_planned: plan.duration.as_secs_f64(),
            };
            reports.push(report::group_report(&facts, result));
            if let Ok(log) = report::logs(group, result) {
                logs.push((group.name.clone(), log));
            }
        }
        runs.push(Run {
            interrupted: result.interrupted,
            groups: reports,
        });
        if options.stop.load(Relaxed) {
            break;
        }
    }
    let file = &source.file;
    let formats = match options.formats.as_slice() {
        [] => file.output.format.0.clone(),
        formats => formats.to_vec(),
    };
    let output = options.output.clone().or_else(|| file.output.file.clone());
    Ok(Outcome {
        report: Report {
            form: FORM,
            name: file.experiment.name.clone(),
            description: file.experiment.description.clone(),
            date: machine::now(),
            commit: options.commit.clone(),
            machine: Machine::here(),
            seed: file.experiment.seed,
            workload: source.text.clone(),
            settings: source.settings.clone(),
            runs,
        },
        formats,
        output: output.unwrap_or_else(|| PathBuf::from("bench")),
        logs,
    })
}

/// One run: starts what has to be started, and follows it.
fn run_once(
    plan: &Plan,
    options: &Options,
    launcher: &dyn Launcher,
    number: usize,
) -> Result<(RunResult, Vec<String>), LoadError> {
    // Before the servers and stores that use it, so that it outlives them.
    let mut data = Data::default();
    let mut servers: Vec<Box<dyn Running>> = Vec::new();
    let mut store: Option<Memory> = None;
    let mut targets = Vec::new();
    for group in &plan.groups {
        let directory = data.directory(group)?;
        targets.push(aim(
            group,
            directory.as_deref(),
            launcher,
            &mut servers,
            &mut store,
        )?);
    }
    let names = targets.iter().map(|target| target.describe()).collect();
    let lives: Vec<Live> = plan
        .groups
        .iter()
        .map(|_| Live {
            stop: Arc::clone(&options.stop),
            ..Live::default()
        })
        .collect();
    let run = run_number(number);
    let result = std::thread::scope(|scope| {
        if options.progress {
            scope.spawn(|| progress::follow(plan, &lives));
        }
        engine::run(plan, &targets, &lives, run)
    });
    Ok((result, names))
}

/// A number that tells this run's values from those of other runs.
fn run_number(number: usize) -> u32 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    crate::keys::shape::mix(
        since.as_nanos() as u64 ^ number as u64 ^ u64::from(std::process::id()) << 32,
    ) as u32
}

/// The directory that is there for one run, once it is wanted.
#[derive(Debug, Default)]
struct Data(Option<TempDir>);

impl Data {
    /// Where a group's server keeps its data.
    fn directory(&mut self, group: &Group) -> Result<Option<PathBuf>, LoadError> {
        if group.data_dir.as_deref() != Some(Path::new(TEMPORARY)) {
            return Ok(group.data_dir.clone());
        }
        if self.0.is_none() {
            let made = tempfile::Builder::new().prefix("masstree-bench-").tempdir();
            let made = made.map_err(|error| {
                LoadError::Start(format!("cannot make a temporary directory: {error}"))
            })?;
            self.0 = Some(made);
        }
        Ok(self
            .0
            .as_ref()
            .map(|directory| directory.path().to_path_buf()))
    }
}

/// What a group's requests go to. Groups without an address share one server, or one store.
fn aim(
    group: &Group,
    directory: Option<&Path>,
    launcher: &dyn Launcher,
    servers: &mut Vec<Box<dyn Running>>,
    store: &mut Option<Memory>,
) -> Result<Arc<dyn Target>, LoadError> {
    let masstree = |address: String| -> Arc<dyn Target> {
        Arc::new(Masstree::new(
            address,
            group.longest_key(),
            group.needs_extensions(),
        ))
    };
    match (group.protocol, &group.address) {
        (ProtocolKind::Memory, _) => {
            if store.is_none() {
                let opened = Memory::open(directory, group.durability);
                *store = Some(
                    opened
                        .map_err(|failure: Failure| LoadError::Start(failure.text().to_owned()))?,
                );
            }
            match store {
                Some(store) => Ok(Arc::new(store.clone())),
                None => Err(LoadError::Start("no store".to_owned())),
            }
        }
        (ProtocolKind::Redis, Some(address)) => Ok(Arc::new(Redis::new(address.clone()))),
        (ProtocolKind::Memcached, Some(address)) => Ok(Arc::new(Memcached::new(address.clone()))),
        (ProtocolKind::Redis, None) => Err(nowhere(group, 6379)),
        (ProtocolKind::Memcached, None) => Err(nowhere(group, 11211)),
        (ProtocolKind::Masstree, Some(address)) => Ok(masstree(address.clone())),
        (ProtocolKind::Masstree, None) => {
            if servers.is_empty() {
                let launched = launcher.launch(group.durability, directory);
                servers.push(launched.map_err(LoadError::Start)?);
            }
            Ok(masstree(servers[0].address().to_string()))
        }
    }
}

/// That a group needs a server, with the port that is usual for it.
fn nowhere(group: &Group, port: u16) -> LoadError {
    let protocol = group.protocol.name();
    LoadError::Start(format!(
        "{protocol} is not in this process: name a server, as target.address = \"127.0.0.1:{port}\""
    ))
}
