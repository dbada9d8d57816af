//! Versions come and go: snapshots see one moment, memory comes back, chains stay short.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use masstree_store::{Error, Options, Row, Store};

fn number(row: &Row) -> u64 {
    u64::from_be_bytes(row.column(0).unwrap().try_into().unwrap())
}

fn key(i: u64) -> [u8; 8] {
    i.to_be_bytes()
}

/// Waits until the sweep has come to it.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(20), "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_snapshot_sees_what_was_and_nothing_later() {
    let store = Store::in_memory();
    for i in 0..100 {
        store.replace(&key(i), &key(0)).unwrap();
    }
    let snapshot = store.snapshot();
    for i in 0..100 {
        match i % 3 {
            0 => store.replace(&key(i), &key(1)).unwrap(),
            1 => store.remove(&key(i)).unwrap(),
            _ => store.replace(&key(1000 + i), &key(1)).unwrap(),
        };
    }
    let seen: Vec<_> = snapshot.range::<&[u8]>(..).map(Result::unwrap).collect();
    assert_eq!(seen.len(), 100);
    assert!(
        seen.iter()
            .enumerate()
            .all(|(i, (k, row))| k == &key(i as u64) && number(row) == 0)
    );
    let backward: Vec<_> = snapshot
        .range::<&[u8]>(..)
        .rev()
        .map(Result::unwrap)
        .collect();
    assert!(backward.iter().rev().eq(&seen));
    assert_eq!(
        snapshot.get(&key(1)).unwrap().map(|row| number(&row)),
        Some(0)
    );
    assert_eq!(store.get(&key(1)).unwrap(), None);
    drop(snapshot);
    eventually("old versions freed", || {
        let stats = store.stats();
        stats.versions == stats.rows && stats.waiting == 0
    });
    assert_eq!(store.stats().rows, 100 - 33 + 33);
}

#[test]
fn updates_keep_one_version_a_key() {
    let store = Store::in_memory();
    for round in 0..1000_u64 {
        for i in 0..100 {
            store.replace(&key(i), &key(round)).unwrap();
        }
    }
    assert_eq!(store.stats().versions, 100);
    for i in 0..100 {
        assert!(store.remove(&key(i)).unwrap());
    }
    let stats = store.stats();
    assert_eq!((stats.rows, stats.versions), (0, 0));
}

#[test]
fn an_old_snapshot_costs_one_version_a_key() {
    let store = Store::in_memory();
    for i in 0..10 {
        store.replace(&key(i), &key(0)).unwrap();
    }
    let old = store.snapshot();
    for round in 1..1000_u64 {
        for i in 0..10 {
            store.replace(&key(i), &key(round)).unwrap();
        }
        // Snapshots that come and go leave nothing behind once their keys are written again.
        assert_eq!(
            number(&store.snapshot().get(&key(3)).unwrap().unwrap()),
            round
        );
    }
    assert!(store.stats().versions <= 30, "{:?}", store.stats());
    for i in 0..10 {
        assert_eq!(number(&old.get(&key(i)).unwrap().unwrap()), 0);
    }
    drop(old);
    eventually("freed", || store.stats().versions == 10);
}

#[test]
fn a_snapshot_is_refused_after_its_time() {
    let store = Store::with_options(Options {
        snapshot_limit: Some(Duration::from_millis(30)),
        ..Options::default()
    });
    store.replace(b"k", b"1").unwrap();
    let snapshot = store.snapshot();
    store.replace(b"k", b"2").unwrap();
    eventually("expires", || {
        matches!(snapshot.get(b"k"), Err(Error::SnapshotTooOld { .. }))
    });
    eventually("freed", || store.stats().versions == 1);
    assert!(matches!(
        snapshot.range::<&[u8]>(..).next(),
        Some(Err(Error::SnapshotTooOld { .. }))
    ));
}

#[test]
fn history_reads_the_state_of_then() {
    let store = Store::with_options(Options {
        history: Some(Duration::from_secs(3600)),
        ..Options::default()
    });
    let mut states = Vec::new();
    let mut model = BTreeMap::new();
    for i in 0..200_u64 {
        let k = key(i * 7 % 13);
        if i % 5 == 4 {
            assert_eq!(store.remove(&k).unwrap(), model.remove(&k).is_some());
        } else {
            store.replace(&k, &key(i)).unwrap();
            model.insert(k, i);
        }
        states.push((store.now(), model.clone()));
    }
    for (at, model) in states {
        let snapshot = store.at(at).unwrap();
        let seen: BTreeMap<[u8; 8], u64> = snapshot
            .range::<&[u8]>(..)
            .map(|row| {
                row.map(|(k, row)| (k.try_into().unwrap(), number(&row)))
                    .unwrap()
            })
            .collect();
        assert_eq!(seen, model, "at {at}");
    }
    assert!(matches!(
        store.at(u64::MAX / 4),
        Err(Error::NoHistory { .. })
    ));
}

#[test]
fn scans_see_one_moment_under_full_write_load() {
    const ACCOUNTS: u64 = 2_000;
    let store = Store::in_memory();
    for i in 0..ACCOUNTS {
        store.replace(&key(i), &key(100)).unwrap();
    }
    let ends = Instant::now() + Duration::from_secs(2);
    thread::scope(|scope| {
        for worker in 0..3_u64 {
            let store = &store;
            scope.spawn(move || {
                let mut state = worker + 1;
                while Instant::now() < ends {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    let (from, to) = ((state >> 20) % ACCOUNTS, (state >> 40) % ACCOUNTS);
                    let isolation = masstree_store::Isolation::Snapshot;
                    store
                        .transact(isolation, |tx| {
                            let source = number(&tx.get(&key(from))?.unwrap());
                            let target = number(&tx.get(&key(to))?.unwrap());
                            if from != to && source > 0 {
                                tx.replace(&key(from), &key(source - 1))?;
                                tx.replace(&key(to), &key(target + 1))?;
                            }
                            Ok::<_, Error>(())
                        })
                        .unwrap();
                }
            });
        }
        scope.spawn(|| {
            let mut scans = 0;
            while Instant::now() < ends {
                let (mut sum, mut rows) = (0, 0);
                let count = |_: &[u8], row: &Row| {
                    sum += number(row);
                    rows += 1;
                    true
                };
                let snapshot = store.snapshot();
                if scans % 2 == 0 {
                    snapshot.visit::<&[u8]>(.., count).unwrap();
                } else {
                    snapshot.visit_rev::<&[u8]>(.., count).unwrap();
                }
                assert_eq!((sum, rows), (100 * ACCOUNTS, ACCOUNTS), "scan {scans}");
                scans += 1;
            }
            assert!(scans > 10);
        });
    });
    eventually("freed", || store.stats().versions as u64 == ACCOUNTS);
}
