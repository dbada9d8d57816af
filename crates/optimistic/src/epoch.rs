//! Guards, and memory that is freed once nobody can see it.
//!
//! A thin layer over crossbeam-epoch's global collector: a [`Guard`] pins the calling thread's epoch, and whatever is
//! retired while it is pinned stays allocated until it is dropped. The collector is one for the process, so a guard taken
//! from one tree protects the reads of any other. Retired memory is freed by later pins, by whichever thread.
//!
//! Under loom nothing is freed: loom explores orderings, and the epochs are crossbeam's, which models them itself.

#[cfg(not(loom))]
use std::mem;
#[cfg(not(loom))]
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::striped::Striped;

/// Counts what is retired: [0] objects retired, [1] objects freed.
static RETIRED: Striped<2> = Striped::new();

/// Keeps everything that is reachable now allocated until it is dropped.
///
/// Not `Send`: it belongs to the thread that took it. Held for long it keeps all threads' garbage; [`Guard::repin`] lets go for a moment.
pub struct Guard(crossbeam_epoch::Guard);

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

/// Pins the calling thread.
#[inline]
pub fn pin() -> Guard {
    Guard(crossbeam_epoch::pin())
}

impl Guard {
    /// Lets go of what was pinned and pins anew. Needs `&mut`: no borrow from before survives it.
    #[inline]
    pub fn repin(&mut self) {
        self.0.repin();
    }

    /// Hands this thread's retired objects to the collector now instead of when a batch is full.
    pub fn flush(&self) {
        self.0.flush();
    }

    /// Frees `pointer` with `free` once no guard that is held now is held any more. A panic of `free` ends there.
    ///
    /// # Safety
    /// `pointer` can no longer be reached by threads that pin from now on, is retired once, and `free` may be called with it on any
    /// thread at any later time.
    pub unsafe fn retire<T>(&self, pointer: *mut T, free: unsafe fn(*mut T)) {
        RETIRED.add(0, 1);
        #[cfg(loom)]
        let _ = (pointer, free);
        #[cfg(not(loom))]
        // SAFETY: the caller promises that the pointer is unreachable for later pins and that `free` may run anywhere later.
        unsafe {
            self.0.defer_unchecked(move || {
                // A panic of a value's drop would take the rest of the batch with it, in a thread that has nothing to do with it.
                let freed = catch_unwind(AssertUnwindSafe(|| free(pointer)));
                if let Err(panic) = freed {
                    let dropped = catch_unwind(AssertUnwindSafe(|| drop(panic)));
                    // Whose drop panics too is not tried again.
                    mem::forget(dropped);
                }
                RETIRED.add(1, 1);
            });
        }
    }
}

/// Objects of this process that are retired and not yet freed.
pub fn pending() -> usize {
    usize::try_from(RETIRED.sum(0) - RETIRED.sum(1)).unwrap_or(0)
}
