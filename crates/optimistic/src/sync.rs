//! The facade over std, loom and shuttle: everything else imports atomics, fences and waiting from here.
//!
//! ThreadSanitizer does not model fences. Under `cfg(tsan)` the relaxed accesses that a fence orders become acquire
//! loads and release stores ([`DATA_LOAD`], [`DATA_STORE`]), which says the same thing in terms that it knows.

#[cfg(loom)]
pub use crate::model::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
#[cfg(loom)]
pub use loom::sync::atomic::{Ordering, fence};
#[cfg(shuttle)]
pub use shuttle::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(not(any(loom, shuttle)))]
pub use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

#[cfg(loom)]
pub use loom::thread;
#[cfg(shuttle)]
pub use shuttle::thread;
#[cfg(not(any(loom, shuttle)))]
pub use std::thread;

#[cfg(loom)]
pub use loom::thread_local;
#[cfg(shuttle)]
pub use shuttle::thread_local;
#[cfg(not(any(loom, shuttle)))]
pub use std::thread_local;

/// Ordering of a load of data that a version protects.
pub const DATA_LOAD: Ordering = if cfg!(tsan) {
    Ordering::Acquire
} else {
    Ordering::Relaxed
};

/// Ordering of a store to data that a version protects.
pub const DATA_STORE: Ordering = if cfg!(tsan) {
    Ordering::Release
} else {
    Ordering::Relaxed
};

/// Tells the processor, or the model's scheduler, that this thread waits for another.
#[inline]
pub fn spin_loop() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(shuttle)]
    shuttle::thread::yield_now();
    #[cfg(not(any(loom, shuttle)))]
    std::hint::spin_loop();
}

/// Asks the memory system for the cache line at `address`, if the processor has an instruction for it.
#[inline]
pub fn prefetch<T>(address: *const T) {
    #[cfg(all(target_arch = "x86_64", not(any(loom, shuttle))))]
    // SAFETY: a prefetch is a hint; it never faults, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch(address.cast::<i8>(), _MM_HINT_T0);
    }
    #[cfg(not(all(target_arch = "x86_64", not(any(loom, shuttle)))))]
    let _ = address;
}
