//! What can go wrong.

use std::time::Duration;

use crate::disk;

/// Why an operation did not happen. Nothing is half applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key is longer than the store's limit.
    #[error("key of {len} bytes is over the limit of {limit}")]
    KeyTooLong {
        /// Length of the key.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// A row is larger than the store's limit.
    #[error("row of {len} bytes is over the limit of {limit}")]
    RowTooLarge {
        /// Bytes of the encoded row.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// A column's number is over the store's limit.
    #[error("column {column} is over the limit of {limit} columns")]
    TooManyColumns {
        /// The highest column named.
        column: usize,
        /// The limit.
        limit: usize,
    },
    /// The store is at its memory limit; removes and reads go on.
    #[error("memory limit of {limit} bytes is reached")]
    MemoryLimit {
        /// The limit.
        limit: usize,
    },
    /// No memory for a node.
    #[error("out of memory")]
    OutOfMemory,
    /// Another transaction has written what this one read or writes.
    #[error("conflict on key \"{}\"", key.escape_ascii())]
    Conflict {
        /// The key, or the first key of the range, on which they met.
        key: Vec<u8>,
    },
    /// The directory, the log or a checkpoint; after a failed write the store is read-only, and says so here.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// A row in the log or a checkpoint whose checksum is right is not the encoding of a row.
    #[error("a row on disk is not a row")]
    BadRow,
    /// The snapshot was held for longer than the store keeps old versions.
    #[error("snapshot is older than the limit of {limit:?}")]
    SnapshotTooOld {
        /// How long snapshots are kept.
        limit: Duration,
    },
    /// History does not reach back to this timestamp, or it is not there yet.
    #[error("no history at timestamp {at}")]
    NoHistory {
        /// The timestamp asked for.
        at: u64,
    },
}

/// What an operation returns.
pub type Result<T> = std::result::Result<T, Error>;
