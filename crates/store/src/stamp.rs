//! Whether a write has happened, and when: one word, decided once.
//!
//! ```text
//! bit 63: aborted | bit 62: committed, pending if neither | bit 61: counted out | bits 0..61: a commit timestamp
//! ```
//! A pending stamp says from which timestamp on it may commit. A reader of an older snapshot that meets it does not wait: it pushes that
//! bound past its snapshot, and the write will not be seen by it whenever it commits. So what a snapshot shows never changes.

use optimistic::sync::{AtomicU64, Ordering::SeqCst};

const COMMITTED: u64 = 1 << 62;
const ABORTED: u64 = 1 << 63;
const COUNTED_OUT: u64 = 1 << 61;

/// A point in the order of commits.
pub type Timestamp = u64;

/// What a stamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Committed(Timestamp),
    Aborted,
}

/// The fate of a write, or of all writes of a transaction at once.
#[derive(Debug)]
pub(crate) struct Stamp(AtomicU64);

impl Stamp {
    /// Not decided.
    pub fn pending() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Committed at `at`.
    pub fn committed(at: Timestamp) -> Self {
        Self(AtomicU64::new(COMMITTED | at))
    }

    #[inline]
    pub fn state(&self) -> State {
        state(self.0.load(SeqCst))
    }

    /// Whether a snapshot at `at` sees the write; if that is open, it is decided now that it does not.
    #[inline]
    pub fn is_visible_at(&self, at: Timestamp) -> bool {
        let mut word = self.0.load(SeqCst);
        loop {
            match state(word) {
                State::Committed(when) => return when <= at,
                State::Aborted => return false,
                State::Pending if word > at => return false,
                State::Pending => match self.0.compare_exchange(word, at + 1, SeqCst, SeqCst) {
                    Ok(_) => return false,
                    Err(now) => word = now,
                },
            }
        }
    }

    /// Commits at `now`, or later if a reader has pushed it. Returns when; nothing if it was aborted.
    pub fn commit_from(&self, now: Timestamp) -> Option<Timestamp> {
        let mut word = self.0.load(SeqCst);
        while state(word) == State::Pending {
            let at = word.max(now);
            match self
                .0
                .compare_exchange(word, COMMITTED | at, SeqCst, SeqCst)
            {
                Ok(_) => return Some(at),
                Err(seen) => word = seen,
            }
        }
        None
    }

    /// Commits at `at` exactly. Whether it did: not if a reader has pushed it past, or if it was aborted.
    pub fn commit_at(&self, at: Timestamp) -> bool {
        let word = self.0.load(SeqCst);
        state(word) == State::Pending
            && word <= at
            && self
                .0
                .compare_exchange(word, COMMITTED | at, SeqCst, SeqCst)
                .is_ok()
    }

    /// Aborts, unless it is committed. Whether it is aborted now.
    pub fn abort(&self) -> bool {
        let mut word = self.0.load(SeqCst);
        while state(word) == State::Pending {
            match self.0.compare_exchange(word, ABORTED, SeqCst, SeqCst) {
                Ok(_) => return true,
                Err(seen) => word = seen,
            }
        }
        word == ABORTED
    }

    /// Repeats here what was decided elsewhere; this stamp was never pushed.
    pub fn settle(&self, at: Timestamp) {
        self.0.fetch_or(COMMITTED | at, SeqCst);
    }

    /// Marks a decided version as no longer counted. Whether it was counted before.
    pub fn count_out(&self) -> bool {
        self.0.fetch_or(COUNTED_OUT, SeqCst) & COUNTED_OUT == 0
    }
}

#[inline]
fn state(word: u64) -> State {
    if word & COMMITTED != 0 {
        State::Committed(word & !(COMMITTED | COUNTED_OUT))
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
