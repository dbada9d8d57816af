//! What threads share while a run goes on: the clock, how far things are, and when to send.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

/// Nanoseconds from an origin that all threads share.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// From now on.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time now.
    #[inline]
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }
}

/// What can be seen of a run while it goes on, and how it is stopped.
#[derive(Debug, Default)]
pub struct Live {
    /// Ends the run.
    pub stop: Arc<AtomicBool>,
    /// Keys that were loaded.
    pub loaded: AtomicU64,
    /// Operations that were done.
    pub done: AtomicU64,
    /// Operations that were not.
    pub errors: AtomicU64,
    /// A recent p99, in nanoseconds.
    pub p99: AtomicU64,
    /// Requests that were due and were not sent.
    pub unsent: AtomicU64,
    /// Whether the clock has started.
    pub started: AtomicBool,
    /// Whether all threads are done.
    pub finished: AtomicBool,
}

/// When a thread sends, in nanoseconds of the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The start of the warmup.
    pub(super) start: u64,
    /// The start of what is measured.
    pub(super) from: u64,
    /// The end.
    pub(super) until: u64,
    /// The most operations of the thread.
    pub(super) operations: u64,
}
