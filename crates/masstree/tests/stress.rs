//! Real threads on few keys, for as long as it takes to meet: nothing lost, nothing seen twice, nothing freed early or never.
//!
//! The maps are the narrowest that there are, and the keys lie close together, so that leaves split and are unlinked, layers are made, cut and given
//! back all the time. Sizes follow `testkit`'s [`scale`].

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use masstree::{Boxed, Inline, Map, RangeBound, Shared, Storage};
use masstree_testkit::drops::{DropLedger, Tracked};
use masstree_testkit::stress::{Worker, run_threads, scale};
use optimistic::Chained;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

const THREADS: usize = 4;
const LIMIT: Duration = Duration::from_secs(300);
/// The value of keys that nobody changes.
const STAYS: u64 = u64::MAX;

type Counters = Map<Inline<u64>, 10, 3>;
type Values = Map<Shared<Tracked>, 10, 3>;

/// Keys of all kinds side by side: in leaves of the first layer, at one slice, below a long prefix, and prefixes of one another.
fn keys() -> Vec<Vec<u8>> {
    let mut keys: BTreeSet<Vec<u8>> = (0..40_u8).map(|i| vec![i * 6]).collect();
    for prefix in ["slice 1;", "slice 2;", "slice 2;slice 3;slice 4;"] {
        for i in 0..14 {
            keys.insert(format!("{prefix}{i:02}").into_bytes());
            keys.insert(format!("{prefix}{i:02} and longer").into_bytes());
        }
    }
    for length in 0..30 {
        keys.insert(b"slice 5;slice 6;slice 7;slice 8;"[..length].to_vec());
    }
    keys.into_iter().collect()
}

fn rng(worker: Worker) -> SmallRng {
    SmallRng::seed_from_u64(worker.seed)
}

/// Checks that nothing is left but the first leaf.
fn assert_given_back<S: Storage, const W: usize, const I: usize>(map: &Map<S, W, I>) {
    let stats = map.stats();
    assert_eq!(
        (
            stats.entries,
            stats.leaves,
            stats.inner_nodes,
            stats.layers,
            stats.records
        ),
        (0, 1, 0, 0, 0)
    );
}

#[test]
fn keys_that_stay_are_seen_once_by_scans_both_ways() {
    let map = Counters::new();
    let keys = keys();
    let (staying, passing): (Vec<_>, Vec<_>) =
        keys.iter().enumerate().partition(|(i, _)| i % 5 == 0);
    let staying: Vec<&Vec<u8>> = staying.into_iter().map(|(_, key)| key).collect();
    for key in &staying {
        map.insert(key, STAYS).unwrap();
    }
    let scans = scale(1_500);
    let scanning = AtomicUsize::new(THREADS / 2);
    run_threads(THREADS, 1, LIMIT, |worker| {
        if worker.index % 2 == 0 {
            // Fills and empties a stretch at a time, so that leaves and layers come and go.
            let mut rng = rng(worker);
            while scanning.load(Relaxed) > 0 {
                let start = rng.random_range(0..passing.len());
                let stretch = &passing[start..(start + 30).min(passing.len())];
                for (i, key) in stretch {
                    map.insert(key, *i as u64).unwrap();
                }
                for (_, key) in stretch {
                    map.remove(key).unwrap();
                }
            }
            return;
        }
        let all = RangeBound::Unbounded;
        for _ in 0..scans {
            let guard = map.guard();
            let (mut forward, mut backward) = (Vec::new(), Vec::new());
            let note = |seen: &mut Vec<Vec<u8>>, key: &[u8], value: u64| {
                assert_eq!(value == STAYS, staying.iter().any(|stays| *stays == key));
                seen.push(key.to_vec());
                true
            };
            map.scan_ref(
                all,
                all,
                |key, value| note(&mut forward, key, value),
                &guard,
            );
            map.scan_rev(
                all,
                all,
                |key, value| note(&mut backward, key, value),
                &guard,
            );
            backward.reverse();
            for seen in [forward, backward] {
                assert!(
                    seen.is_sorted_by(|left, right| left < right),
                    "out of order: {seen:?}"
                );
                assert!(
                    seen.iter()
                        .filter(|key| staying.contains(key))
                        .eq(staying.iter().copied())
                );
            }
            for key in &staying {
                assert_eq!(map.get(key), Some(STAYS));
            }
        }
        scanning.fetch_sub(1, Relaxed);
    });
    map.clear();
    assert_given_back(&map);
}

