//! Models of the whole tree under loom, with few preemptions and a bound on the time of each: reads and scans against inserts, splits,
//! updates, removals, merges and unlinking. The narrowest tree there is, so that few entries fill a leaf.
//!
//! Values are of 16 bytes, two words that belong together, or boxed with a loom atomic inside, whose making and reading loom sees.
#![cfg(loom)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use ferntree::GenericTree;
use optimistic::sync::AtomicU64;

type Tree<V> = GenericTree<u8, V, 3, 3>;
type Pair = (u64, u64);

/// A value that loom sees being made and read.
struct Seen(AtomicU64);

/// Runs `left` in a thread of its own beside `right` on a tree that `prepare` has filled.
fn model<V: Send + Sync + 'static>(
    name: &str,
    prepare: impl Fn(&Tree<V>) + Send + Sync + 'static,
    left: impl Fn(&Tree<V>) + Clone + Send + Sync + 'static,
    right: impl Fn(&Tree<V>) + Send + Sync + 'static,
    after: impl Fn(&Tree<V>) + Send + Sync + 'static,
) {
    let start = Instant::now();
    let executions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.max_branches = 100_000;
    builder.max_duration = Some(Duration::from_secs(
        std::env::var("LOOM_MAX_DURATION")
            .ok()
            .and_then(|seconds| seconds.parse().ok())
            .unwrap_or(12),
    ));
    builder.check(move || {
        counter.fetch_add(1, Relaxed);
        let tree = Arc::new(Tree::<V>::new());
        prepare(&tree);
        let other = {
            let (tree, left) = (Arc::clone(&tree), left.clone());
            loom::thread::spawn(move || left(&tree))
        };
        right(&tree);
        other.join().unwrap();
        tree.assert_invariants();
        after(&tree);
    });
    println!(
        "{name}: {} executions in {:.1} s",
        executions.load(Relaxed),
        start.elapsed().as_secs_f64()
    );
}

/// The keys 0, 2, 4, …, so many of them, each with its number twice.
fn pairs(count: u8) -> impl Fn(&Tree<Pair>) {
    move |tree| {
        for i in 0..count {
            tree.insert(2 * i, (u64::from(i), u64::from(i)));
        }
    }
}

fn seen(number: u64) -> Seen {
    Seen(AtomicU64::new(number))
}

fn number(value: &Seen) -> u64 {
    value.0.load(optimistic::sync::Ordering::Relaxed)
}

fn scan(tree: &Tree<Pair>) -> Vec<u8> {
    tree.keys().collect()
}

fn scan_back(tree: &Tree<Pair>) -> Vec<u8> {
    let mut keys: Vec<u8> = tree.keys().rev().collect();
    keys.reverse();
    keys
}

#[test]
fn insert_against_get() {
    model(
        "insert against get",
        pairs(2),
        |tree| assert_eq!(tree.insert(1, (7, 7)), None),
        |tree| {
            assert!(matches!(tree.get(&1), None | Some((7, 7))));
            assert_eq!(tree.get(&2), Some((1, 1)));
        },
        |tree| assert_eq!(tree.get(&1), Some((7, 7))),
    );
}

#[test]
fn update_of_two_words_against_get() {
    model(
        "update of two words against get",
        pairs(1),
        |tree| assert_eq!(tree.insert(0, (7, 7)), Some((0, 0))),
        |tree| assert!(matches!(tree.get(&0), Some((0, 0) | (7, 7)))),
        |tree| assert_eq!(tree.get(&0), Some((7, 7))),
    );
}

#[test]
fn update_of_a_box_against_lookup() {
    model(
        "update of a box against lookup",
        |tree| assert!(!tree.insert_defer(0, seen(1))),
        |tree| assert!(tree.insert_defer(0, seen(2))),
        |tree| assert!(matches!(tree.lookup(&0, number), Some(1 | 2))),
        |tree| assert_eq!(tree.lookup(&0, number), Some(2)),
    );
}

#[test]
fn insert_of_a_box_against_cursor() {
    model(
        "insert of a box against cursor",
        |_| {},
        |tree| assert!(!tree.insert_defer(0, seen(2))),
        |tree| {
            let found = tree
                .raw_iter()
                .next()
                .map(|(key, value)| (*key, number(value)));
            assert!(matches!(found, None | Some((0, 2))));
        },
        |tree| assert_eq!(tree.lookup(&0, number), Some(2)),
    );
}

#[test]
fn two_updates_lose_nothing() {
    let add = |tree: &Tree<Pair>| {
        tree.update(&0, |(left, right)| (left + 1, right + 1));
    };
    model("two updates", pairs(1), add, add, |tree| {
        assert_eq!(tree.get(&0), Some((2, 2)))
    });
}

#[test]
fn two_inserts_of_one_key() {
    model(
        "two inserts of one key",
        pairs(1),
        |tree| assert!(matches!(tree.get_or_insert(1, (7, 7)), (7, 7) | (8, 8))),
        |tree| {
            let mine = tree.get_or_insert(1, (8, 8));
            assert_eq!(tree.get(&1), Some(mine));
        },
        |tree| assert_eq!(tree.len(), 2),
    );
}

#[test]
fn split_against_get() {
    model(
        "split against get",
        pairs(3),
        |tree| assert_eq!(tree.insert(3, (7, 7)), None),
        |tree| {
            assert_eq!(tree.get(&4), Some((2, 2)));
            assert_eq!(tree.get(&0), Some((0, 0)));
        },
        |tree| assert_eq!(tree.height(), 2),
    );
}

