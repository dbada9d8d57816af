//! The log: every transaction, in the order of commit, on its way to the disk.
//!
//! **Appending** ([`Log::append`]) holds the queue's lock while the caller decides (which makes its versions visible), and copies the
//! finished frame into a buffer. Whoever has seen a write appends after it, so the log's order is the order of commit.
//!
//! **Writing and syncing** are two [roles](role), each held by one thread at a time, for all who wait: the writer takes everything
//! that is queued and writes it in one go; the syncer syncs what had been written when it began. They do not wait for each other,
//! but for one case: a segment is synced by the writer before the next is made.
//!
//! **Positions** count the bytes that were appended; `written` and `durable` are how far the roles have got. Each is stored with
//! release once the file has it and loaded with acquire by those who wait.
//!
//! **What could go wrong**: a failed write or sync. The first failure is kept, every wait that is not fulfilled yet ends with it, and
//! every later append says that the log is read-only. Nothing is tried again, since after a failed sync the operating
//! system may have dropped the bytes and a second sync would succeed without them.

mod flusher;
mod options;
mod queue;
mod role;
mod shared;
mod writer;

pub use options::{Durability, LogOptions};
pub use shared::LogStats;
pub(crate) use writer::make_segment;

use super::device::Hold;
use super::directory::Directory;
use super::error::Error;
use super::format::change::{self, Change};
use super::format::frame;
use flusher::Flusher;
use shared::Shared;
use std::cell::RefCell;
use std::sync::Arc;

/// A buffer that a thread has used for a frame is kept up to this size.
const KEPT_SCRATCH: usize = 1 << 20;

/// How far a log has got, in bytes since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

/// A point between two segments of the log, where a checkpoint takes its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The first segment behind.
    pub segment: u64,
    /// No record before has a higher timestamp, every record behind has one.
    pub timestamp: u64,
}

/// Where a log goes on after recovery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogStart {
    pub(crate) store: u64,
    pub(crate) segment: u64,
    /// Where the next frame of the segment goes; `None` if the segment is yet to be made.
    pub(crate) offset: Option<u64>,
    /// Transactions that the segment holds.
    pub(crate) transactions: u64,
    /// The newest timestamp on the disk.
    pub(crate) timestamp: u64,
}

/// The log of a store. Shared by all threads.
pub struct Log {
    shared: Arc<Shared>,
    durability: Durability,
    flusher: Option<Flusher>,
    /// Released after the flusher has ended and the log is closed: fields drop in this order.
    _hold: Arc<Hold>,
}

thread_local! {
    /// The frame that this thread prepares before it takes the lock.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Log {
    pub(crate) fn open(
        directory: Directory,
        start: &LogStart,
        options: &LogOptions,
        hold: Arc<Hold>,
    ) -> Result<Self, Error> {
        let shared = Arc::new(Shared::open(directory, start, options)?);
        let flusher = Flusher::start(&shared, options)?;
        Ok(Self {
            shared,
            durability: options.durability,
            flusher,
            _hold: hold,
        })
    }

    /// Appends a transaction at the moment of its commit.
    ///
    /// `decide` is called under the log's lock: it makes the transaction visible and returns its timestamp, above all earlier ones, or
    /// `None`, after which nothing is appended. It must not use the log itself. The record is only in memory when
    /// this returns; see [`acknowledge`](Self::acknowledge). Without durability, `decide` is called without a lock and nothing is
    /// appended.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] after a failure, [`Error::TooLarge`]: then `decide` was not called. [`Error::OutOfOrder`] if
    /// the timestamp is not above the last: the log is read-only from then on.
    pub fn append(
        &self,
        changes: &[Change<'_>],
        decide: impl FnOnce() -> Option<u64>,
    ) -> Result<Option<Position>, Error> {
        self.shared.check()?;
        if self.durability == Durability::None {
            return Ok(decide().map(|_| Position(0)));
        }
        self.shared.make_room()?;
        SCRATCH.with_borrow_mut(|frame| {
            frame.clear();
            frame.resize(frame::HEADER, 0);
            frame.push(frame::TRANSACTION);
            change::encode(changes, frame)?;
            let length = frame.len() - frame::HEADER;
            if length > frame::MAX_BODY {
                return Err(Error::TooLarge {
                    what: "a transaction",
                    length: length as u64,
                    limit: frame::MAX_BODY as u64,
                });
            }
            frame::finish_body(frame);
            let position = self.shared.append(frame, decide);
            if frame.capacity() > KEPT_SCRATCH {
                *frame = Vec::new();
            }
            position
        })
    }

    /// Waits as long as the durability of this log asks for: not at all, until the record is written, or until it is on disk.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with the failure, if the record has not got there and never will.
    pub fn acknowledge(&self, position: Position) -> Result<(), Error> {
        match self.durability {
            Durability::None => Ok(()),
            Durability::Interval(_) => self.written(position),
            Durability::Always => self.durable(position),
        }
    }

    /// Waits until the operating system has everything up to `position`: a crash of the process loses none of it.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with the failure.
    pub fn written(&self, position: Position) -> Result<(), Error> {
        self.shared.written(position.0)
    }

    /// Waits until everything up to `position` is on disk: a crash of the machine loses none of it.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with the failure.
    pub fn durable(&self, position: Position) -> Result<(), Error> {
        self.shared.durable(position.0)
    }

    /// Waits until everything that has been appended is on disk.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with the failure.
    pub fn sync(&self) -> Result<(), Error> {
        self.shared.durable(self.shared.appended())
    }

    /// How far the log has been appended to.
    pub fn position(&self) -> Position {
        Position(self.shared.appended())
    }

    /// Begins a new segment. `at` is called under the lock, between the last record of the old segments and the first of the new, and
    /// returns a timestamp that no older record is above and every newer one will be: a checkpoint's snapshot. The new segment is on
    /// disk when this returns. What comes back is for [`CheckpointWriter::commit`](super::CheckpointWriter::commit).
    ///
    /// # Errors
    /// [`Error::ReadOnly`], or [`Error::OutOfOrder`] if the timestamp is below the last record's: the log is read-only from then on.
    pub fn rotate(&self, at: impl FnOnce() -> u64) -> Result<Cut, Error> {
        let (cut, end) = self.shared.rotate(at)?;
        self.shared.written(end)?;
        Ok(cut)
    }

    /// The failure that has made the log read-only, if there was one.
    pub fn failure(&self) -> Option<Error> {
        self.shared.failure()
    }

    /// Makes the log read-only, for a failure elsewhere. The first failure stays.
    pub fn fail(&self, because: Error) {
        self.shared.fail(because);
    }

    /// What the log has done since it was opened.
    pub fn stats(&self) -> LogStats {
        self.shared.stats()
    }

    /// Syncs and seals the log. Dropping it does the same and keeps silent about failures.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with the failure.
    pub fn close(mut self) -> Result<(), Error> {
        self.flusher = None;
        self.shared.close()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.flusher = None;
        // A failure has been told to all who waited; whoever wants to hear of one here calls `close`.
        let _ = self.shared.close();
    }
}