#[test]
fn every_value_is_dropped_once() {
    let ledger = DropLedger::new();
    let map = Values::new();
    let keys = keys();
    run_threads(THREADS, 2, LIMIT, |worker| {
        let mut rng = rng(worker);
        for _ in 0..scale(100_000) / THREADS {
            let key = &keys[rng.random_range(0..keys.len())];
            match rng.random_range(0..8) {
                0..3 => drop(map.insert(key, ledger.track(1)).unwrap()),
                3..6 => drop(map.remove(key).unwrap()),
                6 => {
                    let guard = map.guard();
                    map.update(key, |value| ledger.track(value.value() + 1), &guard)
                        .unwrap();
                }
                _ => drop(map.get(key).map(|value| value.value())),
            }
        }
    });
    let left = map.len();
    assert_eq!(map.iter(&map.guard()).count(), left);
    drop(map);
    ledger.assert_all_dropped_within(LIMIT, || Values::new().guard().flush());
}

#[test]
fn what_a_guard_has_seen_stays_while_others_remove_it() {
    let ledger = DropLedger::new();
    let map = Values::new();
    let keys = keys();
    run_threads(THREADS, 3, LIMIT, |worker| {
        let mut rng = rng(worker);
        for _ in 0..scale(1_000) {
            let guard = map.guard();
            if worker.index % 2 == 0 {
                for key in keys.iter().skip(rng.random_range(0..keys.len())).take(40) {
                    if rng.random() {
                        map.insert_with_guard(key, ledger.track(1), &guard).unwrap();
                    } else {
                        map.remove_with_guard(key, &guard).unwrap();
                    }
                }
                continue;
            }
            let got = keys.iter().filter_map(|key| map.get_ref(key, &guard));
            let seen: Vec<&Tracked> = got
                .chain(map.iter(&guard).map(|entry| entry.value()))
                .collect();
            std::thread::yield_now();
            // A value that has been dropped enters a fault into the ledger.
            assert!(seen.iter().all(|value| value.value() == 1));
        }
    });
    drop(map);
    ledger.assert_all_dropped_within(LIMIT, || Values::new().guard().flush());
}

#[test]
fn counts_are_exact_beside_splits_and_layers() {
    let map = Counters::new();
    let keys = keys();
    let counted: Vec<&Vec<u8>> = keys.iter().step_by(9).collect();
    let rounds = scale(40_000) / THREADS;
    run_threads(THREADS, 4, LIMIT, |worker| {
        let mut rng = rng(worker);
        for round in 0..rounds {
            let guard = map.guard();
            let key = counted[round % counted.len()];
            if round % 2 == 0 {
                map.fetch_update(key, |count| Some(count.unwrap_or(0) + 1), &guard)
                    .unwrap();
            } else {
                map.entry(key, &guard).or_insert(0).unwrap();
                map.update(key, |count| count + 1, &guard).unwrap();
            }
            let neighbour = &keys[rng.random_range(0..keys.len())];
            if !counted.contains(&neighbour) {
                if rng.random() {
                    map.insert(neighbour, 0).unwrap();
                } else {
                    map.remove(neighbour).unwrap();
                }
            }
        }
    });
    let sum: u64 = counted.iter().filter_map(|key| map.get(key)).sum();
    assert_eq!(sum, (rounds * THREADS) as u64);
}

