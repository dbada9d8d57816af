//! Emptied leaves and layers under readers and writers: the C++ server's issues 35 and 36.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use masstree::RangeBound::{Included, Unbounded};
use masstree::{Inline, Map};
use masstree_testkit::stress::{Watchdog, run_threads, scale};

use super::LIMIT;

type Narrow = Map<Inline<u64>, 10, 3>;

fn key(i: u64) -> [u8; 8] {
    (i * 256).to_be_bytes()
}

/// Splits a leaf by a key in its middle, empties what is left of it or the new right half, and looks for the key.
#[test]
fn a_key_inserted_while_its_leaf_splits_and_then_empties_is_found() {
    for width in 11..40 {
        for newcomer in 0..width {
            for keep in 0..width {
                let map = Narrow::new();
                for i in 0..width {
                    map.insert(&key(i), i).unwrap();
                }
                let between = newcomer * 256 + 1;
                map.insert(&between.to_be_bytes(), 1000).unwrap();
                // From the side where `keep` is not.
                for i in (0..width).filter(|i| (*i < newcomer) == (keep < newcomer)) {
                    assert_eq!(map.remove(&key(i)), Ok(Some(i)));
                }
                assert_eq!(map.get(&between.to_be_bytes()), Some(1000));
                let guard = map.guard();
                let from = map.lower_bound(Included(&between.to_be_bytes()), &guard);
                assert_eq!(from.map(|e| e.value()), Some(1000));
                assert_eq!(map.keys(&guard).rev().count(), map.len());
            }
        }
    }
}

/// Each thread's own keys, between those of the others, in leaves that all of them split and empty.
#[test]
fn a_key_inserted_while_others_split_and_empty_its_leaf_is_found() {
    let map = Narrow::new();
    let rounds = scale(3_000) as u64;
    run_threads(4, 35, LIMIT, |worker| {
        let own = |i: u64| (i * 8 + worker.index as u64).to_be_bytes();
        for round in 0..rounds {
            // Short runs that move on: leaves at the edge split, then empty.
            let first = round % 64 * 4;
            for i in first..first + 24 {
                assert_eq!(map.insert(&own(i), i), Ok(None));
                assert_eq!(map.get(&own(i)), Some(i), "{i} just inserted");
            }
            for i in first..first + 24 {
                assert_eq!(map.get(&own(i)), Some(i), "{i} before its removal");
                assert_eq!(map.remove(&own(i)), Ok(Some(i)));
                assert_eq!(map.get(&own(i)), None);
            }
        }
    });
    let stats = map.stats();
    assert_eq!((stats.entries, stats.leaves, stats.inner_nodes), (0, 1, 0));
}

#[test]
fn a_reverse_scan_over_an_emptied_layer_ends() {
    let _watchdog = Watchdog::start("a reverse scan over an emptied layer", LIMIT);
    for members in [2, 10, 11, 40, 200] {
        let map = Narrow::new();
        let inside = |i: u64| format!("layer--1layer--2{i:05}").into_bytes();
        map.insert(b"before", 1).unwrap();
        map.insert(b"layer--1", 2).unwrap();
        map.insert(b"zbehind", 3).unwrap();
        for i in 0..members {
            map.insert(&inside(i), 9).unwrap();
        }
        let guard = map.guard();
        // The iterator stands inside of the layer while it empties.
        let mut range = map.range(Unbounded, Unbounded, &guard);
        assert_eq!(range.next_back().map(|e| e.value()), Some(3));
        assert_eq!(
            range.next_back().map(|e| e.into_key()),
            Some(inside(members - 1))
        );
        let mut cursor = map.cursor(&guard);
        assert!(cursor.seek(&inside(members / 2)));
        for i in 0..members {
            assert_eq!(map.remove(&inside(i)), Ok(Some(9)));
        }
        assert_eq!(range.map(|e| e.value()).collect::<Vec<_>>(), [1, 2]);
        assert!(cursor.prev());
        assert_eq!(cursor.key(), Some(&b"layer--1"[..]));
        assert!(cursor.next());
        assert_eq!(cursor.key(), Some(&b"zbehind"[..]));
        assert_eq!(map.values(&guard).rev().collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!(map.stats().layers, 0);
        // The leaf above, once it holds nothing but the layer.
        map.clear();
        for i in 0..members {
            map.insert(&inside(i), 9).unwrap();
        }
        let mut range = map.iter(&guard);
        assert!(range.next_back().is_some());
        map.clear();
        assert!(range.next_back().is_none());
        assert_eq!(map.values(&guard).rev().count(), 0);
    }
}

#[test]
fn reverse_scans_beside_layers_that_come_and_go_end() {
    let map = Narrow::new();
    for (key, value) in [("a", 1), ("layer--1", 2), ("z", 3)] {
        map.insert(key.as_bytes(), value).unwrap();
    }
    let done = AtomicBool::new(false);
    let rounds = scale(3_000);
    run_threads(3, 36, LIMIT, |worker| {
        if worker.index == 0 {
            for _ in 0..rounds {
                for i in 0..25 {
                    map.insert(format!("layer--1layer--2{i:05}").as_bytes(), 9)
                        .unwrap();
                }
                for i in 0..25 {
                    map.remove(format!("layer--1layer--2{i:05}").as_bytes())
                        .unwrap();
                }
            }
            done.store(true, Relaxed);
            return;
        }
        while !done.load(Relaxed) {
            let guard = map.guard();
            let mut last: Option<Vec<u8>> = None;
            let mut steady = Vec::new();
            map.scan_rev(
                Unbounded,
                Unbounded,
                |key, value| {
                    assert!(
                        last.as_deref().is_none_or(|last| key < last),
                        "{key:?} behind {last:?}"
                    );
                    last = Some(key.to_vec());
                    steady.extend((value != 9).then_some(value));
                    true
                },
                &guard,
            );
            assert_eq!(steady, [3, 2, 1]);
        }
    });
    assert_eq!((map.len(), map.stats().layers), (3, 0));
}
