//! A latch with three ways in: optimistic, shared, exclusive.
//!
//! ```text
//! bit 0 EXCLUSIVE | bits 1..16 shared holders | bits 16..64 version
//! ```
//! An exclusive holder keeps everybody out and counts the version on when it leaves. Shared holders keep exclusive ones out. An optimistic
//! one keeps nobody out and writes nothing: it remembers the version, looks, and asks afterwards whether the version still stands
//! ([`OptimisticGuard::recheck`]). If it does not, what it saw is worth nothing, and it *unwinds*: [`Unwind`] is the error that says so.
//!
//! What an optimistic holder looks at may be written at the same time. It gets a raw pointer, and what it reads through it must be atomics; the fences
//! that a seqlock needs are in the latch (`fence_after_mark` behind the exclusive holder's entry, `fence_before_validation` in the recheck).
//!
//! Optimistic access turns into shared or exclusive access if the version is still the one remembered, and back. Nothing here is fair: a stream of shared
//! holders can keep an exclusive one waiting. Nothing is reentrant: a thread that waits for itself waits for ever.

use std::cell::UnsafeCell;
use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::backoff::Backoff;
use crate::order;
use crate::sync::{AtomicU64, Ordering::Relaxed};

const EXCLUSIVE: u64 = 1;
const HOLDER: u64 = 2;
const HOLDERS: u64 = 0xfffe;
const VERSION: u64 = 1 << 16;

/// The version moved on: what was seen since it was remembered must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwind;

impl fmt::Display for Unwind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the latch was held exclusively meanwhile")
    }
}

impl std::error::Error for Unwind {}

/// Data under a latch with optimistic, shared and exclusive access.
///
/// # Examples
/// ```
/// use optimistic::latch::HybridLatch;
///
/// let latch = HybridLatch::new(1);
/// let seen = latch.optimistic_or_spin();
/// *latch.exclusive() += 1;
/// assert!(seen.recheck().is_err());
/// assert!(seen.to_shared().is_err());
/// assert_eq!(*latch.shared(), 2);
/// ```
pub struct HybridLatch<T> {
    word: AtomicU64,
    data: UnsafeCell<T>,
}

// SAFETY: the data moves between threads through exclusive guards (`Send`) and is looked at by several at once through shared ones (`Sync`).
unsafe impl<T: Send + Sync> Sync for HybridLatch<T> {}

impl<T> HybridLatch<T> {
    /// Data that nobody holds.
    pub fn new(data: T) -> Self {
        Self {
            word: AtomicU64::new(0),
            data: UnsafeCell::new(data),
        }
    }

    /// The data of a latch that nobody can hold any more.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }

