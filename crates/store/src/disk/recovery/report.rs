//! What recovery tells: how far it is, and what it has found.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What recovery is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading the checkpoint.
    Checkpoint,
    /// Replaying the log.
    Log,
}

/// How far recovery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Bytes of this stage that are done.
    pub done: u64,
    /// Bytes of this stage.
    pub total: u64,
}

/// Bytes at the end of the log that a crash had left unfinished, and that were cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The segment.
    pub file: String,
    /// Where it was cut.
    pub offset: u64,
    /// How much was cut.
    pub bytes: u64,
}

/// What recovery has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// Rows of the checkpoint.
    pub rows: u64,
    /// Transactions of the log.
    pub records: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// The newest timestamp: the state is the one right after it.
    pub timestamp: u64,
    /// What was cut off.
    pub torn: Option<TornTail>,
    /// Files that a crash had left and nobody needed.
    pub removed: u64,
    /// How long it took.
    pub duration: Duration,
}

/// Counts, from several threads, and tells the caller's progress function.
pub(super) struct Tally<'a> {
    tell: &'a (dyn Fn(Progress) + Sync),
    log: AtomicU64,
    total: AtomicU64,
    done: AtomicU64,
    rows: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(tell: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Self {
            tell,
            log: AtomicU64::new(0),
            total: AtomicU64::new(0),
            done: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Begins a stage of `total` bytes.
    pub(super) fn begin(&self, stage: Stage, total: u64) {
        self.log
            .store(u64::from(stage == Stage::Log), Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.advance(0);
    }

    pub(super) fn rows(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.advance(bytes);
    }

    pub(super) fn records(&self, records: u64, bytes: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
        self.advance(bytes);
    }

    fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.tell)(Progress {
            stage: if self.log.load(Ordering::Relaxed) == 1 {
                Stage::Log
            } else {
                Stage::Checkpoint
            },
            done,
            total: self.total.load(Ordering::Relaxed),
        });
    }

    pub(super) fn report(&self) -> RecoveryReport {
        RecoveryReport {
            rows: self.rows.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            ..RecoveryReport::default()
        }
    }
}
