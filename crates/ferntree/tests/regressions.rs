//! What an earlier map of this name got wrong, one test for each defect.
#![cfg(not(any(loom, shuttle)))]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use ferntree::{GenericTree, OptimisticRead, Tree};
use masstree_testkit::drops::DropLedger;
use masstree_testkit::stress::{Watchdog, mix, run_threads, scale};

const LIMIT: Duration = Duration::from_secs(300);

/// Four entries a leaf: leaves split, merge and go all the time.
type Small<K, V> = GenericTree<K, V, 4, 4>;

#[test]
fn lookup_clones_nothing() {
    static CLONES: AtomicUsize = AtomicUsize::new(0);
    struct Counted(u32);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            CLONES.fetch_add(1, Relaxed);
            Self(self.0)
        }
    }
    let tree = Tree::<u32, Counted>::new();
    tree.insert(1, Counted(7));
    assert_eq!(tree.lookup(&1, |value| value.0), Some(7));
    assert_eq!(tree.first(|_, value| value.0), Some(7));
    assert_eq!(tree.raw_iter().next().map(|(_, value)| value.0), Some(7));
    assert_eq!(CLONES.load(Relaxed), 0);
}

#[test]
fn values_need_no_trait() {
    struct Bare(std::sync::Mutex<u32>);
    let tree = Tree::<u32, Bare>::new();
    assert!(!tree.insert_defer(1, Bare(1.into())));
    tree.lookup(&1, |value| *value.0.lock().unwrap() += 1);
    assert_eq!(tree.lookup(&1, |value| *value.0.lock().unwrap()), Some(2));
    assert!(tree.remove_defer(&1) && !tree.remove_defer(&1));
}