    /// Waits until nobody holds the latch, and keeps everybody out.
    pub fn exclusive(&self) -> ExclusiveGuard<'_, T> {
        let backoff = Backoff::new();
        loop {
            let word = self.word.load(Relaxed);
            if word & (EXCLUSIVE | HOLDERS) == 0
                && let Some(guard) = self.enter_exclusive(word)
            {
                return guard;
            }
            backoff.snooze();
        }
    }

    /// Waits until nobody holds the latch exclusively, and keeps exclusive holders out.
    pub fn shared(&self) -> SharedGuard<'_, T> {
        let backoff = Backoff::new();
        loop {
            let word = self.word.load(Relaxed);
            if word & EXCLUSIVE == 0
                && word & HOLDERS != HOLDERS
                && let Some(guard) = self.enter_shared(word)
            {
                return guard;
            }
            backoff.snooze();
        }
    }

    /// Waits until nobody holds the latch exclusively, and remembers the version.
    #[inline]
    pub fn optimistic_or_spin(&self) -> OptimisticGuard<'_, T> {
        let backoff = Backoff::new();
        loop {
            if let Ok(guard) = self.optimistic_or_unwind() {
                return guard;
            }
            backoff.snooze();
        }
    }

    /// Remembers the version, without waiting.
    ///
    /// # Errors
    /// [`Unwind`] if the latch is held exclusively.
    #[inline]
    pub fn optimistic_or_unwind(&self) -> Result<OptimisticGuard<'_, T>, Unwind> {
        let word = self.word.load(order::STABLE);
        if word & EXCLUSIVE != 0 {
            return Err(Unwind);
        }
        Ok(OptimisticGuard {
            latch: self,
            version: word & !HOLDERS,
        })
    }

    /// Remembers the version, or waits for shared access if the latch is held exclusively.
    pub fn optimistic_or_shared(&self) -> OptimisticOrShared<'_, T> {
        match self.optimistic_or_unwind() {
            Ok(guard) => OptimisticOrShared::Optimistic(guard),
            Err(Unwind) => OptimisticOrShared::Shared(self.shared()),
        }
    }

    /// Remembers the version, or waits for exclusive access if the latch is held exclusively.
    pub fn optimistic_or_exclusive(&self) -> OptimisticOrExclusive<'_, T> {
        match self.optimistic_or_unwind() {
            Ok(guard) => OptimisticOrExclusive::Optimistic(guard),
            Err(Unwind) => OptimisticOrExclusive::Exclusive(self.exclusive()),
        }
    }

    /// From `word`, which has no holder, to exclusive.
    fn enter_exclusive(&self, word: u64) -> Option<ExclusiveGuard<'_, T>> {
        self.word
            .compare_exchange(word, word | EXCLUSIVE, order::LOCK, Relaxed)
            .ok()?;
        order::fence_after_mark();
        Some(ExclusiveGuard {
            latch: self,
            version: word,
        })
    }

    /// From `word`, which is not exclusive, to one holder more.
    fn enter_shared(&self, word: u64) -> Option<SharedGuard<'_, T>> {
        self.word
            .compare_exchange(word, word + HOLDER, order::LOCK, Relaxed)
            .ok()?;
        Some(SharedGuard { latch: self })
    }
}

impl<T: Default> Default for HybridLatch<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for HybridLatch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HybridLatch")
            .field("version", &(self.word.load(Relaxed) / VERSION))
            .finish_non_exhaustive()
    }
}

/// A remembered version. Holds nothing.
pub struct OptimisticGuard<'a, T> {
    latch: &'a HybridLatch<T>,
    version: u64,
}

impl<T> Clone for OptimisticGuard<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OptimisticGuard<'_, T> {}

impl<'a, T> OptimisticGuard<'a, T> {
    /// Whether everything read since the version was remembered was there at once, now.
    ///
    /// # Errors
    /// [`Unwind`] if it may not have been.
    #[inline]
    pub fn recheck(&self) -> Result<(), Unwind> {
        order::fence_before_validation();
        if self.latch.word.load(Relaxed) & !HOLDERS == self.version {
            Ok(())
        } else {
            Err(Unwind)
        }
    }

    /// Shared access, if the version still stands. Waits only for room among the holders.
    ///
    /// # Errors
    /// [`Unwind`] if it does not.
    pub fn to_shared(self) -> Result<SharedGuard<'a, T>, Unwind> {
        let backoff = Backoff::new();
        loop {
            let word = self.latch.word.load(Relaxed);
            if word & !HOLDERS != self.version {
                return Err(Unwind);
            }
            if word & HOLDERS != HOLDERS
                && let Some(guard) = self.latch.enter_shared(word)
            {
                return Ok(guard);
            }
            backoff.snooze();
        }
    }

    /// Exclusive access, if the version still stands when all shared holders are gone.
    ///
    /// # Errors
    /// [`Unwind`] if it does not.
    pub fn to_exclusive(self) -> Result<ExclusiveGuard<'a, T>, Unwind> {
        let backoff = Backoff::new();
        loop {
            let word = self.latch.word.load(Relaxed);
            if word & !HOLDERS != self.version {
                return Err(Unwind);
            }
            if word & HOLDERS == 0
                && let Some(guard) = self.latch.enter_exclusive(word)
            {
                return Ok(guard);
            }
            backoff.snooze();
        }
    }

    /// The latch.
    pub fn latch(&self) -> &'a HybridLatch<T> {
        self.latch
    }

    /// Where the data lies. Somebody may be writing it: read atomics only, and use what was read after [`recheck`](Self::recheck).
    #[inline]
    pub fn as_ptr(&self) -> *const T {
        self.latch.data.get()
    }
}

