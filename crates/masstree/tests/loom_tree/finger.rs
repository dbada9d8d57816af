//! The fingers of a guard, on leaves that another thread splits, empties and unlinks, or whose layer's prefix it cuts.

use crate::harness::{Tree, Value, get, insert, key, model, remove, scan, short_keys};
use masstree::Guard;

/// What keys of a layer with a prefix begin with, and a key that leaves it within the prefix.
const STEM: &[u8] = b"slice 1;slice 2;";
const LEAVING: &[u8] = b"slice 1;slice X;slice 3";

/// Keys that fill a leaf of one layer; one more fills a second.
const FULL: u8 = 10;

fn long(i: u8) -> Vec<u8> {
    [STEM, &[i], b" and more than a tail"].concat()
}

/// A layer of which `count` keys are left.
fn layer(count: u8) -> impl Fn(&Tree) + Clone + Send + Sync {
    move |tree| {
        for i in 0..=FULL {
            insert(tree, &long(i), u64::from(i));
        }
        for i in count..=FULL {
            remove(tree, &long(i));
        }
        assert_eq!(tree.stats().layers, 1);
    }
}

fn find(tree: &Tree, key: &[u8], guard: &Guard<'_>) -> Option<u64> {
    tree.get_ref(key, guard).map(Value::number)
}

/// A guard with its finger on the leaf of `key`, which is there: the second lookup leaves it there.
fn pointing<'m>(tree: &'m Tree, key: &[u8]) -> Guard<'m> {
    let guard = tree.guard();
    for _ in 0..2 {
        assert!(find(tree, key, &guard).is_some());
    }
    guard
}

fn put(tree: &Tree, key: &[u8], number: u64, guard: &Guard<'_>) {
    let old = tree.insert_with_guard(key, Value::new(number), guard);
    assert!(old.unwrap().is_none());
}

#[test]
fn a_split_leaf_under_a_finger() {
    model(
        1,
        short_keys(FULL),
        |tree| insert(tree, &key(FULL), 10),
        |tree| {
            let guard = pointing(tree, &key(9));
            assert_eq!(find(tree, &key(9), &guard), Some(9));
            put(tree, &[19], 90, &guard);
            assert_eq!(find(tree, &[19], &guard), Some(90));
        },
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90, 10]),
    );
}

#[test]
fn an_unlinked_leaf_under_a_finger() {
    model(
        1,
        short_keys(FULL + 1),
        |tree| remove(tree, &key(FULL)),
        |tree| {
            let guard = tree.guard();
            find(tree, &key(FULL), &guard);
            find(tree, &key(FULL), &guard);
            put(tree, &[2 * FULL + 1], 90, &guard);
            assert_eq!(find(tree, &[2 * FULL + 1], &guard), Some(90));
        },
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90]),
    );
}

#[test]
fn a_layer_that_ends_under_a_finger() {
    model(
        1,
        layer(1),
        |tree| remove(tree, &long(0)),
        |tree| {
            let guard = tree.guard();
            find(tree, &long(0), &guard);
            find(tree, &long(0), &guard);
            put(tree, &long(1), 90, &guard);
            assert_eq!(find(tree, &long(1), &guard), Some(90));
        },
        |tree, _| assert_eq!(scan(tree), [90]),
    );
}

#[test]
fn a_layer_cut_above_a_finger() {
    model(
        1,
        layer(2),
        |tree| insert(tree, LEAVING, 90),
        |tree| {
            let guard = pointing(tree, &long(1));
            put(tree, &long(2), 2, &guard);
            assert_eq!(find(tree, &long(2), &guard), Some(2));
        },
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 90]),
    );
}

/// The leaf under the finger is full, and its split needs the anchor, which the cut has given up.
#[test]
fn a_split_through_an_anchor_that_is_given_up() {
    model(
        1,
        layer(FULL),
        |tree| insert(tree, LEAVING, 90),
        |tree| {
            let guard = pointing(tree, &long(1));
            put(tree, &long(FULL), 10, &guard);
            assert_eq!(find(tree, &long(FULL), &guard), Some(10));
        },
        |tree, _| {
            assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 90]);
            assert_eq!(get(tree, LEAVING), Some(90));
        },
    );
}
