//! Counters that many threads add to and few read: each thread adds to a stripe of its own.
//!
//! A stripe is a cache line that holds `N` counters. A sum reads all stripes; it is exact when nobody writes meanwhile, and
//! between the values before and after when somebody does.
//!
//! A thread takes a [seat](Seats) when it first counts, and has the seat's stripe for itself until it ends: it adds by a load and a store, which takes
//! less time than an atomic addition. Threads that find no seat share the other stripes, and add atomically. Who takes a seat sees what
//! its last owner has counted; apart from that the counters take part in no protocol, and all accesses are relaxed.

use std::sync::atomic::AtomicIsize;

use crate::order::{GIVE_UP_SEAT, TAKE_SEAT};
use crate::sync::{AtomicUsize, Ordering::Relaxed};

/// Stripes with an owner, and stripes that threads without one share.
const SEATS: usize = 16;
const SHARED: usize = 8;

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
pub struct Striped<const N: usize>([Stripe<N>; SEATS + SHARED]);

impl<const N: usize> Striped<N> {
    /// All counters at zero.
    pub const fn new() -> Self {
        Self([const { Stripe([const { AtomicIsize::new(0) }; N]) }; SEATS + SHARED])
    }

    /// Adds to counter `which`.
    #[inline]
    pub fn add(&self, which: usize, by: isize) {
        let stripe = stripe();
        let counter = &self.0[stripe].0[which];
        if stripe < SEATS {
            counter.store(counter.load(Relaxed).wrapping_add(by), Relaxed);
        } else {
            counter.fetch_add(by, Relaxed);
        }
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

/// `N` seats that threads take for themselves one after the other.
#[derive(Debug)]
pub struct Seats<const N: usize>(AtomicUsize);

impl<const N: usize> Seats<N> {
    /// Takes a seat, if one is free. What its owners before have done has happened.
    pub fn take(&self) -> Option<usize> {
        let mut taken = self.0.load(Relaxed);
        loop {
            let seat = taken.trailing_ones() as usize;
            if seat >= N {
                return None;
            }
            let with = taken | 1 << seat;
            match self.0.compare_exchange(taken, with, TAKE_SEAT, Relaxed) {
                Ok(_) => return Some(seat),
                Err(seen) => taken = seen,
            }
        }
    }

    /// Gives up a seat that the caller has taken.
    pub fn give_up(&self, seat: usize) {
        self.0.fetch_and(!(1 << seat), GIVE_UP_SEAT);
    }
}

impl<const N: usize> Default for Seats<N> {
    fn default() -> Self {
        Self(AtomicUsize::new(0))
    }
}

/// The stripe of the calling thread: that of its seat, or one that it shares.
#[cfg(not(any(loom, shuttle)))]
#[inline]
fn stripe() -> usize {
    static OWNERS: Seats<SEATS> = Seats(AtomicUsize::new(0));
    static NEXT: AtomicUsize = AtomicUsize::new(0);

    struct Mine(usize);

    impl Mine {
        fn take() -> Self {
            let shared = || SEATS + NEXT.fetch_add(1, Relaxed) % SHARED;
            Self(OWNERS.take().unwrap_or_else(shared))
        }
    }

    impl Drop for Mine {
        fn drop(&mut self) {
            if self.0 < SEATS {
                OWNERS.give_up(self.0);
            }
        }
    }

    thread_local!(static MINE: Mine = Mine::take());
    // A thread that is ending has given its seat up, and may still free what it has retired.
    MINE.try_with(|mine| mine.0).unwrap_or(SEATS)
}

/// In a model all threads are one of the system's, and share a stripe.
#[cfg(any(loom, shuttle))]
fn stripe() -> usize {
    SEATS
}
