//! Read-modify-write loses nothing, through whichever of its operations.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use masstree::{MassTree, MassTreeInline};
use masstree_testkit::stress::{run_threads, scale};

use super::LIMIT;

const THREADS: usize = 4;

#[test]
fn no_update_through_entry_is_lost() {
    let rounds = scale(100_000);
    let map = MassTreeInline::<u64>::new();
    run_threads(THREADS, 1, LIMIT, |_| {
        let guard = map.guard();
        for _ in 0..rounds {
            map.entry(b"counter", &guard).or_insert(0).unwrap();
            map.fetch_update(b"counter", |n| n.map(|n| n + 1), &guard)
                .unwrap();
        }
    });
    assert_eq!(map.get(b"counter"), Some((THREADS * rounds) as u64));
}

/// The one that came to 90,090 of 400,000: a key that is made or counted up, in one call.
#[test]
fn no_entry_and_modify_or_insert_is_lost() {
    let rounds = scale(100_000);
    let map = MassTree::<u64>::new();
    map.insert(b"counter", 0).unwrap();
    run_threads(THREADS, 2, LIMIT, |_| {
        for _ in 0..rounds {
            let guard = map.guard();
            map.entry(b"counter", &guard)
                .and_modify(|n| n + 1)
                .or_insert(1)
                .unwrap();
        }
    });
    assert_eq!(
        map.get(b"counter").as_deref(),
        Some(&((THREADS * rounds) as u64))
    );
}

/// The same on keys that are not there yet: whoever comes second counts up what the first has made.
#[test]
fn no_entry_and_modify_or_insert_of_a_new_key_is_lost() {
    let rounds = scale(4_000);
    let map = MassTreeInline::<u64>::new();
    let arrived = AtomicUsize::new(0);
    run_threads(THREADS, 3, LIMIT, |_| {
        for round in 0..rounds {
            arrived.fetch_add(1, Relaxed);
            while arrived.load(Relaxed) < (round + 1) * THREADS {
                std::thread::yield_now();
            }
            let guard = map.guard();
            let key = (round as u64).to_be_bytes();
            map.entry(&key, &guard)
                .and_modify(|n| n + 1)
                .or_insert(1)
                .unwrap();
        }
    });
    let guard = map.guard();
    let short = map.values(&guard).filter(|&n| n != THREADS as u64).count();
    assert_eq!(
        (map.len(), short),
        (rounds, 0),
        "keys that were not counted {THREADS} times"
    );
}

/// The same without threads: the other's insert comes between the two steps.
#[test]
fn an_entry_is_modified_although_it_comes_after_the_question() {
    let map = MassTreeInline::<u64>::new();
    let guard = map.guard();
    let entry = map.entry(b"counter", &guard).and_modify(|n| n + 1);
    map.insert(b"counter", 10).unwrap();
    assert_eq!(entry.or_insert(1), Ok(11));
    assert_eq!(map.get(b"counter"), Some(11));
}
