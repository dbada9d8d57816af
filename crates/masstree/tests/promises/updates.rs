//! Atomic updates: every value is stored once and leaves once, whatever the operations that race for its key.

use std::collections::BTreeMap;
use std::sync::Arc;

use masstree::{CompareError, Inline, Map, MassTree15, MassTreeInline};
use masstree_testkit::stress::{run_threads, scale};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::LIMIT;

/// Keys in one leaf, in records, in a layer.
const KEYS: [&[u8]; 5] = [
    b"a",
    b"b",
    b"a key with a record",
    b"layer--1one",
    b"layer--1two",
];

/// Each operation stores a number of its own or none, and says what it took the place of. In the end every number that was stored has been
/// replaced once, or is still there.
#[test]
fn every_value_stored_is_replaced_once() {
    let map: Map<Inline<u64>, 10, 3> = Map::new();
    let rounds = scale(30_000) as u64;
    let logs = run_threads(4, 11, LIMIT, |worker| {
        let mut rng = SmallRng::seed_from_u64(worker.seed);
        let (mut stored, mut gone) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let guard = map.guard();
            let token = round * 4 + worker.index as u64;
            let key = KEYS[rng.random_range(0..KEYS.len())];
            match rng.random_range(0..11) {
                0 => {
                    stored.push(token);
                    gone.extend(map.insert(key, token).unwrap());
                }
                1 => {
                    stored.push(token);
                    gone.extend(map.fetch_update(key, |_| Some(token), &guard).unwrap());
                }
                2 => {
                    let old = map.update(key, |_| token, &guard).unwrap();
                    stored.extend(old.map(|_| token));
                    gone.extend(old);
                }
                3 => {
                    let value = map.get_or_insert_with(key, || token, &guard).unwrap();
                    stored.extend((value == token).then_some(token));
                }
                4 => {
                    let expected = map.get(key);
                    match map.compare_exchange(key, expected.as_ref(), Some(token), &guard) {
                        Ok(old) => {
                            assert_eq!(old, expected);
                            stored.push(token);
                            gone.extend(old);
                        }
                        Err(CompareError::Differs(found)) => assert_ne!(found, expected),
                        Err(CompareError::Insert(error)) => panic!("{error}"),
                    }
                }
                5 => {
                    let expected = map.get(key);
                    if let Ok(old) = map.compare_exchange(key, expected.as_ref(), None, &guard) {
                        gone.extend(old);
                    }
                }
                6 => gone.extend(map.remove(key).unwrap()),
                7 => gone.extend(
                    map.remove_if(key, |v| v % 2 == 0, &guard)
                        .inspect(|v| assert_eq!(v % 2, 0)),
                ),
                8 => gone.extend(map.pop_first(&guard).map(|(_, v)| v)),
                9 => gone.extend(map.pop_last(&guard).map(|(_, v)| v)),
                _ => {
                    stored.push(token);
                    gone.extend(map.entry(key, &guard).insert(token).unwrap());
                }
            }
        }
        (stored, gone)
    });
    let (stored, gone): (Vec<_>, Vec<_>) = logs.into_iter().unzip();
    let mut stored = stored.concat();
    let mut gone = gone.concat();
    gone.extend(map.values(&map.guard()));
    stored.sort_unstable();
    gone.sort_unstable();
    assert_eq!(stored.len(), gone.len());
    assert!(stored == gone, "a value was lost or given out twice");
}

