//! The runner: threads that load, send, receive and measure, and what they bring home.
//!
//! ```text
//! connect ── barrier ── load ── barrier ── warmup ── measured ── wait for what is on its way ── add up
//! ```
//! Every thread drives several connections by one loop: send what is due or what there is room for, write each connection's batch at
//! once, wait for replies, take them in. What was due and could not be sent goes out as soon as there is room, with the time at
//! which it was due.

mod checks;
mod desk;
pub mod findings;
mod generator;
mod lane;
mod live;
mod pending;
pub mod recorder;
mod transfers;
pub mod wait;
mod worker;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use desk::Books;
use findings::{Findings, Trouble};
use generator::Generator;
use lane::Lane;
use live::Window;
pub use live::{Clock, Live};
use recorder::Recorder;
use worker::Worker;

use super::draw::arrivals::{Arrivals, Grid};
use super::draw::{Purpose, generator as random};
use super::plan::{Group, Plan};
use super::target::Target;
use super::value::Ledger;

/// The most operations that are drawn ahead by rate.
const AHEAD: u64 = 1 << 20;

/// How long a connection may take to be opened.
const CONNECT: Duration = Duration::from_secs(5);

/// What came of a group.
#[derive(Debug)]
pub struct GroupResult {
    /// The measurements.
    pub recorder: Recorder,
    /// What went wrong.
    pub findings: Findings,
    /// Requests that were due and were not sent.
    pub unsent: u64,
    /// Keys that were loaded, and how long that took.
    pub loaded: u64,
    /// How long the load took.
    pub load_time: Duration,
    /// How long was measured.
    pub measured: Duration,
    /// Which share of its threads' time the generator worked.
    pub busy: f64,
}

/// What came of a run.
#[derive(Debug)]
pub struct RunResult {
    /// By group.
    pub groups: Vec<GroupResult>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

/// What the threads of a run share.
struct Shared<'a> {
    plan: &'a Plan,
    run: u32,
    clock: Clock,
    barrier: Barrier,
    /// When the warmup starts.
    start: AtomicU64,
    /// Whether no thread can go on.
    failed: AtomicBool,
    connections: usize,
}

/// Runs a plan once, each group against its target. `run` is a number that no other run has.
pub fn run(plan: &Plan, targets: &[Arc<dyn Target>], lives: &[Live], run: u32) -> RunResult {
    let threads: usize = plan.groups.iter().map(|group| group.threads).sum();
    let connections = plan
        .groups
        .iter()
        .map(|group| group.threads * group.connections)
        .sum();
    let shared = Shared {
        plan,
        run,
        clock: Clock::start(),
        barrier: Barrier::new(threads),
        start: AtomicU64::new(0),
        failed: AtomicBool::new(false),
        connections,
    };
    let mut writer = 1;
    let groups = thread::scope(|scope| {
        let mut all = Vec::new();
        for ((group, target), live) in plan.groups.iter().zip(targets).zip(lives) {
            let rate = group.rate.as_ref();
            let (warmup, seconds) = (plan.warmup.as_secs_f64(), plan.duration.as_secs_f64());
            let grid = rate.map(|rate| Arc::new(Grid::new(rate, warmup, seconds)));
            let mut handles = Vec::new();
            for thread in 0..group.threads {
                let (shared, grid, first) = (&shared, grid.clone(), writer);
                writer += group.connections as u32;
                handles.push(scope.spawn(move || {
                    work(
                        shared,
                        group,
                        target.as_ref(),
                        live,
                        thread,
                        first,
                        grid.as_ref(),
                    )
                }));
            }
            all.push((group, live, handles));
        }
        all.into_iter()
            .map(|(group, live, handles)| {
                let results = handles.into_iter().filter_map(|handle| handle.join().ok());
                let result = add_up(plan, group, live, results.collect());
                live.finished.store(true, Relaxed);
                result
            })
            .collect()
    });
    RunResult {
        groups,
        interrupted: lives.iter().any(|live| live.stop.load(Relaxed)),
    }
}

/// What a thread brings home.
struct ThreadResult {
    recorder: Recorder,
    findings: Findings,
    load_time: Duration,
    /// From the start of what is measured to the end.
    measured: u64,
    /// Which share of its time the thread worked.
    busy: f64,
}

