//! The hybrid latch with threads: who keeps whom out, and which transition unwinds.
#![cfg(not(any(loom, shuttle)))]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use optimistic::latch::{HybridLatch, OptimisticOrExclusive, OptimisticOrShared, Unwind};

#[test]
fn a_version_stands_until_somebody_wrote() {
    let latch = HybridLatch::new(0);
    let seen = latch.optimistic_or_spin();
    assert_eq!(seen.recheck(), Ok(()));
    let shared = seen.to_shared().unwrap();
    assert_eq!((*shared, seen.recheck()), (0, Ok(())));
    assert_eq!(*latch.shared(), 0);
    let seen = shared.unlock();
    let mut exclusive = seen.to_exclusive().unwrap();
    *exclusive = 1;
    assert_eq!(seen.recheck(), Err(Unwind));
    assert_eq!(latch.optimistic_or_unwind().map(|_| ()), Err(Unwind));
    let after = exclusive.unlock();
    assert_eq!((after.recheck(), seen.recheck()), (Ok(()), Err(Unwind)));
    assert!(seen.to_shared().is_err() && seen.to_exclusive().is_err());
    drop(latch.exclusive());
    assert_eq!(after.recheck(), Err(Unwind));
    assert_eq!(latch.into_inner(), 1);
}

#[test]
fn who_finds_it_free_is_optimistic() {
    let latch = HybridLatch::new(());
    assert!(matches!(
        latch.optimistic_or_shared(),
        OptimisticOrShared::Optimistic(_)
    ));
    assert!(matches!(
        latch.optimistic_or_exclusive(),
        OptimisticOrExclusive::Optimistic(_)
    ));
    let held = latch.exclusive();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let shared = latch.optimistic_or_shared();
            assert_eq!(shared.recheck(), Ok(()));
            drop(shared);
            assert_eq!(latch.optimistic_or_exclusive().recheck(), Ok(()));
        });
        drop(held);
        waiting.join().unwrap();
    });
}

#[test]
fn a_panic_under_a_guard_leaves_the_latch_free() {
    let latch = HybridLatch::new(0);
    for exclusive in [true, false] {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let guards = if exclusive {
                (Some(latch.exclusive()), None)
            } else {
                (None, Some(latch.shared()))
            };
            assert!(guards.0.is_none() && guards.1.is_none(), "on purpose");
        }));
        assert!(outcome.is_err());
        *latch.exclusive() += 1;
    }
    assert_eq!(*latch.shared(), 2);
}

#[test]
fn no_increment_is_lost_and_no_half_is_seen() {
    const ROUNDS: u64 = 20_000;
    struct Pair(AtomicU64, AtomicU64);
    let latch = HybridLatch::new(Pair(AtomicU64::new(0), AtomicU64::new(0)));
    thread::scope(|scope| {
        for writer in 0..2 {
            let latch = &latch;
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let guard = if writer == 0 {
                        latch.exclusive()
                    } else {
                        loop {
                            if let Ok(guard) = latch.optimistic_or_spin().to_exclusive() {
                                break guard;
                            }
                        }
                    };
                    let next = guard.0.load(Relaxed) + 1;
                    guard.0.store(next, Relaxed);
                    guard.1.store(next, Relaxed);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                let seen = latch.optimistic_or_spin();
                // SAFETY: the latch is alive, and all its data are atomics that nobody borrows mutably.
                let pair = unsafe { &*seen.as_ptr() };
                let both = (pair.0.load(Relaxed), pair.1.load(Relaxed));
                if seen.recheck().is_ok() {
                    assert_eq!(both.0, both.1);
                }
                let shared = latch.shared();
                assert_eq!(shared.0.load(Relaxed), shared.1.load(Relaxed));
            }
        });
    });
    assert_eq!(latch.shared().0.load(Relaxed), 2 * ROUNDS);
}