/// Four ways to count, all on the same keys: the sums are exact.
#[test]
fn counts_by_every_operation_are_exact() {
    let map = MassTreeInline::<u64>::new();
    let rounds = scale(20_000) as u64;
    run_threads(4, 12, LIMIT, |worker| {
        for round in 0..rounds {
            let guard = map.guard();
            let key = KEYS[round as usize % KEYS.len()];
            match (round as usize + worker.index) % 4 {
                0 => drop(
                    map.fetch_update(key, |n| Some(n.unwrap_or(0) + 1), &guard)
                        .unwrap(),
                ),
                1 => {
                    // A key that is made by `or_insert` is counted up afterwards, so nothing is counted twice.
                    map.entry(key, &guard).or_insert(0).unwrap();
                    assert!(map.update(key, |n| n + 1, &guard).unwrap().is_some());
                }
                2 => drop(
                    map.entry(key, &guard)
                        .and_modify(|n| n + 1)
                        .or_insert_with(|| 1)
                        .unwrap(),
                ),
                _ => {
                    let mut seen = map.get(key);
                    let counted = |seen: Option<u64>| Some(seen.unwrap_or(0) + 1);
                    while let Err(CompareError::Differs(found)) =
                        map.compare_exchange(key, seen.as_ref(), counted(seen), &guard)
                    {
                        seen = found;
                    }
                }
            }
        }
    });
    for (at, key) in KEYS.into_iter().enumerate() {
        let counted = (0..rounds as usize)
            .filter(|round| round % KEYS.len() == at)
            .count();
        assert_eq!(map.get(key), Some(4 * counted as u64), "{key:?}");
    }
}

/// One result of all the closures that race to make a key is stored, and all callers get that one.
#[test]
fn get_or_insert_with_gives_all_callers_the_value_that_was_stored() {
    let map = MassTree15::<u64>::new();
    let rounds = scale(5_000);
    let given = run_threads(4, 13, LIMIT, |worker| {
        (0..rounds)
            .map(|round| {
                let guard = map.guard();
                let key = format!("{:08}", round);
                let make = || worker.index as u64;
                map.get_or_insert_with(key.as_bytes(), make, &guard)
                    .unwrap()
            })
            .collect::<Vec<Arc<u64>>>()
    });
    for round in 0..rounds {
        let stored = map.get(format!("{round:08}").as_bytes()).unwrap();
        assert!(
            given
                .iter()
                .all(|values| Arc::ptr_eq(&values[round], &stored))
        );
    }
}

/// Every entry is popped by one thread, in order from each end.
#[test]
fn each_entry_is_popped_once() {
    let map: Map<Inline<u64>, 10, 3> = Map::new();
    let size = scale(20_000) as u64;
    for i in 0..size {
        map.insert(format!("{i:010}").as_bytes(), i).unwrap();
    }
    let popped = run_threads(4, 14, LIMIT, |worker| {
        let guard = map.guard();
        let first = worker.index % 2 == 0;
        let pop = || {
            if first {
                map.pop_first(&guard)
            } else {
                map.pop_last(&guard)
            }
        };
        let popped: Vec<u64> = std::iter::from_fn(pop).map(|(_, v)| v).collect();
        // Nobody inserts, so what a thread pops only ever moves inward.
        assert!(popped.is_sorted_by(|a, b| if first { a < b } else { a > b }));
        popped
    });
    let mut all = popped.concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..size));
    assert!(map.is_empty());
}

/// The closures run outside of all locks: they may use the map, the same key included.
#[test]
fn a_closure_may_use_the_map() {
    let map = MassTreeInline::<u64>::new();
    let guard = map.guard();
    map.insert(b"k", 1).unwrap();
    let mut calls = 0;
    let old = map
        .update(
            b"k",
            |value| {
                calls += 1;
                if calls == 1 {
                    assert_eq!(map.insert(b"k", 10), Ok(Some(1)));
                    assert_eq!(map.insert(b"other", value), Ok(None));
                }
                value + 1
            },
            &guard,
        )
        .unwrap();
    assert_eq!((old, calls), (Some(10), 2));
    // Keys that the closure puts ahead of itself are asked for in turn.
    let mut inserted = 0;
    let kept = map.retain(
        |key, value| {
            if inserted < 5 {
                inserted += 1;
                assert_eq!(map.insert(&[key, b"+"].concat(), value), Ok(None));
                return true;
            }
            false
        },
        &guard,
    );
    assert_eq!((kept, map.len()), (2, 5));
    let all: BTreeMap<Vec<u8>, u64> = map.iter(&guard).map(|e| e.into_pair()).collect();
    assert_eq!(all.len(), map.len());
}
