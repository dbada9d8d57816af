//! Version chains: what no snapshot sees is freed, however many updates there were, and memory stays flat.
//!
//! `MASSTREE_UPDATES` is the number of updates for each test; `ci/chains.sh` runs them with ten million.

use std::time::{Duration, Instant};

use masstree_store::{Batch, Error, Isolation, Options, Row, Snapshot, Stats, Store};
use masstree_testkit::allocations::resident_bytes;
use masstree_testkit::stress::{mix, run_threads, scale};

const KEYS: u64 = 1_000;
const UPDATES: usize = 40_000;
const THREADS: usize = 2;
const LIMIT: Duration = Duration::from_secs(3600);

fn updates() -> usize {
    match std::env::var("MASSTREE_UPDATES") {
        Ok(text) => text.parse().expect("MASSTREE_UPDATES is a number"),
        Err(_) => scale(UPDATES),
    }
}

fn key(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// Short rows, which lie in the version, and longer ones, which do not.
fn value(number: u64) -> Vec<u8> {
    let mut value = number.to_be_bytes().to_vec();
    value.resize(8 + (number % 5 * 10) as usize, 1);
    value
}

fn filled(keys: u64) -> Store {
    let store = Store::in_memory();
    for number in 0..keys {
        store.replace(&key(number), &value(number)).unwrap();
    }
    store
}

/// Lets several threads update random keys, and tells the largest number of versions and of bytes on the way.
fn update(
    store: &Store,
    keys: u64,
    write: impl Fn(&Store, &[u8], &[u8]) -> Result<(), Error> + Sync,
) -> (usize, usize) {
    let count = updates() / THREADS;
    let largest = run_threads(THREADS, 5, LIMIT, |worker| {
        let mut largest = (0, 0);
        for number in 0..count as u64 {
            let random = mix(worker.seed, number);
            write(store, &key(random % keys), &value(number)).unwrap();
            if number % 512 == 0 {
                let Stats {
                    versions, bytes, ..
                } = store.stats();
                largest = (versions.max(largest.0), bytes.max(largest.1));
            }
        }
        largest
    });
    largest.into_iter().fold((0, 0), |(versions, bytes), next| {
        (versions.max(next.0), bytes.max(next.1))
    })
}

fn replace(store: &Store, key: &[u8], value: &[u8]) -> Result<(), Error> {
    store.replace(key, value).map(drop)
}

fn transact(store: &Store, key: &[u8], value: &[u8]) -> Result<(), Error> {
    store.transact(Isolation::Serializable, |tx| {
        tx.get(key)?;
        tx.replace(key, value)
    })
}

/// Waits until every key has one version and nothing waits for a snapshot.
#[track_caller]
fn expect_swept(store: &Store, keys: u64) {
    let started = Instant::now();
    loop {
        let stats = store.stats();
        if (stats.versions as u64, stats.waiting) == (keys, 0) {
            assert_eq!(stats.rows as u64, keys);
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{stats:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn expect_view(snapshot: &Snapshot, keys: u64) {
    let mut next = 0;
    for found in snapshot.range::<&[u8]>(..) {
        assert_eq!(found.unwrap(), (key(next), Row::single(&value(next))));
        next += 1;
    }
    assert_eq!(next, keys);
}

#[test]
fn updates_without_a_snapshot_keep_one_version_a_key() {
    let store = filled(KEYS);
    let (before, resident) = (store.stats().bytes, resident_bytes().unwrap());
    let (versions, bytes) = update(&store, KEYS, replace);
    assert!(versions as u64 <= 2 * KEYS, "{versions} versions");
    assert!(bytes < 2 * before, "{bytes} bytes after {before}");
    let grown = resident_bytes().unwrap().saturating_sub(resident);
    println!(
        "{} updates: at most {versions} versions, {bytes} bytes; resident memory grew by {grown}",
        updates()
    );
    assert!(grown < 64 << 20, "resident memory grew by {grown}");
    expect_swept(&store, KEYS);
}

/// Waits until there are at most so many versions.
#[track_caller]
fn expect_at_most(store: &Store, versions: u64) {
    let started = Instant::now();
    while store.stats().versions as u64 > versions {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{:?}",
            store.stats()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_held_snapshot_costs_one_version_a_key_and_sees_what_it_saw() {
    // A transaction that commits holds a snapshot itself, so what it replaces is left to the sweep.
    for (name, write, most) in [
        ("replace", replace as fn(&_, &_, &_) -> _, 2),
        ("transact", transact, 20),
    ] {
        let store = filled(KEYS);
        let before = store.stats().bytes;
        let held = store.snapshot();
        let (versions, bytes) = update(&store, KEYS, write);
        println!(
            "{} times {name} beside a snapshot: at most {versions} versions, {bytes} bytes",
            updates()
        );
        assert!(versions as u64 <= most * KEYS + 10, "{versions} versions");
        expect_at_most(&store, 2 * KEYS);
        assert!(
            store.stats().bytes < 3 * before,
            "{:?} after {before}",
            store.stats()
        );
        expect_view(&held, KEYS);
        drop(held);
        expect_swept(&store, KEYS);
        assert!(
            store.stats().bytes < before * 5 / 4,
            "{:?} after {before}",
            store.stats()
        );
    }
}

#[test]
fn what_waits_for_a_held_snapshot_is_as_much_as_there_are_keys() {
    let store = filled(10);
    let held = store.snapshot();
    update(&store, 10, transact);
    // What short snapshots have left beside the held one goes, and is not noted over and over.
    let started = Instant::now();
    while store.stats().waiting > 20 || store.stats().versions > 20 {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{:?}",
            store.stats()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    expect_view(&held, 10);
    drop(held);
    expect_swept(&store, 10);
}

#[test]
fn versions_between_two_snapshots_go() {
    let store = filled(10);
    let old = store.snapshot();
    for round in 0..100 {
        for number in 0..10 {
            store.replace(&key(number), &value(round)).unwrap();
        }
        // Young ones come and go.
        store.snapshot().get(&key(3)).unwrap();
    }
    let young = store.snapshot();
    for number in 0..10 {
        store.replace(&key(number), &value(7)).unwrap();
    }
    expect_at_most(&store, 30);
    expect_view(&old, 10);
    let seen = young.get(&key(5)).unwrap();
    assert_eq!(seen, Some(Row::single(&value(99))));
    drop(old);
    let seen = young.get(&key(5)).unwrap();
    assert_eq!(seen, Some(Row::single(&value(99))));
    drop(young);
    expect_swept(&store, 10);
}

#[test]
fn the_space_of_removed_keys_comes_back() {
    let store = Store::in_memory();
    let empty = store.stats().bytes;
    let count = updates() as u64 / 4;
    for held in [false, true] {
        for number in 0..count {
            store.replace(&key(number), &value(number)).unwrap();
        }
        let full = store.stats().bytes;
        let snapshot = held.then(|| store.snapshot());
        let mut batch = Batch::new();
        for number in 0..count {
            if number % 3 == 0 {
                batch.remove(&key(number));
            } else {
                assert!(store.remove(&key(number)).unwrap());
            }
        }
        store.batch(&batch).unwrap();
        assert_eq!(store.stats().rows, 0);
        if let Some(snapshot) = snapshot {
            expect_view(&snapshot, count);
        }
        expect_swept(&store, 0);
        let left = store.stats().bytes.saturating_sub(empty);
        assert!(left < full / 50, "{left} of {full} bytes");
    }
}

#[test]
fn keys_that_come_and_go_beside_a_snapshot_leave_nothing() {
    let store = filled(10);
    let held = store.snapshot();
    let before = store.stats().bytes;
    for round in 0..updates() as u64 / 4 {
        store.replace(&key(100 + round), b"").unwrap();
        assert!(store.remove(&key(100 + round)).unwrap());
    }
    let stats = store.stats();
    assert_eq!((stats.rows, stats.versions), (10, 10));
    assert!(stats.bytes < 2 * before + 10_000, "{stats:?}");
    drop(held);
    expect_swept(&store, 10);
}

#[test]
fn a_hot_key_with_history_is_swept_in_reasonable_time() {
    let store = Store::with_options(Options {
        history: Some(Duration::from_secs(3600)),
        ..Options::default()
    });
    let count = 4_000;
    for number in 0..count {
        store.replace(b"hot", &value(number)).unwrap();
    }
    let at = store.now();
    assert_eq!(store.stats().versions as u64, count);
    let seen = store.at(at).unwrap().get(b"hot").unwrap();
    assert_eq!(seen, Some(Row::single(&value(count - 1))));
    let started = Instant::now();
    drop(store);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "the sweep does not end"
    );
}

/// The median time of an update of one key, over `rounds` of a thousand.
fn median(rounds: usize, mut update: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..rounds)
        .map(|_| {
            let started = Instant::now();
            (0..1_000).for_each(|_| update());
            started.elapsed() / 1_000
        })
        .collect();
    times.sort_unstable();
    times[rounds / 2]
}

#[test]
#[ignore = "measures: for a quiet machine and a release build"]
fn the_millionth_update_beside_an_old_reader_is_as_fast_as_the_first() {
    for (name, write) in [
        ("replace", replace as fn(&_, &_, &_) -> _),
        ("transact", transact),
    ] {
        let store = filled(10);
        let held = store.snapshot();
        let mut number = 0;
        let mut update = || {
            number += 1;
            write(&store, &key(3), &value(number)).unwrap();
        };
        // The first thousand finds caches cold.
        median(1, &mut update);
        let first = median(9, &mut update);
        median(980, &mut update);
        let last = median(9, &mut update);
        println!(
            "{name}: {first:?} an update at first, {last:?} at the millionth; {:?}",
            store.stats()
        );
        assert!(last <= 2 * first, "{name}: {last:?} after {first:?}");
        expect_view(&held, 10);
        drop(held);
        expect_swept(&store, 10);
    }
}
