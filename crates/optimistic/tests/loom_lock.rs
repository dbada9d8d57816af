//! Models of what the trees do with a version lock, under loom with at most three preemptions; `ci/loom.sh` runs them.
//!
//! Loom atomics stand for the fields of a node. What a pointer would lead to is an element of an array, written by relaxed stores before its
//! index is published: whoever sees the index and not the content has found an ordering that is too weak. A pair of fields holds equal numbers
//! between two changes: whoever validates an unequal pair has seen half a change.
#![cfg(loom)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering as StdOrdering};
use std::time::Instant;

use loom::cell::UnsafeCell;
use loom::thread;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE, PUBLISH_VALUE, READ_VALUE};
use optimistic::sync::{AtomicU64, DATA_LOAD, DATA_STORE, Ordering::Relaxed};
use optimistic::{Locked, VersionLock};

/// Runs `left` in a thread of its own beside `right` on what `make` gives, in every execution with at most three preemptions.
fn model<T: Send + Sync + 'static>(
    name: &str,
    make: impl Fn() -> T + Send + Sync + 'static,
    left: impl Fn(&T) + Clone + Send + Sync + 'static,
    right: impl Fn(&T) + Send + Sync + 'static,
    after: impl Fn(&T) + Send + Sync + 'static,
) {
    let start = Instant::now();
    let executions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        counter.fetch_add(1, StdOrdering::Relaxed);
        let state = Arc::new(make());
        let other = {
            let (state, left) = (Arc::clone(&state), left.clone());
            thread::spawn(move || left(&state))
        };
        right(&state);
        other.join().unwrap();
        after(&state);
    });
    println!(
        "{name}: {} executions in {:.1} s",
        executions.load(StdOrdering::Relaxed),
        start.elapsed().as_secs_f64()
    );
}

/// Takes the lock at its current version, however often others change it first.
fn lock(lock: &VersionLock) -> Locked<'_> {
    loop {
        if let Some(locked) = lock.lock_if(lock.stable()) {
            return locked;
        }
    }
}

/// A number that only the holder of the lock touches, and no reader.
struct Guarded {
    lock: VersionLock,
    number: UnsafeCell<u64>,
}

impl Guarded {
    fn new() -> Self {
        Self {
            lock: VersionLock::leaf(),
            number: UnsafeCell::new(0),
        }
    }

    /// Adds one; the lock is held.
    fn add_one(&self) {
        // SAFETY: the lock is held; loom fails the model if it does not exclude the other thread.
        self.number.with_mut(|number| unsafe { *number += 1 });
    }

    fn assert_number(&self, expected: u64) {
        let _lock = lock(&self.lock);
        // SAFETY: as in `add_one`.
        self.number
            .with(|number| assert_eq!(unsafe { *number }, expected));
    }
}

// SAFETY: the number is touched under the lock only.
unsafe impl Sync for Guarded {}

#[test]
fn changes_exclude_each_other() {
    let change = |guarded: &Guarded| {
        let mut lock = lock(&guarded.lock);
        lock.mark_change();
        guarded.add_one();
    };
    model(
        "changes_exclude_each_other",
        Guarded::new,
        change,
        change,
        |g| g.assert_number(2),
    );
}

#[test]
fn holders_that_change_no_version_exclude_each_other() {
    let hold = |guarded: &Guarded| {
        let stamp = guarded.lock.stable();
        let _lock = guarded.lock.lock_if(stamp).unwrap();
        guarded.add_one();
    };
    model(
        "holders_that_change_no_version",
        Guarded::new,
        hold,
        hold,
        |g| g.assert_number(2),
    );
}

#[test]
fn tries_exclude_each_other() {
    let attempt = |guarded: &Guarded| {
        if let Some(_lock) = guarded.lock.try_lock() {
            guarded.add_one();
        }
    };
    model(
        "tries_exclude_each_other",
        Guarded::new,
        attempt,
        attempt,
        |_| {},
    );
}

#[test]
fn a_deleted_node_is_never_locked_again() {
    model(
        "a_deleted_node_is_never_locked_again",
        Guarded::new,
        |guarded| {
            let mut lock = lock(&guarded.lock);
            lock.mark_deleted();
            guarded.add_one();
        },
        |guarded| {
            let stamp = guarded.lock.stable();
            if !stamp.is_deleted()
                && let Some(_lock) = guarded.lock.lock_if(stamp)
            {
                guarded.add_one();
            }
        },
        |guarded| {
            assert!(guarded.lock.stable().is_deleted());
            assert!(guarded.lock.try_lock().is_none());
        },
    );
}

/// Two fields that a change sets to the same number.
struct Pair {
    lock: VersionLock,
    first: AtomicU64,
    second: AtomicU64,
}

impl Pair {
    fn new() -> Self {
        Self {
            lock: VersionLock::leaf(),
            first: AtomicU64::new(0),
            second: AtomicU64::new(0),
        }
    }

    fn set(&self, number: u64) {
        let mut lock = lock(&self.lock);
        lock.mark_change();
        self.first.store(number, DATA_STORE);
        self.second.store(number, DATA_STORE);
    }

