//! The live line on a terminal: how far the load is, then throughput, p99 and errors.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::engine::Live;
use super::plan::Plan;
use super::report::time;
use crate::report::number;

/// How often the line changes.
const TICK: Duration = Duration::from_millis(200);

/// Keeps the line up to date until the run is over.
pub(super) fn follow(plan: &Plan, lives: &[Live]) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    let load: u64 = plan.groups.iter().map(|group| group.load).sum();
    let whole = plan.warmup + plan.duration;
    let mut started = None;
    let mut last = (Instant::now(), 0);
    while !lives.iter().all(|live| live.finished.load(Relaxed)) {
        std::thread::sleep(TICK);
        bar.tick();
        let sum = |of: &dyn Fn(&Live) -> u64| lives.iter().map(of).sum::<u64>();
        if !lives.iter().any(|live| live.started.load(Relaxed)) {
            let loaded = sum(&|live| live.loaded.load(Relaxed));
            bar.set_message(format!(
                "loading {} of {} keys",
                number(loaded as f64),
                number(load as f64)
            ));
            continue;
        }
        let since = *started.get_or_insert_with(Instant::now);
        let done = sum(&|live| live.done.load(Relaxed));
        let errors = sum(&|live| live.errors.load(Relaxed));
        let p99 = lives
            .iter()
            .map(|live| live.p99.load(Relaxed))
            .max()
            .unwrap_or(0);
        let now = Instant::now();
        let rate = (done - last.1) as f64 / now.duration_since(last.0).as_secs_f64().max(1e-3);
        last = (now, done);
        let left = whole.saturating_sub(since.elapsed()).as_secs();
        bar.set_message(match since.elapsed() < plan.warmup {
            true => format!("warming up, {left} s to go"),
            false => format!(
                "{}/s, p99 {}, {errors} errors, {left} s to go",
                number(rate),
                time(p99 as f64)
            ),
        });
    }
    bar.finish_and_clear();
}