/// Shared access: nobody writes while it is held.
pub struct SharedGuard<'a, T> {
    latch: &'a HybridLatch<T>,
}

impl<'a, T> SharedGuard<'a, T> {
    /// Leaves, and remembers the version.
    pub fn unlock(self) -> OptimisticGuard<'a, T> {
        self.as_optimistic()
    }

    /// The version, remembered.
    pub fn as_optimistic(&self) -> OptimisticGuard<'a, T> {
        OptimisticGuard {
            latch: self.latch,
            version: self.latch.word.load(Relaxed) & !HOLDERS,
        }
    }

    /// The latch.
    pub fn latch(&self) -> &'a HybridLatch<T> {
        self.latch
    }
}

impl<T> Deref for SharedGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard is one of the holders, which keep every exclusive one out.
        unsafe { &*self.latch.data.get() }
    }
}

impl<T> Drop for SharedGuard<'_, T> {
    fn drop(&mut self) {
        let mut word = self.latch.word.load(Relaxed);
        while let Err(now) =
            self.latch
                .word
                .compare_exchange(word, word - HOLDER, order::UNLOCK, Relaxed)
        {
            word = now;
        }
    }
}

/// Exclusive access: nobody else is in. Dropping it counts the version on.
pub struct ExclusiveGuard<'a, T> {
    latch: &'a HybridLatch<T>,
    version: u64,
}

impl<'a, T> ExclusiveGuard<'a, T> {
    /// Leaves, and remembers the version after its own changes.
    pub fn unlock(self) -> OptimisticGuard<'a, T> {
        OptimisticGuard {
            latch: self.latch,
            version: self.version.wrapping_add(VERSION),
        }
    }

    /// The latch.
    pub fn latch(&self) -> &'a HybridLatch<T> {
        self.latch
    }
}

impl<T> Deref for ExclusiveGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the exclusive holder is alone, but for optimistic ones, which read atomics.
        unsafe { &*self.latch.data.get() }
    }
}

impl<T> DerefMut for ExclusiveGuard<'_, T> {
    /// Not for data that optimistic holders read: write its atomics through the shared reference.
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the exclusive holder is alone; optimistic holders dereference their pointer under the promise that no one does this.
        unsafe { &mut *self.latch.data.get() }
    }
}

impl<T> Drop for ExclusiveGuard<'_, T> {
    fn drop(&mut self) {
        self.latch
            .word
            .store(self.version.wrapping_add(VERSION), order::UNLOCK);
    }
}

/// What [`HybridLatch::optimistic_or_shared`] gives.
pub enum OptimisticOrShared<'a, T> {
    /// Nobody held the latch exclusively.
    Optimistic(OptimisticGuard<'a, T>),
    /// Somebody did, and is gone.
    Shared(SharedGuard<'a, T>),
}

impl<T> OptimisticOrShared<'_, T> {
    /// Whether what was seen may be used; always, under shared access.
    ///
    /// # Errors
    /// [`Unwind`] if it may not.
    pub fn recheck(&self) -> Result<(), Unwind> {
        match self {
            Self::Optimistic(guard) => guard.recheck(),
            Self::Shared(_) => Ok(()),
        }
    }
}

/// What [`HybridLatch::optimistic_or_exclusive`] gives.
pub enum OptimisticOrExclusive<'a, T> {
    /// Nobody held the latch exclusively.
    Optimistic(OptimisticGuard<'a, T>),
    /// Somebody did, and is gone.
    Exclusive(ExclusiveGuard<'a, T>),
}

impl<T> OptimisticOrExclusive<'_, T> {
    /// Whether what was seen may be used; always, under exclusive access.
    ///
    /// # Errors
    /// [`Unwind`] if it may not.
    pub fn recheck(&self) -> Result<(), Unwind> {
        match self {
            Self::Optimistic(guard) => guard.recheck(),
            Self::Exclusive(_) => Ok(()),
        }
    }
}

macro_rules! debug {
    ($($name:ident),*) => {
        $(
            impl<T> fmt::Debug for $name<'_, T> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(stringify!($name))
                }
            }
        )*
    };
}

debug!(
    OptimisticGuard,
    SharedGuard, ExclusiveGuard, OptimisticOrShared, OptimisticOrExclusive
);
