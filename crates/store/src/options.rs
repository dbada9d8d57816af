//! Limits and choices of a store.

use std::time::Duration;

/// How a store is to be. Start from [`Options::default`].
#[derive(Clone, Debug)]
pub struct Options {
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
