//! What a store says of itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Sizes and ages at one moment; each is exact when nobody writes meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Keys that have a row.
    pub rows: usize,
    /// Versions of all keys, those included that say that a key was removed.
    pub versions: usize,
    /// Bytes of nodes, keys and versions.
    pub bytes: usize,
    /// Most versions of one key that the sweep has met in its last round.
    pub longest_chain: usize,
    /// Snapshots and transactions that are held.
    pub snapshots: usize,
    /// For how long the oldest of them has been.
    pub oldest_snapshot: Option<Duration>,
    /// Keys with older versions that wait for snapshots to be let go.
    pub waiting: usize,
}

/// What has become of checkpoints since the store was opened, be they asked for or taken by size of the log or by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckpointStats {
    /// Whether one is being written.
    pub running: bool,
    /// How many were written.
    pub written: u64,
    /// How many failed. One that found another running is no failure.
    pub failed: u64,
    /// How long the last that was written took.
    pub last: Option<Duration>,
}

/// Counts checkpoints.
#[derive(Debug, Default)]
pub(crate) struct CheckpointTally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: u64,
    written: u64,
    failed: u64,
    last: Option<Duration>,
}

impl CheckpointTally {
    /// Counts one that begins.
    pub fn begin(&self) -> Attempt<'_> {
        self.lock().begun += 1;
        Attempt {
            tally: self,
            begin: Instant::now(),
            took: None,
        }
    }

    pub fn stats(&self) -> CheckpointStats {
        let counts = self.lock();
        CheckpointStats {
            running: counts.begun > counts.written + counts.failed,
            written: counts.written,
            failed: counts.failed,
            last: counts.last,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A checkpoint that is being written; a failure unless it says otherwise, also after a panic.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    tally: &'a CheckpointTally,
    begin: Instant,
    took: Option<Duration>,
}

impl Attempt<'_> {
    pub fn succeed(mut self) {
        self.took = Some(self.begin.elapsed());
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut counts = self.tally.lock();
        if self.took.is_some() {
            counts.written += 1;
            counts.last = self.took;
        } else {
            counts.failed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_runs_until_it_succeeds_or_is_given_up() {
        let tally = CheckpointTally::default();
        assert_eq!(tally.stats(), CheckpointStats::default());
        let attempt = tally.begin();
        assert!(tally.stats().running);
        attempt.succeed();
        let stats = tally.stats();
        assert_eq!(
            (stats.running, stats.written, stats.failed),
            (false, 1, 0),
            "{stats:?}"
        );
        assert!(stats.last.is_some());
        drop(tally.begin());
        let stats = tally.stats();
        assert_eq!(
            (stats.running, stats.written, stats.failed),
            (false, 1, 1),
            "{stats:?}"
        );
        assert!(stats.last.is_some(), "that of the one before");
    }
}