/// How long this thread has worked.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// One thread's whole life.
fn work(
    shared: &Shared<'_>,
    group: &Arc<Group>,
    target: &dyn Target,
    live: &Live,
    thread: usize,
    first: u32,
    grid: Option<&Arc<Grid>>,
) -> ThreadResult {
    if let Some(core) = group.cores.as_ref().and_then(|cores| cores.get(thread)) {
        core_affinity::set_for_current(core_affinity::CoreId { id: *core });
    }
    let plan = shared.plan;
    let mut books = Books {
        group: Arc::clone(group),
        clock: shared.clock,
        recorder: Recorder::new(group.commands.len(), plan.interval.as_nanos() as u64),
        findings: Findings::default(),
        arrived: None,
        alone: shared.connections == 1,
    };
    let mut lanes = Vec::new();
    for index in 0..group.connections {
        match target.connect(CONNECT.min(group.timeout)) {
            Ok(connection) => {
                let writer = first + index as u32;
                let keys = group.tables[0].count();
                let ledger = Ledger::new(writer, shared.run, keys, shared.connections);
                lanes.push(Lane::new(connection, writer, ledger));
            }
            Err(failure) => {
                books
                    .findings
                    .trouble(Trouble::from(&failure), || failure.text().to_owned());
                shared.failed.store(true, Relaxed);
                break;
            }
        }
    }
    let generator = Generator::new(group, plan.seed, shared.run, thread, wanted(plan, group));
    let mut worker = Worker::new(lanes, generator, books, live);
    shared.barrier.wait();
    let begun = Instant::now();
    if !shared.failed.load(Relaxed) {
        let share = |thread: usize| {
            (u128::from(group.load) * thread as u128 / group.threads as u128) as u64
        };
        let accounts = if thread == 0 { group.accounts } else { 0 };
        worker.load(share(thread)..share(thread + 1), accounts);
        if !worker.lanes.iter().all(|lane| lane.alive) {
            shared.failed.store(true, Relaxed);
        }
    }
    let leader = shared.barrier.wait().is_leader();
    let load_time = begun.elapsed();
    if leader {
        shared.start.store(shared.clock.now(), Relaxed);
    }
    shared.barrier.wait();
    live.started.store(true, Relaxed);
    let (mut measured, mut busy) = (0, 0.0);
    if !shared.failed.load(Relaxed) {
        let window = window(plan, group, thread, shared.start.load(Relaxed));
        worker.books.recorder.open(window.from, window.until);
        let arrivals = group.rate.as_ref().map(|rate| {
            let rng = random(plan.seed, thread, Purpose::Arrivals);
            Arrivals::new(rate, grid, thread, group.threads, rng)
        });
        let (begun, before) = (Instant::now(), worked());
        worker.run(&window, arrivals);
        busy = (worked() - before).as_secs_f64() / begun.elapsed().as_secs_f64().max(1e-9);
        let end = worker
            .books
            .clock
            .now()
            .min(window.until)
            .max(worker.books.recorder.last);
        measured = end.saturating_sub(window.from);
        if thread == 0 {
            worker.last_audit();
        }
    }
    ThreadResult {
        recorder: worker.books.recorder,
        findings: worker.books.findings,
        load_time,
        measured,
        busy,
    }
}

/// About how many operations a thread will need.
fn wanted(plan: &Plan, group: &Group) -> u64 {
    let seconds = (plan.duration + plan.warmup).as_secs_f64();
    let by_rate = group
        .rate
        .map_or(AHEAD, |rate| (rate.mean(seconds) * seconds) as u64 + 1);
    by_rate.min(plan.operations.unwrap_or(AHEAD)).min(AHEAD)
}

/// When a thread sends.
fn window(plan: &Plan, group: &Group, thread: usize, start: u64) -> Window {
    let from = start + plan.warmup.as_nanos() as u64;
    let until = from.saturating_add(plan.duration.as_nanos() as u64);
    let threads = group.threads as u64;
    let share =
        |operations: u64| operations / threads + u64::from((thread as u64) < operations % threads);
    Window {
        start,
        from,
        until,
        operations: plan.operations.map_or(u64::MAX, share),
    }
}

fn add_up(plan: &Plan, group: &Group, live: &Live, results: Vec<ThreadResult>) -> GroupResult {
    let interval = plan.interval.as_nanos() as u64;
    let mut sum = GroupResult {
        recorder: Recorder::new(group.commands.len(), interval),
        findings: Findings::default(),
        unsent: live.unsent.load(Relaxed),
        loaded: live.loaded.load(Relaxed),
        load_time: Duration::ZERO,
        measured: Duration::ZERO,
        busy: 0.0,
    };
    let threads = results.len().max(1) as f64;
    for result in results {
        sum.recorder.add(&result.recorder);
        sum.findings.add(&result.findings);
        sum.busy += result.busy / threads;
        sum.load_time = sum.load_time.max(result.load_time);
        sum.measured = sum.measured.max(Duration::from_nanos(result.measured));
    }
    sum
}
