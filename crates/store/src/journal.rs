//! A store's directory: the log that commits go through, and its checkpoints.
//!
//! A commit becomes visible under the log's lock, right before its record is appended. So whoever has seen it appends later, and any
//! beginning of the log is a state that the store was in. The log numbers the commits one by one: that order, not the clock's, is what recovery needs.

use std::ops::Bound;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use crate::disk::{self, Change, CheckpointReport, Checkpoints, Log, PartWriter, Position};
use crate::error::Result;
use crate::row::Row;
use crate::scan::{Range, borrowed};
use crate::snapshot::Snapshot;
use crate::stamp::Timestamp;
use crate::stats::{CheckpointStats, CheckpointTally};
use crate::store::Store;
use crate::table::Table;

/// Keys that a thread takes at a time to write them to a checkpoint.
const CHUNK: usize = 8192;

/// See the module.
pub(crate) struct Journal {
    log: Log,
    checkpoints: Checkpoints,
    tally: CheckpointTally,
    /// The number of the last commit.
    number: AtomicU64,
    threads: usize,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Journal {
    pub fn new(log: Log, checkpoints: Checkpoints, number: u64, threads: usize) -> Self {
        Self {
            log,
            checkpoints,
            tally: CheckpointTally::default(),
            number: AtomicU64::new(number),
            threads,
        }
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    pub fn checkpoint_stats(&self) -> CheckpointStats {
        self.tally.stats()
    }

    /// Appends `changes` if `decide` commits them. Returns when, and how far the log has to get.
    pub fn commit(
        &self,
        changes: &[Change<'_>],
        decide: impl FnOnce() -> Option<Timestamp>,
    ) -> Result<Option<(Timestamp, Option<Position>)>> {
        let mut decided = None;
        let position = self.log.append(changes, || {
            decided = decide();
            decided.map(|_| self.number.fetch_add(1, Relaxed) + 1)
        })?;
        Ok(decided.map(|at| (at, position)))
    }

    /// Writes all rows as of now to a new checkpoint, with several threads, and lets go of the log before it.
    pub fn checkpoint(&self, store: &Store) -> Result<CheckpointReport> {
        let writer = self.checkpoints.begin();
        if let Err(error @ disk::Error::CheckpointRunning) = writer {
            return Err(error.into());
        }
        let attempt = self.tally.begin();
        let writer = writer?;
        let mut snapshot = None;
        let cut = self.log.rotate(|| {
            snapshot = Some(store.firm_snapshot());
            self.number.load(Relaxed)
        })?;
        if let Some(snapshot) = snapshot {
            let chunks = Mutex::new(Chunks::default());
            thread::scope(|scope| {
                let write = || -> Result<()> {
                    let mut part = writer.part()?;
                    while let Some(range) = next_chunk(store.table(), &chunks) {
                        write_rows(&snapshot, &range, &mut part)?;
                    }
                    Ok(part.finish()?)
                };
                let others: Vec<_> = (1..self.threads).map(|_| scope.spawn(write)).collect();
                let mine = write();
                others
                    .into_iter()
                    .map(|other| other.join())
                    .fold(mine, |result, other| {
                        result.and(other.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    })
            })?;
        }
        let report = writer.commit(cut)?;
        attempt.succeed();
        Ok(report)
    }
}

/// Where the next chunk of keys begins.
#[derive(Debug)]
struct Chunks {
    start: Bound<Vec<u8>>,
    done: bool,
}

impl Default for Chunks {
    fn default() -> Self {
        Self {
            start: Bound::Unbounded,
            done: false,
        }
    }
}

/// The next range of about [`CHUNK`] keys.
fn next_chunk(table: &Table, chunks: &Mutex<Chunks>) -> Option<Range> {
    let mut chunks = chunks
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if chunks.done {
        return None;
    }
    let start = chunks.start.as_ref().map(Vec::as_slice);
    let end = match table.key_after(&start, CHUNK) {
        Some(last) => Bound::Included(last),
        None => Bound::Unbounded,
    };
    let next = match &end {
        Bound::Included(last) => Bound::Excluded(last.clone()),
        _ => {
            chunks.done = true;
            Bound::Unbounded
        }
    };
    let start = std::mem::replace(&mut chunks.start, next);
    Some((start, end))
}

fn write_rows(snapshot: &Snapshot, range: &Range, part: &mut PartWriter) -> Result<()> {
    let mut written = Ok(());
    let table = snapshot.store().table();
    table.visit_at(
        borrowed(range),
        true,
        snapshot.timestamp(),
        |key: &[u8], row: &Row| {
            written = part.row(key, row.as_bytes());
            written.is_ok()
        },
    );
    snapshot.check()?;
    Ok(written?)
}
