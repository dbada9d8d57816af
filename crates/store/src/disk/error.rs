//! What can go wrong with a store's directory.
//!
//! Each error names the file, and the offset where there is one. Errors are cloned, because one failed write is told to all who waited
//! for it and to everyone who asks later.

use std::io;
use std::sync::Arc;

/// An error of the disk layer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The disk is full. What had been written of the file does not count.
    #[error("{file}: the disk is full")]
    DiskFull {
        /// The file that could not grow.
        file: String,
    },
    /// A sync failed: what was written before may be lost, and no later sync can tell.
    #[error("{file}: sync failed: {source}")]
    SyncFailed {
        /// The file, or `.` for the directory.
        file: String,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// Any other failure of the operating system.
    #[error("{file}: cannot {action}: {source}")]
    Io {
        /// The file, or `.` for the directory.
        file: String,
        /// What was tried, such as `open`.
        action: &'static str,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// A file does not hold what was written to it.
    #[error("{file}: damaged at offset {offset}: expected {expected}")]
    Damaged {
        /// The file.
        file: String,
        /// Where the bad structure begins.
        offset: u64,
        /// What should have been there.
        expected: String,
    },
    /// The file was written by a newer program.
    #[error(
        "{file}: format version {version} is newer than {known}, the newest that this program reads"
    )]
    NewerFormat {
        /// The file.
        file: String,
        /// The version in the file.
        version: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// Another process, or another store of this one, has the directory open.
    #[error("the directory is in use{}", .pid.map_or_else(String::new, |pid| format!(" by process {pid}")))]
    InUse {
        /// The process that holds it, if it could be read.
        pid: Option<u32>,
    },
    /// An earlier failure has closed the log for good; opening the directory again recovers.
    #[error("read-only since an earlier failure: {because}")]
    ReadOnly {
        /// The first failure.
        because: Arc<Error>,
    },
    /// A transaction, key or row is longer than the format can hold.
    #[error("{what} of {length} bytes is over the limit of {limit}")]
    TooLarge {
        /// What is too long.
        what: &'static str,
        /// How long it is.
        length: u64,
        /// How long it may be.
        limit: u64,
    },
    /// A commit timestamp was not above the one before: a fault of the caller, which would make the log unreadable.
    #[error("timestamp {given} does not follow {last}")]
    OutOfOrder {
        /// The newest timestamp in the log.
        last: u64,
        /// The one that was given.
        given: u64,
    },
    /// Another checkpoint is being written.
    #[error("a checkpoint is already being written")]
    CheckpointRunning,
    /// A checkpoint was committed before all its parts were finished.
    #[error("{unfinished} parts of the checkpoint are not finished")]
    CheckpointUnfinished {
        /// How many.
        unfinished: u32,
    },
    /// Making a checkpoint current failed half way; no other is taken until the directory is opened again.
    #[error("no checkpoint can be taken since an earlier failure: {because}")]
    CheckpointsStopped {
        /// The failure.
        because: Arc<Error>,
    },
}

impl Error {
    /// Wraps what the operating system said about `file`.
    pub(crate) fn io(file: &str, action: &'static str, source: io::Error) -> Self {
        let file = file.to_owned();
        if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        ) {
            return Self::DiskFull { file };
        }
        let source = Arc::new(source);
        if action == "sync" {
            Self::SyncFailed { file, source }
        } else {
            Self::Io {
                file,
                action,
                source,
            }
        }
    }

    /// `file` is damaged at `offset`.
    pub(crate) fn damaged(file: &str, offset: u64, expected: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            offset,
            expected: expected.into(),
        }
    }
}
