//! How a log behaves.

use std::time::Duration;

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: no record is written.
    None,
    /// A crash of the process; of a crash of the machine all but the last interval.
    Interval(Duration),
    /// A crash of the machine. Writers that wait at the same time share one sync.
    Always,
}

impl Default for Durability {
    /// Synced every 100 milliseconds.
    fn default() -> Self {
        Self::Interval(Duration::from_millis(100))
    }
}

/// How a log behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// A segment that would become longer is closed and the next one begun. A longer transaction has a segment of its own.
    pub segment_bytes: u64,
    /// How often a log with nothing to do looks whether to write a mark, which lets recovery tell damage to the last records from
    /// a crash. `None`: only at closing. With an interval, the interval counts.
    pub idle_mark: Option<Duration>,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            segment_bytes: 64 << 20,
            idle_mark: Some(Duration::from_millis(100)),
        }
    }
}
