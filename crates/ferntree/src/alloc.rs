//! Counting what the global allocator gives out and takes back, for leak tests.
//!
//! ```
//! use ferntree::alloc::{TrackingAllocator, get_stats, reset_counters};
//!
//! #[global_allocator]
//! static ALLOCATOR: TrackingAllocator = TrackingAllocator;
//!
//! reset_counters();
//! let boxed = Box::new([0_u8; 1000]);
//! assert!(get_stats().bytes_allocated >= 1000);
//! drop(boxed);
//! ```
//! The counters are the process's: a test that looks at them runs alone. What a tree has retired counts until later guards have freed it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static DEALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator, with counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrackingAllocator;

// SAFETY: every call goes to the system's allocator unchanged; the counters touch no memory of the caller's.
unsafe impl GlobalAlloc for TrackingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        let memory = unsafe { System.alloc(layout) };
        if !memory.is_null() {
            ALLOCATIONS.fetch_add(1, Relaxed);
            let size = layout.size() as isize;
            let bytes = BYTES.fetch_add(size, Relaxed) + size;
            PEAK.fetch_max(bytes, Relaxed);
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        DEALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) };
    }
}

/// What was counted since [`reset_counters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationStats {
    /// Allocations.
    pub alloc_count: usize,
    /// Deallocations.
    pub dealloc_count: usize,
    /// Bytes given out and not taken back; negative if what was given out before the reset was taken back after it.
    pub bytes_allocated: isize,
    /// The most bytes at once.
    pub peak_bytes: isize,
}

/// Sets all counters to zero.
pub fn reset_counters() {
    ALLOCATIONS.store(0, Relaxed);
    DEALLOCATIONS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    PEAK.store(0, Relaxed);
}

/// The counters.
pub fn get_stats() -> AllocationStats {
    AllocationStats {
        alloc_count: ALLOCATIONS.load(Relaxed),
        dealloc_count: DEALLOCATIONS.load(Relaxed),
        bytes_allocated: BYTES.load(Relaxed),
        peak_bytes: PEAK.load(Relaxed),
    }
}

/// Checks that everything given out was taken back.
///
/// # Panics
/// If it was not.
#[track_caller]
pub fn check_no_leaks() {
    check_balanced_with_tolerance(0);
}

/// Checks that at most `tolerance` allocations were not taken back.
///
/// # Panics
/// If there are more.
#[track_caller]
pub fn check_balanced_with_tolerance(tolerance: usize) {
    let stats = get_stats();
    let kept = stats.alloc_count.saturating_sub(stats.dealloc_count);
    assert!(
        kept <= tolerance,
        "{kept} allocations were not taken back: {stats:?}"
    );
}
