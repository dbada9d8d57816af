//! Counters that many threads add to and few read: each thread adds to a stripe of its own.
//!
//! A stripe is a cache line that holds `N` counters. A sum reads all stripes; it is exact when nobody writes meanwhile, and
//! between the values before and after when somebody does. The counters take part in no protocol: all accesses are relaxed.

use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

const STRIPES: usize = 16;

#[derive(Debug)]
#[repr(align(64))]
struct Stripe<const N: usize>([AtomicIsize; N]);

/// `N` counters, striped over threads.
///
/// # Examples
/// ```
/// let counters = optimistic::Striped::<2>::new();
/// counters.add(0, 3);
/// counters.add(1, -1);
/// assert_eq!((counters.sum(0), counters.sum(1)), (3, -1));
/// ```
#[derive(Debug)]
pub struct Striped<const N: usize>([Stripe<N>; STRIPES]);

impl<const N: usize> Striped<N> {
    /// All counters at zero.
    pub const fn new() -> Self {
        Self([const { Stripe([const { AtomicIsize::new(0) }; N]) }; STRIPES])
    }

    /// Adds to counter `which`.
    #[inline]
    pub fn add(&self, which: usize, by: isize) {
        self.0[stripe()].0[which].fetch_add(by, Relaxed);
    }

    /// The value of counter `which`.
    pub fn sum(&self, which: usize) -> isize {
        self.0
            .iter()
            .map(|stripe| stripe.0[which].load(Relaxed))
            .sum()
    }
}

impl<const N: usize> Default for Striped<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The stripe of the calling thread, given out in turn.
#[inline]
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static MINE: Cell<usize> = const { Cell::new(usize::MAX) });
    MINE.with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Relaxed) % STRIPES);
        }
        mine.get()
    })
}
