//! Every value is dropped once: whichever operation brought it in, and whichever took it out.

use std::num::NonZero;
use std::time::Duration;

use masstree::RangeBound::{Excluded, Included};
use masstree::{Map, MassTree15, Shared};
use masstree_testkit::drops::{DropLedger, Tracked};
use masstree_testkit::keys::{KeyPopulation, KeyShape};
use masstree_testkit::stress::{run_threads, scale};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::LIMIT;

type Trie = Map<Shared<Tracked>, 10, 3>;

fn filled(ledger: &DropLedger) -> (Trie, Vec<Vec<u8>>) {
    let keys = KeyPopulation::new(KeyShape::Mixed, 300, 3).keys().to_vec();
    let map: Trie = keys
        .iter()
        .zip(0..)
        .map(|(key, i)| (key, ledger.track(i)))
        .collect();
    assert_eq!(map.len(), keys.len());
    (map, keys)
}

fn all_dropped(ledger: &DropLedger) {
    let collector = MassTree15::<u8>::new();
    ledger.assert_all_dropped_within(Duration::from_secs(60), || collector.guard().flush());
}

/// Runs `work` on a map of 300 keys of every shape, then drops the map.
fn counted(work: impl FnOnce(&Trie, &[Vec<u8>], &DropLedger)) {
    let ledger = DropLedger::new();
    let (map, keys) = filled(&ledger);
    work(&map, &keys, &ledger);
    drop(map);
    all_dropped(&ledger);
}

#[test]
fn values_of_a_dropped_map() {
    counted(|map, keys, ledger| {
        assert_eq!(map.len(), keys.len());
        ledger.assert_live(keys.len());
    });
}

#[test]
fn values_that_are_replaced() {
    counted(|map, keys, ledger| {
        let guard = map.guard();
        for key in keys {
            map.insert(key, ledger.track(1)).unwrap();
            map.insert_with_guard(key, ledger.track(2), &guard).unwrap();
            map.update(key, |v| ledger.track(v.value() + 1), &guard)
                .unwrap();
            map.fetch_update(key, |_| Some(ledger.track(4)), &guard)
                .unwrap();
            let current = map.get(key);
            map.compare_exchange(key, current.as_ref(), Some(ledger.track(5)), &guard)
                .unwrap();
            assert!(
                map.compare_exchange(key, current.as_ref(), Some(ledger.track(6)), &guard)
                    .is_err()
            );
            assert!(
                map.compare_exchange(key, None, Some(ledger.track(7)), &guard)
                    .is_err()
            );
            map.entry(key, &guard)
                .and_modify(|v| v.clone())
                .or_insert(ledger.track(8))
                .unwrap();
            map.entry(key, &guard).insert(ledger.track(9)).unwrap();
            assert_eq!(
                map.get_or_insert_with(key, || ledger.track(10), &guard)
                    .unwrap()
                    .value(),
                9
            );
        }
        let pairs = keys.iter().map(|key| (key, ledger.track(11)));
        assert_eq!(map.insert_many(pairs, &guard), Ok(0));
        let pairs = keys.iter().map(|key| (key, ledger.track(12))).collect();
        assert_eq!(map.bulk_load(pairs, NonZero::new(2)), Ok(0));
    });
}

#[test]
fn values_that_are_taken_out() {
    counted(|map, keys, _| {
        let guard = map.guard();
        for (at, key) in keys.iter().enumerate() {
            match at % 6 {
                0 => assert!(map.remove(key).unwrap().is_some()),
                1 => assert!(map.remove_if(key, |_| true, &guard).is_some()),
                2 => assert!(map.entry(key, &guard).remove().is_some()),
                3 => {
                    let current = map.get(key);
                    map.compare_exchange(key, current.as_ref(), None, &guard)
                        .unwrap();
                }
                4 => assert_eq!(map.remove_many(&[key, key], &guard), Ok(1)),
                _ => {}
            }
        }
        while map.pop_first(&guard).is_some() && map.pop_last(&guard).is_some() {}
        assert!(map.is_empty());
    });
}

