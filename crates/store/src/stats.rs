//! What a store says of itself.

use std::time::Duration;

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
