//! Checkpoints: all rows of one snapshot, so that the log before it can go.
//!
//! [`Checkpoints`] belongs to an open directory and knows what its manifest says. One [`CheckpointWriter`] at a time hands out a
//! [`PartWriter`] to each thread; [`commit`](CheckpointWriter::commit) makes the new checkpoint current with one rename and removes what it
//! replaces. Before the rename nothing that the old checkpoint needs is touched, after it nothing of the old is needed.
//!
//! What could go wrong: the disk is full, and the checkpoint is given up and its files removed, while log and store go on. Or the steps
//! around the rename fail: then either manifest may be the one on the disk, and everything that either needs is kept until the
//! directory is opened again.

mod part;
pub(crate) mod read;

pub use part::PartWriter;

use super::device::Hold;
use super::directory::Directory;
use super::error::Error;
use super::format::manifest::{Manifest, PartSize};
use super::format::names::{self, Kind};
use super::log::Cut;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How checkpoints are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointOptions {
    /// Whether blocks are packed with LZ4.
    pub compress: bool,
}

impl Default for CheckpointOptions {
    fn default() -> Self {
        Self { compress: true }
    }
}

/// What a checkpoint has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckpointReport {
    /// The number of the checkpoint.
    pub number: u64,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of its parts.
    pub bytes: u64,
    /// Old files that were removed.
    pub removed: u64,
    /// Old files that could not be removed; opening the directory tries again.
    pub left: Vec<String>,
}

/// The checkpoints of an open directory.
pub struct Checkpoints {
    shared: Arc<Shared>,
}

struct Shared {
    directory: Directory,
    options: CheckpointOptions,
    state: Mutex<State>,
    _hold: Arc<Hold>,
}

struct State {
    manifest: Manifest,
    running: bool,
    /// The number of the newest checkpoint that was begun.
    begun: u64,
    stopped: Option<Error>,
}

/// A checkpoint that is being written. Dropped without a commit, it removes its files.
pub struct CheckpointWriter {
    shared: Arc<Shared>,
    number: u64,
    store: u64,
    parts: Arc<Parts>,
}

/// The parts of one checkpoint.
struct Parts {
    started: AtomicU32,
    finished: Mutex<Vec<(u32, PartSize)>>,
}

impl Checkpoints {
    pub(crate) fn new(
        directory: Directory,
        manifest: Manifest,
        options: CheckpointOptions,
        hold: Arc<Hold>,
    ) -> Self {
        let state = State {
            begun: manifest.checkpoint,
            manifest,
            running: false,
            stopped: None,
        };
        Self {
            shared: Arc::new(Shared {
                directory,
                options,
                state: Mutex::new(state),
                _hold: hold,
            }),
        }
    }

    /// Begins a checkpoint.
    ///
    /// # Errors
    /// [`Error::CheckpointRunning`] while there is another, [`Error::CheckpointsStopped`] after a commit has failed half way.
    pub fn begin(&self) -> Result<CheckpointWriter, Error> {
        let mut state = self.shared.lock();
        if let Some(because) = &state.stopped {
            return Err(Error::CheckpointsStopped {
                because: Arc::new(because.clone()),
            });
        }
        if state.running {
            return Err(Error::CheckpointRunning);
        }
        state.running = true;
        state.begun += 1;
        Ok(CheckpointWriter {
            shared: Arc::clone(&self.shared),
            number: state.begun,
            store: state.manifest.store,
            parts: Arc::new(Parts {
                started: AtomicU32::new(0),
                finished: Mutex::new(Vec::new()),
            }),
        })
    }

    /// The timestamp of the current checkpoint, if there is one.
    pub fn timestamp(&self) -> Option<u64> {
        let state = self.shared.lock();
        (state.manifest.checkpoint > 0).then_some(state.manifest.timestamp)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what `keep` does not name, and counts.
    fn remove_except(&self, keep: impl Fn(Kind) -> bool, report: &mut CheckpointReport) {
        // What cannot be listed cannot be removed; opening the directory will.
        for name in self.directory.list().unwrap_or_default() {
            if keep(names::kind(&name)) {
                continue;
            }
            match self.directory.remove(&name) {
                Ok(()) => report.removed += 1,
                Err(_) => report.left.push(name),
            }
        }
    }
}

impl CheckpointWriter {
    /// Begins the next part. Each thread writes its own.
    ///
    /// # Errors
    /// [`Error::DiskFull`] or [`Error::Io`] if its file cannot be made.
    pub fn part(&self) -> Result<PartWriter, Error> {
        let number = self.parts.started.fetch_add(1, Ordering::Relaxed);
        PartWriter::new(
            &self.shared.directory,
            self.place(number),
            self.shared.options.compress,
            Arc::clone(&self.parts),
        )
    }

    fn place(&self, part: u32) -> super::format::block::Place {
        super::format::block::Place {
            store: self.store,
            checkpoint: self.number,
            part,
        }
    }

    /// Makes the checkpoint current: it holds everything up to `cut`, which [`Log::rotate`](super::Log::rotate) has returned, and
    /// the log goes on from there. Removes older parts and segments.
    ///
    /// # Errors
    /// [`Error::CheckpointUnfinished`], or what failed. The old checkpoint counts until this returns `Ok`, or the new one does, whole.
    pub fn commit(self, cut: Cut) -> Result<CheckpointReport, Error> {
        let mut finished = {
            let mut finished = self.parts.lock();
            std::mem::take(&mut *finished)
        };
        finished.sort_unstable_by_key(|(number, _)| *number);
        let started = self.parts.started.load(Ordering::Relaxed);
        let unfinished = started - finished.len() as u32;
        if unfinished > 0 {
            return Err(Error::CheckpointUnfinished { unfinished });
        }
        let manifest = Manifest {
            store: self.store,
            checkpoint: self.number,
            timestamp: cut.timestamp,
            first_segment: cut.segment,
            parts: finished.into_iter().map(|(_, size)| size).collect(),
        };
        let mut report = CheckpointReport {
            number: self.number,
            rows: manifest.parts.iter().map(|part| part.rows).sum(),
            bytes: manifest.parts.iter().map(|part| part.length).sum(),
            ..CheckpointReport::default()
        };
        let directory = &self.shared.directory;
        directory.sync()?;
        if let Err(error) = directory.publish(names::MANIFEST, &manifest.encode()) {
            self.shared.lock().stopped = Some(error.clone());
            return Err(error);
        }
        self.shared.lock().manifest = manifest;
        let number = self.number;
        self.shared.remove_except(
            |kind| match kind {
                Kind::Part { checkpoint, .. } => checkpoint >= number,
                Kind::Segment(segment) => segment >= cut.segment,
                Kind::Manifest | Kind::Aside | Kind::Other => true,
            },
            &mut report,
        );
        Ok(report)
    }
}

impl Drop for CheckpointWriter {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.running = false;
        let keep = state.stopped.is_some() || state.manifest.checkpoint == self.number;
        drop(state);
        if !keep {
            let number = self.number;
            let mut report = CheckpointReport::default();
            let given_up =
                |kind| matches!(kind, Kind::Part { checkpoint, .. } if checkpoint == number);
            self.shared
                .remove_except(|kind| !given_up(kind), &mut report);
        }
    }
}

impl Parts {
    fn lock(&self) -> MutexGuard<'_, Vec<(u32, PartSize)>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
