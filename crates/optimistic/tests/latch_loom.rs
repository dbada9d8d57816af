//! Models of the hybrid latch's transitions under loom, with at most three preemptions.
//!
//! A number behind loom's cell is what shared and exclusive holders look at: loom fails the model if two touch it unordered. A pair of atomics,
//! equal between two changes, is what optimistic holders look at.
#![cfg(loom)]

use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;
use optimistic::latch::{ExclusiveGuard, HybridLatch, SharedGuard};
use optimistic::sync::{AtomicU64, DATA_LOAD, DATA_STORE};

struct Data {
    left: AtomicU64,
    right: AtomicU64,
    plain: UnsafeCell<u64>,
}

// SAFETY: `plain` is touched by holders of the latch alone, which loom checks.
unsafe impl Sync for Data {}

type Latch = HybridLatch<Data>;

fn model(
    left: impl Fn(&Latch) + Copy + Send + Sync + 'static,
    right: impl Fn(&Latch) + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let latch = Arc::new(HybridLatch::new(Data {
            left: AtomicU64::new(0),
            right: AtomicU64::new(0),
            plain: UnsafeCell::new(0),
        }));
        let other = {
            let latch = Arc::clone(&latch);
            thread::spawn(move || left(&latch))
        };
        right(&latch);
        other.join().unwrap();
        read(&latch.shared());
    });
}

fn write(guard: &ExclusiveGuard<'_, Data>) {
    let next = guard.left.load(DATA_LOAD) + 1;
    guard.left.store(next, DATA_STORE);
    guard.right.store(next, DATA_STORE);
    // SAFETY: the latch is held exclusively; loom fails the model otherwise.
    guard.plain.with_mut(|plain| unsafe { *plain = next });
}

fn read(guard: &SharedGuard<'_, Data>) -> u64 {
    let number = guard.left.load(DATA_LOAD);
    assert_eq!(number, guard.right.load(DATA_LOAD));
    // SAFETY: the latch is held; loom fails the model if somebody writes meanwhile.
    assert_eq!(number, guard.plain.with(|plain| unsafe { *plain }));
    number
}

/// Looks without holding anything; the pair if the version stood.
fn look(latch: &Latch) -> Option<(u64, u64)> {
    let seen = latch.optimistic_or_spin();
    // SAFETY: the latch is alive, and only its atomics are read.
    let data = unsafe { &*seen.as_ptr() };
    let pair = (data.left.load(DATA_LOAD), data.right.load(DATA_LOAD));
    seen.recheck().ok().map(|()| pair)
}

#[test]
fn an_optimistic_look_is_whole_or_unwinds() {
    model(
        |latch| write(&latch.exclusive()),
        |latch| {
            if let Some((left, right)) = look(latch) {
                assert_eq!(left, right);
            }
        },
    );
}

#[test]
fn two_exclusive_holders_take_turns() {
    model(
        |latch| write(&latch.exclusive()),
        |latch| {
            write(&latch.exclusive());
            assert!(read(&latch.shared()) >= 1);
        },
    );
}

#[test]
fn optimistic_to_exclusive_changes_what_was_seen() {
    model(
        |latch| write(&latch.exclusive()),
        |latch| {
            let seen = latch.optimistic_or_spin();
            // SAFETY: as in `look`.
            let before = unsafe { &*seen.as_ptr() }.left.load(DATA_LOAD);
            if let Ok(guard) = seen.to_exclusive() {
                assert_eq!(guard.left.load(DATA_LOAD), before);
                write(&guard);
            }
        },
    );
}

#[test]
fn optimistic_to_shared_keeps_what_was_seen() {
    model(
        |latch| write(&latch.exclusive()),
        |latch| {
            let seen = latch.optimistic_or_spin();
            // SAFETY: as in `look`.
            let before = unsafe { &*seen.as_ptr() }.left.load(DATA_LOAD);
            if let Ok(guard) = seen.to_shared() {
                assert_eq!(read(&guard), before);
                assert!(seen.recheck().is_ok());
            }
        },
    );
}

#[test]
fn shared_then_unlocked_unwinds_after_a_write() {
    model(
        |latch| write(&latch.exclusive()),
        |latch| {
            let shared = latch.shared();
            let before = read(&shared);
            let seen = shared.unlock();
            match seen.to_exclusive() {
                Ok(guard) => assert_eq!(guard.left.load(DATA_LOAD), before),
                Err(_) => assert_eq!(read(&latch.shared()), before + 1),
            }
        },
    );
}

#[test]
fn exclusive_then_unlocked_sees_its_own_version() {
    model(
        |latch| write(&latch.exclusive()),
        |latch| {
            let guard = latch.exclusive();
            write(&guard);
            let number = guard.left.load(DATA_LOAD);
            if let Ok(shared) = guard.unlock().to_shared() {
                assert_eq!(read(&shared), number);
            }
        },
    );
}
