//! Running many threads at once, for a bounded time, in sizes that fit the build.
//!
//! Threads start together from a barrier, each with its own number and seed. A watchdog thread ends the process when a test takes
//! too long: a hung concurrent test cannot be stopped from within, and a test runner would wait for it forever.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Barrier, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

/// The environment variable that multiplies what [`scale`] gives, such as `0.1` or `20`.
pub const SCALE_VARIABLE: &str = "MASSTREE_TEST_SCALE";

/// Aborts the process if it is not dropped in time.
///
/// # Examples
/// ```
/// use masstree_testkit::stress::Watchdog;
/// let _watchdog = Watchdog::start("a quick sum", std::time::Duration::from_secs(60));
/// assert_eq!((1..=3).sum::<i32>(), 6);
/// ```
#[must_use = "the watchdog stops when it is dropped"]
pub struct Watchdog {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Begins to wait; after `limit` it writes `name` to standard error and aborts.
    pub fn start(name: impl Into<String>, limit: Duration) -> Self {
        let name = name.into();
        let test = std::thread::current()
            .name()
            .map_or_else(String::new, |test| format!(" in test {test}"));
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::spawn(move || {
            if stopped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                eprintln!("watchdog: {name}{test} still runs after {limit:?}; aborting");
                std::process::abort();
            }
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread only waits and cannot panic, so there is no error to pass on.
            let _ = thread.join();
        }
    }
}

/// Who a thread is in a run of [`run_threads`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Its number, from zero.
    pub index: usize,
    /// How many threads there are.
    pub count: usize,
    /// Its own seed, a function of the run's seed and its number.
    pub seed: u64,
}

/// Runs `work` on `count` threads that start together, and gives their results in the order of their numbers.
///
/// The process is aborted if they take longer than `limit`.
///
/// # Panics
/// With the panic of the first thread, by number, that panicked; all are joined before.
///
/// # Examples
/// ```
/// use masstree_testkit::stress::run_threads;
/// let limit = std::time::Duration::from_secs(60);
/// assert_eq!(run_threads(3, 1, limit, |worker| worker.index), [0, 1, 2]);
/// ```
pub fn run_threads<T, F>(count: usize, seed: u64, limit: Duration, work: F) -> Vec<T>
where
    T: Send,
    F: Fn(Worker) -> T + Sync,
{
    let _watchdog = Watchdog::start(format!("a run of {count} threads, seed {seed}"), limit);
    let barrier = Barrier::new(count);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|index| {
                let worker = Worker {
                    index,
                    count,
                    seed: mix(seed, index as u64),
                };
                let (barrier, work) = (&barrier, &work);
                scope.spawn(move || {
                    barrier.wait();
                    work(worker)
                })
            })
            .collect();
        let outcomes: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// A seed for part `index` of a run, unrelated to those of its neighbours.
pub fn mix(seed: u64, index: u64) -> u64 {
    let mut x = seed ^ index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// `n`, shrunk to a tenth under a sanitizer, then multiplied by `MASSTREE_TEST_SCALE`; at least 1, except that 0 stays 0.
///
/// # Panics
/// If the variable is set to anything but a positive number.
pub fn scale(n: usize) -> usize {
    static FACTOR: OnceLock<f64> = OnceLock::new();
    let factor = *FACTOR.get_or_init(|| {
        let build = if cfg!(any(sanitized, tsan)) { 0.1 } else { 1.0 };
        build * parse_scale(std::env::var(SCALE_VARIABLE).ok().as_deref())
    });
    scaled(n, factor)
}

fn parse_scale(text: Option<&str>) -> f64 {
    let Some(text) = text else {
        return 1.0;
    };
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor > 0.0 => factor,
        _ => panic!("{SCALE_VARIABLE} is `{text}`, not a positive number"),
    }
}

fn scaled(n: usize, factor: f64) -> usize {
    ((n as f64 * factor) as usize).max(n.min(1))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::panic::catch_unwind;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    #[test]
    fn threads_meet_and_have_their_own_seeds() {
        let arrived = AtomicUsize::new(0);
        let workers = run_threads(4, 7, LIMIT, |worker| {
            arrived.fetch_add(1, Ordering::SeqCst);
            // Each thread waits for the others, so this ends only if all run at once.
            while arrived.load(Ordering::SeqCst) < 4 {
                std::thread::yield_now();
            }
            worker
        });
        assert_eq!(workers.len(), 4);
        assert!(
            workers
                .iter()
                .zip(0..)
                .all(|(w, i)| w.index == i && w.count == 4)
        );
        assert_eq!(
            workers.iter().map(|w| w.seed).collect::<HashSet<_>>().len(),
            4
        );
        assert_eq!(workers, run_threads(4, 7, LIMIT, |worker| worker));
        assert_ne!(workers, run_threads(4, 8, LIMIT, |worker| worker));
    }

    #[test]
    fn a_panic_comes_through_after_all_threads_ended() {
        let ended = AtomicUsize::new(0);
        let outcome = catch_unwind(std::panic::AssertUnwindSafe(|| {
            run_threads(3, 1, LIMIT, |worker| {
                ended.fetch_add(1, Ordering::SeqCst);
                assert_ne!(worker.index, 1, "thread one fails");
            })
        }));
        let text = outcome.unwrap_err().downcast::<String>().unwrap();
        assert!(text.contains("thread one fails"), "{text}");
        assert_eq!(ended.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_watchdog_dropped_in_time_ends_at_once() {
        let start = Instant::now();
        drop(Watchdog::start("nothing", LIMIT));
        assert!(start.elapsed() < LIMIT / 2);
    }

    #[test]
    fn sizes_are_scaled_and_never_vanish() {
        assert_eq!(scaled(1000, 0.1), 100);
        assert_eq!(scaled(1000, 20.0), 20_000);
        assert_eq!(scaled(5, 0.01), 1);
        assert_eq!(scaled(0, 1.0), 0);
        assert_eq!(parse_scale(None), 1.0);
        assert_eq!(parse_scale(Some("0.25")), 0.25);
        for bad in ["", "fast", "0", "-1", "inf"] {
            assert!(catch_unwind(|| parse_scale(Some(bad))).is_err(), "{bad}");
        }
    }
}