#[test]
fn each_entry_is_popped_once() {
    let map = Counters::new();
    let keys = keys();
    for round in 0..scale(100) as u64 {
        for key in &keys {
            map.insert(key, round).unwrap();
        }
        let popped = run_threads(THREADS, round, LIMIT, |worker| {
            let guard = map.guard();
            let pop = || {
                if worker.index % 2 == 0 {
                    map.pop_first(&guard)
                } else {
                    map.pop_last(&guard)
                }
            };
            std::iter::from_fn(pop).collect::<Vec<_>>()
        });
        let mut popped: Vec<_> = popped.into_iter().flatten().map(|(key, _)| key).collect();
        popped.sort();
        assert_eq!(popped, keys);
        assert_given_back(&map);
    }
}

#[test]
fn threads_with_keys_of_their_own_give_back_every_node() {
    let map = Counters::new();
    run_threads(THREADS, 5, LIMIT, |worker| {
        let own = |i: usize| {
            format!("slice 1;slice 2;{:03}", i * worker.count + worker.index).into_bytes()
        };
        for round in 0..scale(200) {
            for i in 0..60 {
                assert_eq!(map.insert(&own(i), round as u64), Ok(None));
            }
            for i in 0..60 {
                assert_eq!(map.get(&own(i)), Some(round as u64));
                assert_eq!(map.remove(&own(i)), Ok(Some(round as u64)));
                assert_eq!(map.get(&own(i)), None);
            }
        }
    });
    assert_given_back(&map);
}

#[test]
fn pushed_values_stand_on_the_ones_before_and_are_dropped_once() {
    const KEYS: [&[u8]; 3] = [b"k", b"slice 1;tail", b"slice 1;slice 2;record"];
    let ledger = DropLedger::new();
    let map = Map::<Boxed<Chained<(), Tracked>>, 10, 3>::new();
    for key in KEYS {
        map.insert(key, Chained::new(ledger.track(0), 0)).unwrap();
    }
    run_threads(THREADS, 6, LIMIT, |worker| {
        let mut rng = rng(worker);
        for _ in 0..scale(4_000) {
            let key = KEYS[rng.random_range(0..KEYS.len())];
            let guard = map.guard();
            let epoch = guard.as_ref();
            let Some(spot) = map.find_spot(key, &guard) else {
                let first = Chained::new(ledger.track(0), 0);
                let _ = map.push_first(key, first, &guard).unwrap();
                continue;
            };
            let top = spot.value();
            match rng.random_range(0..8) {
                0 | 1 => {
                    let mut above = top;
                    while let Some(below) = above.older(epoch) {
                        assert!(below.value() < above.value());
                        above = below;
                    }
                }
                2 => {
                    // Anywhere in the chain, while others push on it, cut it and take its top off.
                    let mut upper = top;
                    while let Some(lower) = upper.older(epoch) {
                        if rng.random_ratio(1, 2) || upper.cut(lower, 0, epoch).is_none() {
                            upper = lower;
                        }
                    }
                    upper.settle(0, epoch);
                }
                3 => {
                    let _ = map.take_off(key, top, &guard).unwrap();
                }
                4 => {
                    let value = ledger.track(top.value() + 1);
                    if let Some(pushed) = map.push_instead(key, &spot, value, (), &guard).unwrap() {
                        assert_eq!(pushed.value(), top.value() + 1);
                    }
                }
                _ => {
                    let value = ledger.track(top.value() + 1);
                    if let Some(pushed) = map.push(key, &spot, value, (), &guard).unwrap() {
                        assert_eq!(pushed.value(), top.value() + 1);
                        if rng.random_ratio(1, 4) {
                            pushed.cut(top, 0, epoch);
                        }
                    }
                }
            }
        }
    });
    drop(map);
    ledger.assert_all_dropped_within(LIMIT, || Values::new().guard().flush());
}
