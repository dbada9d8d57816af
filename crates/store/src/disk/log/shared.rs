//! What the threads that append, the roles and the flusher share.

use super::super::directory::{Directory, NamedFile};
use super::super::error::Error;
use super::queue::Queue;
use super::role::Role;
use super::writer::{self, Writer};
use super::{Cut, LogOptions, LogStart, Position};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// An append waits for the writer when so many bytes are queued.
const MAX_QUEUED: u64 = 16 << 20;

/// What a log has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogStats {
    /// Transactions written.
    pub transactions: u64,
    /// Bytes appended, marks and seals included.
    pub bytes: u64,
    /// Batches written.
    pub writes: u64,
    /// Syncs of segments with frames in them.
    pub syncs: u64,
    /// The segment that is appended to.
    pub segment: u64,
    /// Bytes that are not on disk yet.
    pub not_durable: u64,
}

pub(super) struct Shared {
    pub(super) directory: Directory,
    queue: Mutex<Queue>,
    /// Where the log began when it was opened, as a position.
    opened: u64,
    /// The end of the queue: stored under its lock.
    appended: AtomicU64,
    /// Stored by the writer.
    pub(super) written: AtomicU64,
    /// Raised by the syncer, and by the writer at the end of a segment.
    pub(super) durable: AtomicU64,
    /// The end of the last chunk with a transaction in it. Stored by the writer.
    pub(super) last_data: AtomicU64,
    /// What the last mark vouches for. Stored by the writer.
    pub(super) vouched: AtomicU64,
    writing: Role,
    syncing: Role,
    writer: Mutex<Writer>,
    /// The file that is written to. Replaced by the writer, after the one before was synced.
    pub(super) current: Mutex<NamedFile>,
    failure: OnceLock<Error>,
    pub(super) transactions: AtomicU64,
    pub(super) writes: AtomicU64,
    pub(super) syncs: AtomicU64,
}

/// Locks, whatever a thread that panicked has left: what these locks guard is changed after all that may panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn open(
        directory: Directory,
        start: &LogStart,
        options: &LogOptions,
    ) -> Result<Self, Error> {
        let file = writer::open_segment(&directory, start)?;
        let queue = Queue::new(start, options.segment_bytes);
        let opened = queue.end();
        Ok(Self {
            directory,
            queue: Mutex::new(queue),
            opened,
            appended: AtomicU64::new(opened),
            written: AtomicU64::new(opened),
            durable: AtomicU64::new(opened),
            last_data: AtomicU64::new(0),
            vouched: AtomicU64::new(0),
            writing: Role::default(),
            syncing: Role::default(),
            writer: Mutex::new(Writer::default()),
            current: Mutex::new(file),
            failure: OnceLock::new(),
            transactions: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
        })
    }

    /// Refuses when the log is read-only.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.failure.get() {
            None => Ok(()),
            Some(because) => Err(Error::ReadOnly {
                because: Arc::new(because.clone()),
            }),
        }
    }

    pub(super) fn failure(&self) -> Option<Error> {
        self.failure.get().cloned()
    }

    pub(super) fn fail(&self, because: Error) {
        // Only the first failure counts: later ones follow from it.
        let _ = self.failure.set(because);
    }

    pub(super) fn appended(&self) -> u64 {
        self.appended.load(Ordering::Acquire)
    }

    /// Waits when those who append are far ahead of the writer.
    pub(super) fn make_room(&self) -> Result<(), Error> {
        let written = self.written.load(Ordering::Relaxed);
        let appended = self.appended.load(Ordering::Relaxed);
        if appended.saturating_sub(written) > MAX_QUEUED {
            return self.written(appended);
        }
        Ok(())
    }

    /// Decides and appends, as one step.
    pub(super) fn append(
        &self,
        frame: &mut [u8],
        decide: impl FnOnce() -> Option<u64>,
    ) -> Result<Option<Position>, Error> {
        self.change_queue(|queue| {
            let Some(timestamp) = decide() else {
                return Ok(None);
            };
            queue.push(frame, timestamp)?;
            Ok(Some(Position(queue.end())))
        })
    }

    /// Turns to a new segment; returns the cut and the position behind the segment's first frame.
    pub(super) fn rotate(&self, at: impl FnOnce() -> u64) -> Result<(Cut, u64), Error> {
        self.change_queue(|queue| {
            let timestamp = at();
            queue.rotate(timestamp)?;
            let cut = Cut {
                segment: queue.segment(),
                timestamp,
            };
            Ok((cut, queue.end()))
        })
    }

    /// Appends a mark, if nothing else is queued.
    pub(super) fn mark(&self) -> Result<u64, Error> {
        self.change_queue(|queue| {
            queue.begin_chunk();
            Ok(queue.end())
        })
    }

    fn change_queue<T>(
        &self,
        change: impl FnOnce(&mut Queue) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut queue = lock(&self.queue);
        // Under the lock, so that nothing is decided once a failure is known.
        self.check()?;
        let changed = change(&mut queue);
        self.appended.store(queue.end(), Ordering::Release);
        drop(queue);
        changed.inspect_err(|error| self.fail(error.clone()))
    }

    /// Waits until `position` is written, and writes if nobody does.
    pub(super) fn written(&self, position: u64) -> Result<(), Error> {
        self.writing.until(
            || self.reached(&self.written, position),
            || {
                let mut writer = lock(&self.writer);
                let chunks = lock(&self.queue).take(writer.spare());
                if let Err(error) = writer.write(self, chunks) {
                    self.fail(error);
                }
            },
        )
    }

    /// Waits until `position` is on disk, and writes and syncs if nobody does.
    pub(super) fn durable(&self, position: u64) -> Result<(), Error> {
        self.syncing.until(
            || self.reached(&self.durable, position),
            || {
                if let Err(error) = self.written(position).and_then(|()| self.sync_written()) {
                    self.fail(error);
                }
            },
        )
    }

    fn sync_written(&self) -> Result<(), Error> {
        // First how far, then the file: if the file changes in between, the old one was synced to its end.
        let target = self.written.load(Ordering::Acquire);
        let file = lock(&self.current).clone();
        file.sync()?;
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.durable.fetch_max(target, Ordering::AcqRel);
        Ok(())
    }

    fn reached(&self, mark: &AtomicU64, position: u64) -> Option<Result<(), Error>> {
        if mark.load(Ordering::Acquire) >= position {
            return Some(Ok(()));
        }
        self.check().err().map(Err)
    }

    /// Seals the log. A second call finds it sealed and does nothing.
    pub(super) fn close(&self) -> Result<(), Error> {
        if lock(&self.writer).close() {
            return self.check();
        }
        self.durable(self.appended())?;
        let end = self.change_queue(|queue| {
            queue.seal();
            Ok(queue.end())
        })?;
        self.durable(end)
    }

    pub(super) fn stats(&self) -> LogStats {
        let (segment, end) = {
            let queue = lock(&self.queue);
            (queue.segment(), queue.end())
        };
        LogStats {
            transactions: self.transactions.load(Ordering::Relaxed),
            bytes: end - self.opened,
            writes: self.writes.load(Ordering::Relaxed),
            syncs: self.syncs.load(Ordering::Relaxed),
            segment,
            not_durable: end.saturating_sub(self.durable.load(Ordering::Relaxed)),
        }
    }
}