#[test]
fn values_that_are_swept_away() {
    counted(|map, _, _| {
        let removed = map.retain(|_, v| v.value() % 2 == 0, &map.guard());
        assert_eq!(removed, 150);
    });
    counted(|map, keys, _| {
        let (low, high) = (
            Included(keys[20].as_slice()),
            Excluded(keys[220].as_slice()),
        );
        assert_eq!(map.remove_range(low, high, &map.guard()), 200);
    });
    counted(|map, _, _| map.clear());
}

#[test]
fn values_of_refused_inserts() {
    counted(|map, _, ledger| {
        let long = [0; 65_537];
        let guard = map.guard();
        assert!(map.insert(&long, ledger.track(0)).is_err());
        assert!(
            map.compare_exchange(&long, None, Some(ledger.track(0)), &guard)
                .is_err()
        );
        assert!(
            map.get_or_insert_with(&long, || ledger.track(0), &guard)
                .is_err()
        );
        assert!(map.entry(&long, &guard).or_insert(ledger.track(0)).is_err());
        let pairs = (0..40).map(|_| (&long, ledger.track(0)));
        assert!(map.insert_many(pairs, &guard).is_err());
        let pairs = (0..40).map(|_| (&long, ledger.track(0))).collect();
        assert!(map.bulk_load(pairs, None).is_err());
    });
    let ledger = DropLedger::new();
    let map = Trie::with_memory_limit(8 * 1024);
    for key in KeyPopulation::new(KeyShape::Mixed, 300, 3).keys() {
        let _ = map.insert(key, ledger.track(0));
    }
    assert!(map.len() < 300);
    ledger.assert_live(map.len());
    drop(map);
    all_dropped(&ledger);
}

#[test]
fn values_of_a_map_that_is_consumed() {
    for taken in [0, 1, 150, 300, 301] {
        let ledger = DropLedger::new();
        let (map, keys) = filled(&ledger);
        let mut pairs = map.into_iter();
        let mut front = Vec::new();
        for at in 0..taken {
            let pair = if at % 3 == 2 {
                pairs.next_back()
            } else {
                pairs.next()
            };
            assert_eq!(pair.is_some(), at < keys.len());
            front.extend(pair);
        }
        drop(pairs);
        assert!(
            front
                .iter()
                .all(|(key, value)| keys[value.value() as usize] == *key)
        );
        drop(front);
        all_dropped(&ledger);
    }
}

#[test]
fn values_of_clones() {
    counted(|map, keys, ledger| {
        let copy = map.clone();
        ledger.assert_live(2 * keys.len());
        assert!(copy.values(&copy.guard()).eq(map.values(&map.guard())));
        drop(copy);
    });
}

#[test]
fn values_under_threads() {
    let ledger = DropLedger::new();
    let keys = KeyPopulation::new(KeyShape::Mixed, 200, 8);
    let map = Trie::new();
    run_threads(4, 21, LIMIT, |worker| {
        let mut rng = SmallRng::seed_from_u64(worker.seed);
        let mut keys = keys.generator(worker.seed);
        for round in 0..scale(15_000) as u64 {
            let guard = map.guard();
            let key = keys.key_ref();
            match rng.random_range(0..8) {
                0..3 => drop(map.insert(key, ledger.track(round)).unwrap()),
                3 => drop(
                    map.fetch_update(key, |_| Some(ledger.track(round)), &guard)
                        .unwrap(),
                ),
                4 => drop(
                    map.get_or_insert_with(key, || ledger.track(round), &guard)
                        .unwrap(),
                ),
                5 => drop(map.pop_first(&guard)),
                6 => assert!(map.get_ref(key, &guard).is_none_or(|v| v.value() < 15_000)),
                _ => drop(map.remove(key).unwrap()),
            }
        }
    });
    let live = map.len();
    assert!(ledger.live() >= live);
    drop(map);
    all_dropped(&ledger);
}
