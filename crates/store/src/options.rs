//! Limits and choices of a store.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use crate::disk::Durability;

/// How a store is to be. Start from [`Options::new`] with a directory, or from [`Options::default`] without.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the log and the checkpoints are; none by default, and then the store lives in memory alone.
    pub directory: Option<PathBuf>,
    /// What an acknowledged write survives. Default: a crash of the process, and but for the last 100 ms one of the machine.
    pub durability: Durability,
    /// The log begins a new file after so many bytes. Default 64 MiB.
    pub segment_bytes: u64,
    /// A checkpoint is taken after so many bytes of log. Default 256 MiB; `None` for never.
    pub checkpoint_bytes: Option<u64>,
    /// A checkpoint is taken after this time, if there is anything new; never by default.
    pub checkpoint_interval: Option<Duration>,
    /// Whether checkpoints are compressed. Default yes.
    pub compress: bool,
    /// Threads for recovery and checkpoints; all cores by default.
    pub threads: Option<NonZero<usize>>,
    /// Longest key, in bytes; at most 65,536. Default 1,024.
    pub key_limit: usize,
    /// Largest row, in encoded bytes. Default 64 MiB.
    pub row_limit: usize,
    /// Most columns of a row. Default 65,536.
    pub column_limit: usize,
    /// Most bytes that keys, rows and nodes may take; none by default.
    pub memory_limit: Option<usize>,
    /// For how long a snapshot may be held; no limit by default.
    pub snapshot_limit: Option<Duration>,
    /// For how long replaced versions are kept for [`Store::at`](crate::Store::at); not at all by default.
    pub history: Option<Duration>,
    /// How often the background thread looks for versions to free. Default 10 ms.
    pub sweep_interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            directory: None,
            durability: Durability::default(),
            segment_bytes: 64 << 20,
            checkpoint_bytes: Some(256 << 20),
            checkpoint_interval: None,
            compress: true,
            threads: None,
            key_limit: 1024,
            row_limit: 64 << 20,
            column_limit: 1 << 16,
            memory_limit: None,
            snapshot_limit: None,
            history: None,
            sweep_interval: Duration::from_millis(10),
        }
    }
}

impl Options {
    /// The defaults, with this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: Some(directory.into()),
            ..Self::default()
        }
    }
}
