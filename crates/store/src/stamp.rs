//! Whether a write has happened, and when: one word, decided once.
//!
//! ```text
//! bit 62: aborted | bit 61: committed, pending if neither | bits 0..61: a commit timestamp
//! ```
//! The 63 bits are a [`Stamp`], or the word of a version that is alone.
//!
//! A pending stamp says from which timestamp on it may commit. A reader of an older snapshot that meets it does not wait: it pushes that
//! bound past its snapshot, and the write will not be seen by it whenever it commits. So what a snapshot shows never changes.

use optimistic::sync::{AtomicU64, Ordering::SeqCst};

const COMMITTED: u64 = 1 << 61;
const ABORTED: u64 = 1 << 62;

/// What a word says that is not decided.
pub(crate) const PENDING: u64 = 0;

/// A point in the order of commits.
pub type Timestamp = u64;

/// What a stamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Committed(Timestamp),
    Aborted,
}

/// What decides a write: a word that is decided once.
pub(crate) trait Decides {
    /// What the word holds.
    fn load(&self) -> u64;

    /// Exchanges what it holds.
    ///
    /// # Errors
    /// What was found, if it was something else.
    fn exchange(&self, from: u64, to: u64) -> Result<(), u64>;

    #[inline]
    fn state(&self) -> State {
        state(self.load())
    }

    /// Whether a snapshot at `at` sees the write; if that is open, it is decided now that it does not.
    #[inline]
    fn is_visible_at(&self, at: Timestamp) -> bool {
        let mut word = self.load();
        loop {
            match state(word) {
                State::Committed(when) => return when <= at,
                State::Aborted => return false,
                State::Pending if word > at => return false,
                State::Pending => match self.exchange(word, at + 1) {
                    Ok(()) => return false,
                    Err(now) => word = now,
                },
            }
        }
    }

    /// Commits at `now`, or later if a reader has pushed it. Returns when; nothing if it was aborted.
    #[inline]
    fn commit_from(&self, now: Timestamp) -> Option<Timestamp> {
        let mut word = self.load();
        while state(word) == State::Pending {
            let at = word.max(now);
            match self.exchange(word, committed(at)) {
                Ok(()) => return Some(at),
                Err(seen) => word = seen,
            }
        }
        None
    }

    /// Commits at `at` exactly. Whether it did: not if a reader has pushed it past, or if it was aborted.
    fn commit_at(&self, at: Timestamp) -> bool {
        let word = self.load();
        state(word) == State::Pending && word <= at && self.exchange(word, committed(at)).is_ok()
    }

    /// Aborts, unless it is committed. Whether it is aborted now.
    fn abort(&self) -> bool {
        let mut word = self.load();
        while state(word) == State::Pending {
            match self.exchange(word, ABORTED) {
                Ok(()) => return true,
                Err(seen) => word = seen,
            }
        }
        word == ABORTED
    }
}

/// The fate of a write, or of all writes of a transaction at once.
#[derive(Debug)]
pub(crate) struct Stamp(AtomicU64);

impl Stamp {
    /// Not decided.
    pub fn pending() -> Self {
        Self(AtomicU64::new(PENDING))
    }

    /// Committed at `at`.
    #[cfg(loom)]
    pub fn committed(at: Timestamp) -> Self {
        Self(AtomicU64::new(committed(at)))
    }
}

impl Decides for Stamp {
    #[inline]
    fn load(&self) -> u64 {
        self.0.load(SeqCst)
    }

    #[inline]
    fn exchange(&self, from: u64, to: u64) -> Result<(), u64> {
        self.0
            .compare_exchange(from, to, SeqCst, SeqCst)
            .map(|_| ())
    }
}

/// The word of what was committed at `at`.
#[inline]
pub(crate) fn committed(at: Timestamp) -> u64 {
    COMMITTED | at
}

#[inline]
pub(crate) fn state(word: u64) -> State {
    if word & COMMITTED != 0 {
        State::Committed(word & !COMMITTED)
    } else if word & ABORTED != 0 {
        State::Aborted
    } else {
        State::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_pushes_what_is_pending_past_its_snapshot() {
        let stamp = Stamp::pending();
        assert!(!stamp.is_visible_at(5));
        assert!(!stamp.commit_at(5));
        assert_eq!(stamp.commit_from(3), Some(6));
        assert!(!stamp.is_visible_at(5) && stamp.is_visible_at(6));
        assert!(!stamp.abort());
    }

    #[test]
    fn an_aborted_write_stays_aborted() {
        let stamp = Stamp::pending();
        assert!(stamp.abort() && stamp.abort());
        assert_eq!(stamp.commit_from(1), None);
        assert!(!stamp.commit_at(1) && !stamp.is_visible_at(9));
    }
}
