//! The versioned lock: the first word of a node.
//!
//! ```text
//! bit 0 LOCK | bit 1 DIRTY | bit 2 DELETED | bit 3 LEAF | bits 4..32 changes | bits 32..64 splits
//! ```
//! A writer locks, then marks the node DIRTY, changes it with relaxed stores, and unlocks: one release store that clears both
//! bits and counts the change. A reader takes a [`Stamp`] when the node is not DIRTY, reads with relaxed loads, and validates:
//! what it read is from one moment if the stamp, but for LOCK, still stands. This is a seqlock (H. Boehm, "Can seqlocks get along
//! with programming language memory models?", MSPC 2012), with the lock bit apart from the mark so that a writer that only
//! prepares disturbs no reader.

use crate::backoff::Backoff;
use crate::order;
use crate::sync::{AtomicU64, Ordering::Relaxed};

const LOCK: u64 = 1;
const DIRTY: u64 = 2;
const DELETED: u64 = 4;
const LEAF: u64 = 8;
const CHANGE: u64 = 1 << 4;
const SPLIT: u64 = 1 << 32;
const SPLITS: u64 = !(SPLIT - 1);

/// A version as a reader saw it; never DIRTY, LOCK masked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(u64);

impl Stamp {
    /// Whether the node was out of the tree already.
    #[inline]
    pub fn is_deleted(self) -> bool {
        self.0 & DELETED != 0
    }

    /// Whether the node was made by [`VersionLock::leaf`].
    #[inline]
    pub fn is_leaf(self) -> bool {
        self.0 & LEAF != 0
    }

    /// Whether a node that had this stamp and now has `later` kept its range: it was neither split nor deleted.
    #[inline]
    pub fn same_range(self, later: Stamp) -> bool {
        (self.0 ^ later.0) & (SPLITS | DELETED) == 0
    }
}

/// A lock with a version for optimistic readers.
#[derive(Debug)]
#[repr(transparent)]
pub struct VersionLock(AtomicU64);

impl VersionLock {
    /// The version of a fresh leaf.
    pub fn leaf() -> Self {
        Self(AtomicU64::new(LEAF))
    }

    /// The version of a fresh inner node.
    pub fn inner() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Waits until no change is under way, and returns the version.
    #[inline]
    pub fn stable(&self) -> Stamp {
        let version = self.0.load(order::STABLE);
        if version & DIRTY == 0 {
            return Stamp(version & !LOCK);
        }
        self.stable_slow()
    }

    #[cold]
    fn stable_slow(&self) -> Stamp {
        let backoff = Backoff::new();
        loop {
            backoff.snooze();
            let version = self.0.load(order::STABLE);
            if version & DIRTY == 0 {
                return Stamp(version & !LOCK);
            }
        }
    }

    /// Whether everything read since `stamp` was taken was there at once, now.
    #[inline]
    pub fn validate(&self, stamp: Stamp) -> bool {
        order::fence_before_validation();
        self.0.load(Relaxed) & !LOCK == stamp.0
    }

    /// Takes the lock if the version is still `stamp`; waits while somebody else holds it without having changed anything.
    #[inline]
    pub fn lock_if(&self, stamp: Stamp) -> Option<Locked<'_>> {
        let backoff = Backoff::new();
        loop {
            match self
                .0
                .compare_exchange(stamp.0, stamp.0 | LOCK, order::LOCK, Relaxed)
            {
                Ok(_) => {
                    return Some(Locked {
                        lock: self,
                        version: stamp.0,
                    });
                }
                Err(seen) if seen == stamp.0 | LOCK => backoff.snooze(),
                Err(_) => return None,
            }
        }
    }

    /// Takes the lock if the version is still `stamp` and nobody holds it. Never waits.
    #[inline]
    pub fn try_lock_if(&self, stamp: Stamp) -> Option<Locked<'_>> {
        self.0
            .compare_exchange(stamp.0, stamp.0 | LOCK, order::LOCK, Relaxed)
            .ok()
            .map(|_| Locked {
                lock: self,
                version: stamp.0,
            })
    }

    /// Takes the lock at whatever version, if nobody holds it and the node is not deleted. Never waits.
    #[inline]
    pub fn try_lock(&self) -> Option<Locked<'_>> {
        let version = self.0.load(Relaxed);
        if version & (LOCK | DIRTY | DELETED) != 0 {
            return None;
        }
        self.try_lock_if(Stamp(version))
    }

    /// The version as the owner of the node sees it, outside any protocol: for exclusive access only.
    pub fn is_leaf_unsynchronized(&self) -> bool {
        self.0.load(Relaxed) & LEAF != 0
    }
}

/// The lock of a node, held. Dropping it unlocks; what was marked decides how the version changes.
#[derive(Debug)]
#[must_use = "dropping this unlocks"]
pub struct Locked<'a> {
    lock: &'a VersionLock,
    version: u64,
}

impl Locked<'_> {
    /// Marks the node: from here to the drop readers wait, and the drop counts one change.
    #[inline]
    pub fn mark_change(&mut self) {
        self.mark(CHANGE);
    }

    /// Marks the node: like a change, but readers also learn that its range has shrunk.
    #[inline]
    pub fn mark_split(&mut self) {
        self.mark(SPLIT);
    }

    /// Marks the node as deleted, for good.
    #[inline]
    pub fn mark_deleted(&mut self) {
        self.mark(SPLIT | DELETED);
    }

    #[inline]
    fn mark(&mut self, what: u64) {
        let dirty = self.version | LOCK | DIRTY;
        self.lock.0.store(dirty, Relaxed);
        order::fence_after_mark();
        self.version = self.version.wrapping_add(what & !DELETED) | (what & DELETED);
    }

    /// Whether this is the lock of `lock`.
    #[inline]
    pub fn is_of(&self, lock: &VersionLock) -> bool {
        std::ptr::eq(self.lock, lock)
    }
}

impl Drop for Locked<'_> {
    #[inline]
    fn drop(&mut self) {
        self.lock.0.store(self.version, order::UNLOCK);
    }
}
