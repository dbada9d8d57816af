//! Models of the clock and the stamps under loom; `ci/loom.sh` runs them.
//!
//! An atomic word stands for a key in the map: zero, or the version that somebody put there. What the tree does to publish a version is modelled in its own crate.

use std::sync::Arc;

use loom::thread;
use optimistic::order::{PUBLISH_VALUE, READ_VALUE};
use optimistic::sync::AtomicU64;

use crate::clock::Clock;
use crate::stamp::{Decides, Stamp, State};

/// A key, and the version that a writer puts there.
struct Key {
    head: AtomicU64,
    version: Stamp,
}

impl Key {
    fn new() -> Self {
        Self {
            head: AtomicU64::new(0),
            version: Stamp::pending(),
        }
    }

    fn put(&self) {
        self.head.store(1, PUBLISH_VALUE);
    }

    /// The version, if it is there.
    fn get(&self) -> Option<&Stamp> {
        (self.head.load(READ_VALUE) == 1).then_some(&self.version)
    }
}

fn model<T: Send + Sync + 'static>(
    make: impl Fn() -> T + Send + Sync + 'static,
    left: impl Fn(&T) + Clone + Send + Sync + 'static,
    right: impl Fn(&T) + Send + Sync + 'static,
    after: impl Fn(&T) + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let state = Arc::new(make());
        let other = {
            let (state, left) = (Arc::clone(&state), left.clone());
            thread::spawn(move || left(&state))
        };
        right(&state);
        other.join().unwrap();
        after(&state);
    });
}

#[test]
fn a_snapshot_shows_the_same_from_its_first_look_on() {
    model(
        || (Clock::new(false), Key::new()),
        |(clock, key)| {
            key.put();
            key.version.commit_from(clock.commit_time());
        },
        |(clock, key)| {
            let at = clock.take(false);
            let first = key.get().is_some_and(|version| version.is_visible_at(at));
            thread::yield_now();
            let second = key.get().is_some_and(|version| version.is_visible_at(at));
            assert_eq!(first, second);
            clock.release(at);
        },
        |(_, key)| assert!(matches!(key.version.state(), State::Committed(_))),
    );
}

#[test]
fn what_a_snapshot_did_not_see_is_later_than_it() {
    model(
        || (Clock::new(false), Key::new(), AtomicU64::new(u64::MAX)),
        |(clock, key, _)| {
            key.put();
            key.version.commit_from(clock.commit_time());
        },
        |(clock, key, unseen)| {
            let at = clock.take(false);
            if !key.get().is_some_and(|version| version.is_visible_at(at)) {
                unseen.store(at, PUBLISH_VALUE);
            }
        },
        |(_, key, unseen)| {
            let at = unseen.load(READ_VALUE);
            assert!(at == u64::MAX || !key.version.is_visible_at(at));
        },
    );
}

#[test]
fn what_a_snapshot_sees_is_kept() {
    model(
        || {
            (
                Clock::new(false),
                Stamp::committed(1),
                Key::new(),
                AtomicU64::new(0),
            )
        },
        |(clock, _, key, cut)| {
            key.put();
            if let Some(at) = key.version.commit_from(clock.commit_time())
                && !clock.needs(1, at)
            {
                cut.store(1, PUBLISH_VALUE);
            }
        },
        |(clock, below, key, cut)| {
            let at = clock.take(false);
            let newer = key.get().is_some_and(|version| version.is_visible_at(at));
            if !newer && below.is_visible_at(at) {
                assert_eq!(
                    cut.load(READ_VALUE),
                    0,
                    "a version that is seen was cut off"
                );
            }
        },
        |_| {},
    );
}

#[test]
fn of_two_transactions_that_read_what_the_other_writes_one_sees_the_other() {
    let run = |clock: &Clock, mine: &Key, other: &Key, seen: &AtomicU64| {
        mine.put();
        let now = clock.commit_time();
        if other.get().is_some() {
            seen.store(1, PUBLISH_VALUE);
        }
        mine.version.commit_at(now);
    };
    model(
        || {
            let keys = [Key::new(), Key::new()];
            (
                Clock::new(false),
                keys,
                [AtomicU64::new(0), AtomicU64::new(0)],
            )
        },
        move |(clock, [a, b], [seen, _])| run(clock, a, b, seen),
        move |(clock, [a, b], [_, seen])| run(clock, b, a, seen),
        |(_, _, seen)| {
            assert!(seen.iter().any(|seen| seen.load(READ_VALUE) == 1));
        },
    );
}
