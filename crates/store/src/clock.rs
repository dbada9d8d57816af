//! The clock of commits, and the snapshots that are held.
//!
//! Writers only read the clock; taking a snapshot advances it. So writers do not fight over it, and all writes between two snapshots bear
//! one timestamp: no snapshot can tell them apart, and of those of one key only the last is kept.
//!
//! A snapshot at `s` sees what was committed at `s` or before. Its taker makes itself known, then advances the clock past `s`. A writer puts
//! its version into the map, reads the clock, and decides its stamp: if it read `s` or less, the version was there before the snapshot was,
//! and readers at `s` that come by before it is decided push it past `s` (see [`stamp`](crate::stamp)). Each side announces itself, and then looks
//! for the other; a fence in between makes sure that one of them sees the other.

use std::time::{Duration, Instant};

use optimistic::order::fence_after_announcement;
use optimistic::sync::{AtomicU64, AtomicUsize, Ordering::SeqCst};

use crate::sorted::Sorted;
use crate::stamp::Timestamp;
use crate::sync::Mutex;

#[derive(Debug)]
struct Held {
    times: usize,
    since: Instant,
    /// Whether it may be held for longer than snapshots are kept: a checkpoint's.
    firm: bool,
}

impl Held {
    /// Held once, from now on.
    fn new(firm: bool) -> Self {
        Self {
            times: 1,
            since: Instant::now(),
            firm,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Clock {
    now: AtomicU64,
    /// No snapshot after this one is held.
    newest: AtomicU64,
    /// Of the snapshots before this one only those that are listed as live are kept.
    horizon: AtomicU64,
    /// Versions that were replaced after this timestamp are kept, for history.
    retained: AtomicU64,
    releases: AtomicUsize,
    /// Whether each commit has a timestamp of its own.
    distinct: bool,
    live: Mutex<Sorted<Timestamp, Held>>,
}

impl Clock {
    /// A clock that stands at 1. With `history` each commit has a timestamp of its own, and what it replaces is kept until
    /// [`retain_from`](Self::retain_from) says otherwise.
    pub fn new(history: bool) -> Self {
        Self {
            now: AtomicU64::new(1),
            newest: AtomicU64::new(0),
            horizon: AtomicU64::new(0),
            retained: AtomicU64::new(if history { 0 } else { u64::MAX }),
            releases: AtomicUsize::new(0),
            distinct: history,
            live: Mutex::default(),
        }
    }

    /// What the clock stands at.
    #[inline]
    pub fn now(&self) -> Timestamp {
        self.now.load(SeqCst)
    }

    /// The timestamp of a write that is in the map and commits now. What is read afterwards is newer than it, or sees it.
    #[inline]
    pub fn commit_time(&self) -> Timestamp {
        fence_after_announcement();
        if self.distinct {
            self.tick() + 1
        } else {
            self.now()
        }
    }

    /// Advances the clock. Returns what it stood at.
    pub fn tick(&self) -> Timestamp {
        self.now.fetch_add(1, SeqCst)
    }

    /// Takes a snapshot of all that is committed now; a `firm` one does not expire.
    pub fn take(&self, firm: bool) -> Timestamp {
        let mut live = self.live.lock();
        let mut at = self.now();
        loop {
            // Known before the clock moves on: a writer that reads the later time keeps what this snapshot sees.
            self.newest.fetch_max(at, SeqCst);
            match self.now.compare_exchange(at, at + 1, SeqCst, SeqCst) {
                Ok(_) => break,
                Err(later) => at = later,
            }
        }
        fence_after_announcement();
        // Whoever took one before has moved the clock on.
        live.insert(at, Held::new(firm));
        at
    }

    /// Takes a snapshot at a time in the past that history reaches back to. Whether it does.
    pub fn take_at(&self, at: Timestamp) -> bool {
        let mut live = self.live.lock();
        if at >= self.now() || at < self.retained.load(SeqCst) {
            return false;
        }
        self.newest.fetch_max(at, SeqCst);
        if let Some(held) = live.get_mut(&at) {
            held.times += 1;
        } else {
            live.insert(at, Held::new(false));
        }
        true
    }

    /// Holds once more a snapshot that is held.
    pub fn hold(&self, at: Timestamp) {
        if let Some(held) = self.live.lock().get_mut(&at) {
            held.times += 1;
        }
    }

    /// Lets go of a snapshot.
    pub fn release(&self, at: Timestamp) {
        let mut live = self.live.lock();
        let Some(held) = live.get_mut(&at) else {
            return;
        };
        held.times -= 1;
        if held.times > 0 {
            return;
        }
        live.remove(&at);
        self.releases.fetch_add(1, SeqCst);
        let newest = live.last().map_or(0, |(&last, _)| last);
        self.newest.store(newest, SeqCst);
    }

    /// Whether a version that was committed at `from` and replaced at `until` is seen by a snapshot that is held, or kept for history.
    #[inline]
    pub fn needs(&self, from: Timestamp, until: Timestamp) -> bool {
        if until > self.retained.load(SeqCst) {
            return true;
        }
        self.newest.load(SeqCst) >= from
            && from < until
            && self.live.lock().range(from..until).next().is_some()
    }

    /// The oldest snapshot held, and for how long it has been.
    pub fn oldest(&self) -> Option<(Timestamp, Duration)> {
        let live = self.live.lock();
        live.first().map(|(&at, held)| (at, held.since.elapsed()))
    }

    /// How many times a snapshot has been let go for good.
    pub fn releases(&self) -> usize {
        self.releases.load(SeqCst)
    }

    /// Number of snapshots held.
    pub fn held(&self) -> usize {
        self.live.lock().len()
    }

    /// Forgets snapshots that have been held for longer than `limit`: what they see is no longer kept.
    pub fn expire(&self, limit: Duration) {
        let mut live = self.live.lock();
        live.retain(|&at, held| {
            let kept = held.firm || held.since.elapsed() <= limit;
            if !kept {
                self.horizon.fetch_max(at + 1, SeqCst);
                self.releases.fetch_add(1, SeqCst);
            }
            kept
        });
        let newest = live.last().map_or(0, |(&last, _)| last);
        self.newest.store(newest, SeqCst);
    }

    /// Whether what a snapshot at `at` sees is still kept. To be asked after reading.
    #[inline]
    pub fn is_kept(&self, at: Timestamp) -> bool {
        at >= self.horizon.load(SeqCst) || self.live.lock().get(&at).is_some()
    }

    /// Keeps what snapshots at `from` and later see.
    pub fn retain_from(&self, from: Timestamp) {
        self.retained.store(from, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_needed_between_its_commit_and_its_successor() {
        let clock = Clock::new(false);
        (0..4).for_each(|_| {
            clock.tick();
        });
        let at = clock.take(false);
        assert_eq!((at, clock.now()), (5, 6));
        assert!(clock.needs(5, 6) && clock.needs(3, 6));
        assert!(!clock.needs(6, 9) && !clock.needs(2, 5));
        clock.release(at);
        assert!(!clock.needs(5, 6));
    }

    #[test]
    fn an_old_snapshot_expires() {
        let clock = Clock::new(false);
        let old = clock.take(false);
        std::thread::sleep(Duration::from_millis(20));
        let young = clock.take(false);
        clock.expire(Duration::from_millis(10));
        assert!(!clock.is_kept(old) && clock.is_kept(young));
        assert!(clock.needs(young, young + 1) && !clock.needs(old, young));
        clock.release(old);
        assert_eq!(clock.held(), 1);
    }
}