    /// The pair, if it was there at once.
    fn read(&self) -> Option<(u64, u64)> {
        let stamp = self.lock.stable();
        let pair = (self.first.load(DATA_LOAD), self.second.load(DATA_LOAD));
        self.lock.validate(stamp).then_some(pair)
    }
}

#[test]
fn a_reader_sees_all_of_a_change_or_nothing() {
    model(
        "a_reader_sees_all_of_a_change_or_nothing",
        Pair::new,
        |pair| pair.set(1),
        |pair| {
            if let Some((first, second)) = pair.read() {
                assert_eq!(first, second);
            }
        },
        |pair| assert_eq!(pair.read(), Some((1, 1))),
    );
}

/// A field that leads to one of two contents; the second is written by whoever makes the field lead there.
struct Pointing {
    lock: VersionLock,
    field: AtomicU64,
    contents: [AtomicU64; 2],
    locks: [VersionLock; 2],
}

impl Pointing {
    fn new() -> Self {
        Self {
            lock: VersionLock::inner(),
            field: AtomicU64::new(0),
            contents: [AtomicU64::new(1), AtomicU64::new(0)],
            locks: [VersionLock::leaf(), VersionLock::leaf()],
        }
    }

    fn content(&self, index: u64) -> u64 {
        self.contents[index as usize].load(Relaxed)
    }
}

#[test]
fn a_node_that_is_followed_before_validation_is_complete() {
    model(
        "a_node_that_is_followed_before_validation_is_complete",
        Pointing::new,
        |anchor| {
            // A root that splits: the new root is filled while the old one is marked, and the anchor switches to it.
            let mut old = lock(&anchor.locks[0]);
            old.mark_split();
            anchor.contents[1].store(2, DATA_STORE);
            anchor.field.store(1, PUBLISH_NODE);
        },
        |anchor| {
            let root = anchor.field.load(FOLLOW_NODE);
            let lock = &anchor.locks[root as usize];
            let stamp = lock.stable();
            let same = anchor.field.load(FOLLOW_NODE) == root;
            let content = anchor.content(root);
            if same && lock.validate(stamp) {
                assert_eq!(content, root + 1);
            }
        },
        |_| {},
    );
}

#[test]
fn a_child_is_known_to_its_parent_at_the_childs_version() {
    model(
        "a_child_is_known_to_its_parent_at_the_childs_version",
        Pointing::new,
        |parent| {
            // The child at 0 splits: both are marked until the parent leads to 1 and what moved there is gone from 0.
            let mut child = lock(&parent.locks[0]);
            let mut above = lock(&parent.lock);
            child.mark_split();
            above.mark_change();
            parent.contents[1].store(1, DATA_STORE);
            parent.contents[0].store(0, DATA_STORE);
            parent.field.store(1, PUBLISH_NODE);
            drop(child);
        },
        |parent| {
            let above = parent.lock.stable();
            let child = parent.field.load(FOLLOW_NODE);
            let lock = &parent.locks[child as usize];
            let stamp = lock.stable();
            if !parent.lock.validate(above) {
                return;
            }
            let content = parent.content(child);
            if lock.validate(stamp) {
                assert_eq!(
                    content, 1,
                    "the entry is in the child that its parent leads to"
                );
            }
        },
        |_| {},
    );
}

#[test]
fn a_value_exchanged_without_a_change_of_version_is_complete() {
    model(
        "a_value_exchanged_without_a_change_of_version_is_complete",
        Pointing::new,
        |slot| {
            slot.contents[1].store(2, Relaxed);
            let _lock = lock(&slot.lock);
            slot.field.store(1, PUBLISH_VALUE);
        },
        |slot| {
            let stamp = slot.lock.stable();
            let word = slot.field.load(DATA_LOAD);
            assert!(slot.lock.validate(stamp), "an exchange changes no version");
            assert_eq!(slot.content(word), word + 1);
        },
        |slot| assert_eq!(slot.field.load(DATA_LOAD), 1),
    );
}

#[test]
fn a_value_loaded_from_a_record_after_validation_is_complete() {
    model(
        "a_value_loaded_from_a_record_after_validation_is_complete",
        Pointing::new,
        |record| {
            record.contents[1].store(2, Relaxed);
            let _lock = lock(&record.lock);
            record.field.store(1, PUBLISH_VALUE);
        },
        |record| {
            let stamp = record.lock.stable();
            assert!(record.lock.validate(stamp));
            let word = record.field.load(READ_VALUE);
            assert_eq!(record.content(word), word + 1);
        },
        |_| {},
    );
}

#[test]
fn two_exchanges_see_each_other() {
    let exchange = |new: u64| {
        move |slot: &Pointing| {
            let stamp = slot.lock.stable();
            let _lock = slot.lock.lock_if(stamp).unwrap();
            let old = slot.field.load(DATA_LOAD);
            slot.field.store(old + new, PUBLISH_VALUE);
        }
    };
    model(
        "two_exchanges_see_each_other",
        Pointing::new,
        exchange(1),
        exchange(2),
        |slot| assert_eq!(slot.field.load(DATA_LOAD), 3),
    );
}