/// Each state that an iterator can be in, beside each write, in one thread.
#[test]
fn an_iterator_beside_a_write_of_its_own_thread_does_not_hang() {
    let _watchdog = Watchdog::start("writes beside an iterator", LIMIT);
    type Move = fn(&mut ferntree::iter::RawSharedIter<'_, u32, u32, 4, 4>);
    let moves: [Move; 8] = [
        |_| {},
        |iter| iter.seek_to_first(),
        |iter| iter.seek_to_last(),
        |iter| iter.seek(&50),
        |iter| iter.seek_for_prev(&50),
        |iter| while iter.next().is_some() {},
        |iter| {
            iter.seek_to_last();
            while iter.prev().is_some() {}
        },
        |iter| {
            iter.seek(&50);
            iter.next();
        },
    ];
    let writes: [fn(&Small<u32, u32>); 8] = [
        |tree| assert_eq!(tree.insert(50, 1), Some(50)),
        |tree| assert_eq!(tree.insert(51, 1), None),
        |tree| assert_eq!(tree.remove(&50), Some(50)),
        |tree| assert_eq!(tree.pop_first(), Some((0, 0))),
        |tree| assert_eq!(tree.pop_last(), Some((198, 198))),
        |tree| assert_eq!(tree.get_or_insert(52, 0), 52),
        |tree| {
            tree.raw_iter_mut().insert(53, 1);
        },
        |tree| tree.clear(),
    ];
    for start in moves {
        for write in writes {
            for exclusive in [false, true] {
                let tree: Small<u32, u32> = (0..100).map(|i| (2 * i, 2 * i)).collect();
                let (mut shared, mut other);
                let iter = if exclusive {
                    other = tree.raw_iter_mut();
                    &mut *other
                } else {
                    shared = tree.raw_iter();
                    &mut shared
                };
                start(iter);
                write(&tree);
                iter.next();
                write_all(&tree);
                iter.prev();
                tree.assert_invariants();
            }
        }
    }
}

fn write_all(tree: &Small<u32, u32>) {
    for i in 0..200 {
        tree.insert(i, i);
    }
    for i in 0..100 {
        tree.remove(&(2 * i));
    }
}

#[test]
fn a_held_iterator_stops_no_other_thread() {
    let tree: Small<u32, u32> = (0..100).map(|i| (i, i)).collect();
    let mut iter = tree.raw_iter_mut();
    iter.seek(&50);
    iter.next();
    run_threads(2, 1, LIMIT, |worker| {
        for i in 0..1000 {
            tree.insert(i % 100, worker.index as u32);
            tree.remove(&(i % 100));
        }
    });
    assert_eq!(tree.len(), 0);
    assert_eq!(iter.next(), None);
    assert_eq!(iter.prev(), None);
}

/// Keys that are multiples of 8 are never touched; all others come and go.
fn scans_beside_churn(forward: bool) {
    const KEYS: u64 = 800;
    let tree: Small<u64, u64> = (0..KEYS).step_by(8).map(|i| (i, i)).collect();
    let done = AtomicBool::new(false);
    run_threads(3, 2, LIMIT, |worker| {
        if worker.index < 2 {
            for i in 0..scale(60_000) as u64 {
                let key = mix(worker.seed, i) % KEYS;
                if key.is_multiple_of(8) {
                    continue;
                }
                if i % 2 == 0 {
                    tree.insert(key, key);
                } else {
                    tree.remove(&key);
                }
            }
            done.store(true, Relaxed);
            return;
        }
        while !done.load(Relaxed) {
            let mut iter = tree.raw_iter();
            let mut seen = Vec::new();
            if forward {
                while let Some((key, value)) = iter.next() {
                    assert_eq!(key, value);
                    seen.push(*key);
                }
            } else {
                iter.seek_to_last();
                while let Some((key, value)) = iter.prev() {
                    assert_eq!(key, value);
                    seen.push(*key);
                }
                seen.reverse();
            }
            assert!(seen.is_sorted_by(|a, b| a < b), "in order, each once");
            let untouched = seen.iter().filter(|key| **key % 8 == 0).count();
            assert_eq!(untouched as u64, KEYS / 8, "no key missed that stays");
        }
    });
    tree.assert_invariants();
}

#[test]
fn scans_under_churn_miss_no_key_that_stays() {
    scans_beside_churn(true);
}

#[test]
fn a_backward_scan_against_writers_ends_well() {
    scans_beside_churn(false);
}

#[test]
fn string_keys_are_not_freed_under_readers() {
    let name = |i: u64| format!("a name that is long enough for the heap {i}");
    let tree: Small<String, String> = Small::new();
    let done = AtomicBool::new(false);
    run_threads(3, 3, LIMIT, |worker| {
        for i in 0..scale(60_000) as u64 {
            let key = name(mix(worker.seed, i) % 200);
            match worker.index {
                0 if i % 2 == 0 => drop(tree.insert(key.clone(), key)),
                0 => drop(tree.remove(&key)),
                1 => {
                    if let Some(value) = tree.lookup(&key, String::clone) {
                        assert_eq!(key, value);
                    }
                }
                _ if done.load(Relaxed) => return,
                _ => {
                    for (key, value) in tree.range(key..).take(5) {
                        assert_eq!(key, value);
                        assert!(key.starts_with("a name"));
                    }
                }
            }
        }
        done.store(true, Relaxed);
    });
}

#[test]
fn a_dropped_tree_leaks_nothing_and_clear_leaves_nothing() {
    let ledger = DropLedger::new();
    for clear in [false, true] {
        let tree = Small::new();
        for i in 0..1000 {
            tree.insert_defer(ledger.track(i), ledger.track(i));
        }
        if clear {
            tree.clear();
            assert_eq!((tree.len(), tree.height()), (0, 1));
            ledger.assert_all_dropped_within(LIMIT, || optimistic::epoch::pin().flush());
            tree.insert_defer(ledger.track(1), ledger.track(1));
        }
        drop(tree);
        ledger.assert_all_dropped_within(LIMIT, || optimistic::epoch::pin().flush());
    }
}

#[test]
fn an_exclusive_iterator_that_moved_on_removes_what_it_gave_out() {
    let tree: Small<u32, u32> = (0..100).map(|i| (i, i)).collect();
    let mut iter = tree.raw_iter_mut();
    iter.seek(&10);
    for expected in 10..30 {
        assert_eq!(iter.next(), Some((&expected, &expected)));
    }
    assert_eq!(iter.remove(&15), Some((15, 15)));
    assert_eq!(iter.next(), Some((&16, &16)));
    iter.seek(&40);
    iter.next();
    assert_eq!(iter.remove_here(), Some((40, 40)));
    assert!(tree.iter().all(|(key, value)| key == value));
    assert_eq!(tree.len(), 98);
    tree.assert_invariants();
}

#[test]
fn bounds_hold() {
    let tree: Small<u32, ()> = (0..50).map(|i| (i, ())).collect();
    assert_eq!(tree.range_rev(60..).count(), 0);
    assert_eq!(tree.range(60..).count(), 0);
    assert_eq!(tree.range(..=20).count(), 21);
    assert_eq!(tree.range_rev(..20).next().map(|(key, ())| key), Some(19));
    #[expect(clippy::reversed_empty_ranges)]
    let reversed = tree.range(20..10).count();
    assert_eq!(reversed, 0);
    for low in 0..52 {
        for high in low..52 {
            let expected: Vec<u32> = (low..high.min(50)).collect();
            let keys: Vec<u32> = tree.range(low..high).map(|(key, ())| key).collect();
            assert_eq!(keys, expected);
        }
    }
}

#[test]
fn remove_here_takes_the_entry_given_out_last() {
    let tree: Small<u32, u32> = (0..20).map(|i| (i, i)).collect();
    let mut iter = tree.raw_iter_mut();
    assert_eq!(iter.remove_here(), None);
    iter.next();
    assert_eq!(iter.remove_here(), Some((0, 0)));
    assert_eq!(iter.remove_here(), None);
    iter.seek_to_last();
    iter.prev();
    iter.prev();
    assert_eq!(iter.remove_here(), Some((18, 18)));
    assert_eq!(iter.next(), Some((&19, &19)));
    assert_eq!(iter.prev(), Some((&19, &19)));
    assert_eq!(iter.prev(), Some((&17, &17)));
    iter.peek();
    assert_eq!(iter.remove_here(), None);
    assert_eq!(tree.len(), 18);
}

#[test]
fn of_two_inserts_of_one_key_one_is_new() {
    let tree = Small::<u64, usize>::new();
    let keys = scale(20_000) as u64;
    let new: usize = run_threads(3, 4, LIMIT, |worker| {
        (0..keys)
            .filter(|key| tree.insert(*key, worker.index).is_none())
            .count()
    })
    .into_iter()
    .sum();
    assert_eq!((new, tree.len()), (keys as usize, keys as usize));
    tree.assert_invariants();
}

#[test]
fn get_or_insert_with_returns_what_is_stored() {
    let tree = Small::<u64, String>::new();
    let keys = scale(10_000) as u64;
    let results = run_threads(3, 5, LIMIT, |worker| {
        (0..keys)
            .map(|key| tree.get_or_insert_with(key, || format!("{key} by {}", worker.index)))
            .collect::<Vec<_>>()
    });
    for key in 0..keys {
        let answers: BTreeSet<&String> = results.iter().map(|all| &all[key as usize]).collect();
        assert_eq!(answers.len(), 1);
        assert_eq!(tree.get(&key).as_ref(), answers.first().copied());
    }
}

#[test]
fn pops_find_what_is_there() {
    let tree = Small::<u64, u64>::new();
    // One key is always there: it is put to the end before the first is taken.
    tree.insert(0, 0);
    let rounds = scale(20_000) as u64;
    run_threads(2, 6, LIMIT, |worker| {
        for i in 1..=rounds {
            tree.insert(i * 2 + worker.index as u64, i);
            assert!(tree.pop_first().is_some(), "a tree that is not empty");
        }
    });
    assert_eq!(tree.len(), 1);
    tree.assert_invariants();
}

#[test]
fn pops_take_each_entry_once() {
    let keys = scale(20_000) as u64;
    let tree: Small<u64, u64> = (0..keys).map(|i| (i, i)).collect();
    let taken = run_threads(2, 7, LIMIT, |worker| {
        let mut taken = Vec::new();
        while let Some((key, _)) = if worker.index == 0 {
            tree.pop_first()
        } else {
            tree.pop_last()
        } {
            taken.push(key);
        }
        taken
    });
    assert!(taken[0].is_sorted() && taken[1].is_sorted_by(|a, b| a > b));
    let all: BTreeSet<u64> = taken.iter().flatten().copied().collect();
    assert_eq!(
        (all.len() as u64, taken[0].len() + taken[1].len()),
        (keys, keys as usize)
    );
}

#[test]
fn the_smallest_capacities_do_not_hang() {
    let _watchdog = Watchdog::start("three entries a node", LIMIT);
    let tree = GenericTree::<u32, u32, 3, 3>::new();
    for round in 0..3 {
        for i in 0..2000 {
            tree.insert(i * 7 % 2000, round);
        }
        tree.assert_invariants();
        for i in 0..2000 {
            assert_eq!(tree.remove(&(i * 11 % 2000)), Some(round));
        }
        tree.assert_invariants();
        assert_eq!(tree.height(), 1);
    }
}

#[test]
fn everyday_types_are_optimistic_read() {
    fn takes<T: OptimisticRead>() {}
    takes::<(u8, String)>();
    takes::<[u16; 3]>();
    takes::<(u128, i128)>();
    takes::<(f32, f64)>();
    takes::<Option<bool>>();
}

#[test]
fn len_does_not_walk() {
    let tree: Tree<u32, u32> = Tree::bulk_load((0..1_000_000).map(|i| (i, i))).unwrap();
    let start = std::time::Instant::now();
    for _ in 0..1000 {
        assert_eq!(tree.len(), 1_000_000);
    }
    assert!(start.elapsed() < Duration::from_millis(500));
}
