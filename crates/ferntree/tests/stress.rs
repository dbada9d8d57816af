//! Threads that do everything at once: histories are linearizable, counts come out, and all ends.
#![cfg(not(any(loom, shuttle)))]

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use ferntree::GenericTree;
use ferntree::error::Differs;
use masstree_testkit::history::Recorder;
use masstree_testkit::linearizability::check;
use masstree_testkit::map_model::{MapModel, MapOp, MapResult};
use masstree_testkit::stress::{mix, run_threads, scale};

const LIMIT: Duration = Duration::from_secs(600);

/// Few keys and many threads, while other keys come and go so that nodes split and merge.
fn linearizable<K: Ord + Clone + Send + Sync + 'static>(key: impl Fn(u64) -> K + Sync, seed: u64) {
    for round in 0..scale(60) as u64 {
        let tree = GenericTree::<K, u64, 3, 3>::new();
        let recorder = Recorder::new();
        run_threads(3, mix(seed, round), LIMIT, |worker| {
            let mut log = recorder.thread();
            for i in 0..120 {
                let roll = mix(worker.seed, i);
                let number = roll % 7;
                let fresh = worker.index as u64 * 1000 + i;
                let op = match roll >> 32 & 7 {
                    0 | 1 => MapOp::Get,
                    2 | 3 => MapOp::Insert(fresh),
                    4 => MapOp::Remove,
                    5 => MapOp::FetchAdd(1),
                    6 => MapOp::InsertIfAbsent(fresh),
                    _ => MapOp::CompareExchange {
                        expected: (roll >> 16 & 1 == 0).then_some(fresh % 3),
                        new: (roll >> 17 & 1 == 0).then_some(fresh % 3),
                    },
                };
                log.run(number, op, |number, op| apply(&tree, key(*number), op));
                // Neighbours that are not recorded.
                let other = key(7 + roll % 5);
                if roll & 64 == 0 {
                    tree.insert(other, 0);
                } else {
                    tree.remove(&other);
                }
            }
        });
        check(&MapModel::empty(), &recorder.into_history()).unwrap();
        tree.assert_invariants();
    }
}

fn apply<K: Ord + Clone + Send + Sync + 'static>(
    tree: &GenericTree<K, u64, 3, 3>,
    key: K,
    op: &MapOp,
) -> MapResult {
    match *op {
        MapOp::Get => MapResult::Previous(tree.get(&key)),
        MapOp::Insert(value) => MapResult::Previous(tree.insert(key, value)),
        MapOp::Remove => MapResult::Previous(tree.remove(&key)),
        MapOp::FetchAdd(by) => MapResult::Previous(
            tree.fetch_update(key, |old| Some(old.map_or(by, |old| old.wrapping_add(by)))),
        ),
        MapOp::InsertIfAbsent(value) => MapResult::Holds(tree.get_or_insert(key, value)),
        MapOp::CompareExchange { expected, new } => {
            match tree.compare_exchange(key, expected.as_ref(), new) {
                Ok(_) => MapResult::Exchanged,
                Err(Differs(found)) => MapResult::Refused(found),
            }
        }
    }
}

#[test]
fn integer_histories_are_linearizable() {
    linearizable(|i| i * 3 % 13, 1);
}

#[test]
fn string_histories_are_linearizable() {
    linearizable(|i| format!("key {}", i * 3 % 13), 2);
}

#[test]
fn wide_values_are_never_torn() {
    let tree = GenericTree::<u32, (u64, u64), 4, 4>::new();
    let done = AtomicBool::new(false);
    run_threads(3, 3, LIMIT, |worker| {
        for i in 0..scale(100_000) as u64 {
            let key = (mix(worker.seed, i) % 32) as u32;
            match worker.index {
                0 if i % 4 == 0 => drop(tree.remove(&key)),
                0 => drop(tree.insert(key, (i, !i))),
                1 => {
                    if let Some((left, right)) = tree.get(&key) {
                        assert_eq!(left, !right);
                    }
                }
                _ if done.load(Relaxed) => return,
                _ => assert!(
                    tree.range(key..)
                        .take(3)
                        .all(|(_, (left, right))| left == !right)
                ),
            }
        }
        done.store(true, Relaxed);
    });
}

#[test]
fn counts_come_out() {
    let tree = GenericTree::<u64, u64, 4, 4>::new();
    let rounds = scale(30_000) as u64;
    run_threads(3, 4, LIMIT, |worker| {
        for i in 0..rounds {
            tree.entry(mix(worker.seed, i) % 50)
                .and_modify(|count| *count += 1)
                .or_insert(1);
        }
    });
    assert_eq!(tree.values().sum::<u64>(), 3 * rounds);
}

/// Iterators forward and backward, shared and exclusive, and writers, all at once, two of each kind.
fn all_at_once(duration: Duration) {
    let tree = GenericTree::<u64, u64, 4, 4>::new();
    let start = Instant::now();
    run_threads(8, 5, duration * 10 + LIMIT, |worker| {
        let mut i = 0;
        while start.elapsed() < duration {
            i += 1;
            let key = mix(worker.seed, i) % 500;
            match worker.index % 4 {
                0 => {
                    let mut iter = tree.raw_iter();
                    iter.seek(&key);
                    let mut last = None;
                    while let Some((key, _)) = iter.next() {
                        assert!(last < Some(*key));
                        last = Some(*key);
                    }
                }
                1 => {
                    let mut iter = tree.raw_iter();
                    iter.seek_for_prev(&key);
                    let mut last = u64::MAX;
                    while let Some((key, _)) = iter.prev() {
                        assert!(last > *key);
                        last = *key;
                    }
                }
                2 => {
                    let mut iter = tree.raw_iter_mut();
                    if iter.seek_exact(&key) {
                        while iter.next().is_some_and(|(found, _)| *found < key + 20) {
                            iter.remove_here();
                        }
                    } else {
                        (0..20).for_each(|i| {
                            iter.insert(key + i, i);
                        });
                    }
                    iter.prev();
                }
                _ => {
                    tree.insert(key, key);
                    tree.remove(&(key / 2));
                    if i % 1000 == 0 {
                        tree.clear();
                    }
                }
            }
        }
    });
    tree.assert_invariants();
}

#[test]
fn iterators_and_writers_all_end() {
    all_at_once(Duration::from_secs(3));
}

#[test]
#[ignore = "takes minutes"]
fn iterators_and_writers_all_end_for_minutes() {
    all_at_once(Duration::from_secs(180));
}