#[test]
fn split_against_scans() {
    model(
        "split against scan",
        pairs(3),
        |tree| assert_eq!(tree.insert(3, (7, 7)), None),
        |tree| assert!(matches!(scan(tree)[..], [0, 2, 4] | [0, 2, 3, 4])),
        |tree| assert_eq!(scan(tree), [0, 2, 3, 4]),
    );
    model(
        "split against scan back",
        pairs(3),
        |tree| assert_eq!(tree.insert(3, (7, 7)), None),
        |tree| assert!(matches!(scan_back(tree)[..], [0, 2, 4] | [0, 2, 3, 4])),
        |tree| assert_eq!(scan_back(tree), [0, 2, 3, 4]),
    );
}

#[test]
fn two_splits() {
    model(
        "two splits",
        pairs(4),
        |tree| {
            tree.insert(1, (7, 7));
            tree.insert(3, (7, 7));
        },
        |tree| assert_eq!(tree.insert(9, (7, 7)), None),
        |tree| assert_eq!(scan(tree), [0, 1, 2, 3, 4, 6, 9]),
    );
}

#[test]
fn removal_against_get_and_scan() {
    model(
        "removal against get",
        pairs(3),
        |tree| assert_eq!(tree.remove(&2), Some((1, 1))),
        |tree| {
            assert!(matches!(tree.get(&2), None | Some((1, 1))));
            assert!(matches!(scan(tree)[..], [0, 4] | [0, 2, 4]));
        },
        |tree| assert_eq!(scan(tree), [0, 4]),
    );
}

#[test]
fn unlinking_against_scans() {
    // Two leaves: [0, 2, 4] and [6].
    model(
        "unlinking against scan",
        pairs(4),
        |tree| assert_eq!(tree.remove(&6), Some((3, 3))),
        |tree| {
            assert!(matches!(scan(tree)[..], [0, 2, 4] | [0, 2, 4, 6]));
            assert!(matches!(scan_back(tree)[..], [0, 2, 4] | [0, 2, 4, 6]));
        },
        |tree| assert_eq!(tree.height(), 1),
    );
}

#[test]
fn unlinking_against_an_insert_into_the_leaf() {
    model(
        "unlinking against insert",
        pairs(4),
        |tree| assert_eq!(tree.remove(&6), Some((3, 3))),
        |tree| assert_eq!(tree.insert(7, (7, 7)), None),
        |tree| assert_eq!(scan(tree), [0, 2, 4, 7]),
    );
}

#[test]
fn pops_from_both_ends() {
    model(
        "pops from both ends",
        pairs(4),
        |tree| assert_eq!(tree.pop_last(), Some((6, (3, 3)))),
        |tree| {
            assert_eq!(tree.pop_first(), Some((0, (0, 0))));
            assert_eq!(tree.first(|key, _| *key), Some(2));
        },
        |tree| assert_eq!(scan(tree), [2, 4]),
    );
}

#[test]
fn a_merge_against_reads() {
    // Leaves of four: [0, 2, 1] beside [4, 6] shrink until both fill half a leaf.
    type Wide = GenericTree<u8, u64, 3, 4>;
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.max_branches = 100_000;
    builder.max_duration = Some(Duration::from_secs(12));
    builder.check(|| {
        let tree = Arc::new(Wide::new());
        for key in [0, 2, 4, 6, 3] {
            tree.insert(key, u64::from(key));
        }
        tree.remove(&2);
        tree.remove(&3);
        assert_eq!(tree.height(), 2);
        let other = {
            let tree = Arc::clone(&tree);
            loom::thread::spawn(move || assert_eq!(tree.remove(&6), Some(6)))
        };
        assert_eq!(tree.get(&4), Some(4));
        let keys: Vec<u8> = tree.keys().collect();
        assert!(matches!(keys[..], [0, 4] | [0, 4, 6]), "{keys:?}");
        other.join().unwrap();
        tree.assert_invariants();
        assert_eq!((tree.height(), tree.len()), (1, 2));
    });
}

#[test]
fn a_split_against_the_leaf_of_the_last_lookups() {
    model(
        "split against the leaf of the last lookups",
        pairs(3),
        |tree| assert_eq!(tree.insert(3, (7, 7)), None),
        |tree| {
            for _ in 0..2 {
                assert_eq!(tree.get(&4), Some((2, 2)));
            }
            assert!(matches!(tree.get(&3), None | Some((7, 7))));
            assert_eq!(tree.insert(5, (8, 8)), None);
            assert_eq!(tree.get(&0), Some((0, 0)));
        },
        |tree| assert_eq!(scan(tree), [0, 2, 3, 4, 5]),
    );
}

#[test]
fn unlinking_the_first_leaf_against_an_insert_by_the_next() {
    model(
        "unlinking the first leaf against an insert by the next",
        |tree| {
            pairs(4)(tree);
            tree.remove(&0);
            tree.remove(&2);
            for _ in 0..2 {
                assert_eq!(tree.get(&6), Some((3, 3)));
            }
        },
        |tree| assert_eq!(tree.remove(&4), Some((2, 2))),
        |tree| {
            assert_eq!(tree.insert(1, (7, 7)), None);
            assert_eq!(tree.get(&1), Some((7, 7)));
        },
        |tree| assert_eq!(scan(tree), [1, 6]),
    );
}
