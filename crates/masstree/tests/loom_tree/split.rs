//! Leaves and inner nodes that split, against reads, scans and one another.

use crate::harness::{Tree, get, insert, key, model, scan, scan_back, scan_from, short_keys};
use masstree::RangeBound;

#[test]
fn first_split_against_get() {
    model(
        3,
        short_keys(10),
        |tree| insert(tree, &[9], 90),
        |tree| assert_eq!(get(tree, &key(9)), Some(9)),
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 3, 4, 90, 5, 6, 7, 8, 9]),
    );
}

#[test]
fn first_split_against_update_and_insert() {
    model(
        2,
        short_keys(10),
        |tree| insert(tree, &[9], 90),
        |tree| {
            assert_eq!(insert(tree, &key(9), 70), Some(9));
            assert_eq!(insert(tree, &[17], 80), None);
        },
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 3, 4, 90, 5, 6, 7, 8, 80, 70]),
    );
}

#[test]
fn first_split_against_scan() {
    model(
        1,
        short_keys(10),
        |tree| insert(tree, &[9], 90),
        |tree| {
            let mut seen = scan_from(tree, RangeBound::Included(&key(3)));
            seen.retain(|&number| number != 90);
            assert_eq!(seen, [3, 4, 5, 6, 7, 8, 9]);
        },
        |_, _| {},
    );
}

#[test]
fn first_split_against_scan_back() {
    model(
        1,
        short_keys(10),
        |tree| insert(tree, &[9], 90),
        |tree| {
            let mut seen = scan_back(tree, RangeBound::Included(&key(6)));
            seen.retain(|&number| number != 90);
            assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
        },
        |_, _| {},
    );
}

/// Two full leaves below a root.
fn two_leaves(tree: &Tree) {
    short_keys(20)(tree);
}

#[test]
fn second_split_against_get_and_scan() {
    model(
        1,
        two_leaves,
        |tree| insert(tree, &[29], 90),
        |tree| {
            assert_eq!(get(tree, &key(19)), Some(19));
            let mut seen = scan_from(tree, RangeBound::Included(&key(16)));
            seen.retain(|&number| number != 90);
            assert_eq!(seen, [16, 17, 18, 19]);
        },
        |tree, _| assert_eq!(scan(tree).len(), 21),
    );
}

#[test]
fn two_splits_below_one_root() {
    model(
        1,
        two_leaves,
        |tree| insert(tree, &[29], 90),
        |tree| assert_eq!(insert(tree, &[9], 91), None),
        |tree, _| {
            let mut seen = scan(tree);
            assert_eq!(seen.len(), 22);
            seen.retain(|&number| number < 90);
            assert!(seen.into_iter().eq(0..20));
        },
    );
}

/// A root with four full leaves: the next split splits the root.
fn full_root(tree: &Tree) {
    short_keys(40)(tree);
}

#[test]
fn split_of_the_root_against_get() {
    model(
        1,
        full_root,
        |tree| insert(tree, &[59], 90),
        |tree| {
            assert_eq!(get(tree, &key(39)), Some(39));
            assert_eq!(get(tree, &key(29)), Some(29));
        },
        |tree, _| assert_eq!(scan(tree).len(), 41),
    );
}

#[test]
fn split_of_the_root_against_insert() {
    model(
        1,
        full_root,
        |tree| insert(tree, &[59], 90),
        |tree| assert_eq!(insert(tree, &[19], 91), None),
        |tree, _| assert_eq!(scan(tree).len(), 42),
    );
}
