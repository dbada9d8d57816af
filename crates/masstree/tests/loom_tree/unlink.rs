//! Leaves and layers that become empty and are unlinked, against reads, scans, inserts and one another.

use crate::harness::{
    Tree, get, insert, key, model, remove, scan, scan_back, scan_from, short_keys,
};
use masstree::RangeBound;

/// A leaf of ten keys, and one of one.
fn one_in_the_last_leaf(tree: &Tree) {
    short_keys(11)(tree);
}

/// Leaves of ten, one and ten keys.
fn one_in_the_middle_leaf(tree: &Tree) {
    short_keys(21)(tree);
    for i in 11..20 {
        remove(tree, &key(i));
    }
}

/// Leaves of one and one key.
fn one_in_each_leaf(tree: &Tree) {
    short_keys(11)(tree);
    for i in 1..10 {
        remove(tree, &key(i));
    }
}

#[test]
fn unlinked_leaf_against_get() {
    model(
        1,
        one_in_the_last_leaf,
        |tree| remove(tree, &key(10)),
        |tree| {
            assert!(matches!(get(tree, &key(10)), None | Some(10)));
            assert_eq!(get(tree, &key(9)), Some(9));
        },
        |tree, old| {
            assert_eq!(old, Some(10));
            assert!(scan(tree).into_iter().eq(0..10));
        },
    );
}

#[test]
fn unlinked_leaf_against_insert_into_it() {
    model(
        1,
        one_in_the_last_leaf,
        |tree| remove(tree, &key(10)),
        |tree| {
            assert_eq!(insert(tree, &key(11), 11), None);
            assert_eq!(get(tree, &key(11)), Some(11));
        },
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]),
    );
}

#[test]
fn unlinked_middle_leaf_against_scan() {
    model(
        1,
        one_in_the_middle_leaf,
        |tree| remove(tree, &key(10)),
        |tree| {
            let mut seen = scan_from(tree, RangeBound::Included(&key(8)));
            seen.retain(|&number| number != 10);
            assert_eq!(seen, [8, 9, 20]);
        },
        |tree, _| assert_eq!(scan_from(tree, RangeBound::Included(&key(9))), [9, 20]),
    );
}

#[test]
fn unlinked_middle_leaf_against_scan_back() {
    model(
        1,
        one_in_the_middle_leaf,
        |tree| remove(tree, &key(10)),
        |tree| {
            let mut seen = scan_back(tree, RangeBound::Unbounded);
            seen.retain(|&number| number != 10);
            assert_eq!(seen, [20, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        },
        |tree, _| {
            let seen = scan_back(tree, RangeBound::Unbounded);
            assert_eq!(seen, [20, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        },
    );
}

#[test]
fn two_leaves_unlinked_at_once() {
    model(
        1,
        one_in_each_leaf,
        |tree| remove(tree, &key(10)),
        |tree| assert_eq!(remove(tree, &key(0)), Some(0)),
        |tree, old| {
            assert_eq!(old, Some(10));
            assert_eq!(scan(tree), []);
            assert_eq!(tree.len(), 0);
            insert(tree, b"k", 1);
            assert_eq!(scan(tree), [1]);
        },
    );
}

#[test]
fn neighbours_unlinked_at_once() {
    model(
        1,
        |tree| {
            one_in_the_middle_leaf(tree);
        },
        |tree| remove(tree, &key(20)),
        |tree| assert_eq!(remove(tree, &key(10)), Some(10)),
        |tree, old| {
            assert_eq!(old, Some(20));
            assert!(scan(tree).into_iter().eq(0..10));
            assert!(
                scan_back(tree, RangeBound::Unbounded)
                    .into_iter()
                    .eq((0..10).rev())
            );
        },
    );
}

#[test]
fn unlinked_leaf_against_split_of_its_neighbour() {
    model(
        1,
        one_in_the_last_leaf,
        |tree| remove(tree, &key(10)),
        |tree| assert_eq!(insert(tree, &[9], 90), None),
        |tree, _| {
            let mut seen = scan(tree);
            seen.retain(|&number| number != 90);
            assert!(seen.into_iter().eq(0..10));
        },
    );
}

/// A layer of one key beside a key without a layer.
const NEIGHBOUR: &[u8] = b"a";
const LONELY: &[u8] = b"slice 1;a";
const OTHER: &[u8] = b"slice 1;b";

fn one_in_a_layer(tree: &Tree) {
    insert(tree, NEIGHBOUR, 0);
    insert(tree, LONELY, 1);
    let others = || (b'b'..=b'k').map(|letter| [b"slice 1;", &[letter][..]].concat());
    others().for_each(|key| assert_eq!(insert(tree, &key, 2), None));
    assert_eq!(tree.stats().layers, 1);
    others().for_each(|key| assert_eq!(remove(tree, &key), Some(2)));
}

#[test]
fn unlinked_layer_against_get() {
    model(
        1,
        one_in_a_layer,
        |tree| remove(tree, LONELY),
        |tree| {
            assert!(matches!(get(tree, LONELY), None | Some(1)));
            assert_eq!(get(tree, NEIGHBOUR), Some(0));
        },
        |tree, old| {
            assert_eq!(old, Some(1));
            assert_eq!(scan(tree), [0]);
        },
    );
}

#[test]
fn unlinked_layer_against_insert_into_it() {
    model(
        1,
        one_in_a_layer,
        |tree| remove(tree, LONELY),
        |tree| {
            assert_eq!(insert(tree, OTHER, 2), None);
            assert_eq!(get(tree, OTHER), Some(2));
        },
        |tree, _| assert_eq!(scan(tree), [0, 2]),
    );
}

#[test]
fn unlinked_layer_against_scans_both_ways() {
    model(
        1,
        one_in_a_layer,
        |tree| remove(tree, LONELY),
        |tree| {
            assert!(matches!(scan(tree)[..], [0] | [0, 1]));
            assert!(matches!(
                scan_back(tree, RangeBound::Unbounded)[..],
                [0] | [1, 0]
            ));
        },
        |_, _| {},
    );
}

#[test]
fn layer_and_the_leaf_above_unlinked_at_once() {
    model(
        1,
        |tree| {
            one_in_a_layer(tree);
            for i in 0..9 {
                insert(tree, &[b'b', i], 3);
            }
            assert_eq!(tree.stats().leaves, 3);
            (0..9).for_each(|i| assert_eq!(remove(tree, &[b'b', i]), Some(3)));
            remove(tree, NEIGHBOUR);
        },
        |tree| remove(tree, LONELY),
        |tree| assert_eq!(insert(tree, NEIGHBOUR, 7), None),
        |tree, old| {
            assert_eq!(old, Some(1));
            assert_eq!(scan(tree), [7]);
            assert_eq!(tree.stats().layers, 0);
        },
    );
}
