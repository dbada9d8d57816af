//! Tails and records that move to a layer of their own, and a layer whose prefix is cut, against reads, scans and other writers.

use crate::harness::{Tree, get, insert, model, remove, scan, scan_back};
use masstree::RangeBound;

/// Keys that fill a leaf: the next one makes a layer.
const CROWD: u8 = 10;

/// A key that shares `before`, whole slices, with its neighbours.
fn key(before: &str, i: u8) -> Vec<u8> {
    [before.as_bytes(), &[b'a' + i]].concat()
}

fn crowd(before: &'static str) -> impl Fn(&Tree) + Clone + Send + Sync {
    move |tree| {
        for i in 0..CROWD {
            insert(tree, &key(before, i), u64::from(i));
        }
        assert_eq!(tree.stats().layers, 0);
    }
}

/// Before a byte more: a tail.
const ONE: &str = "slice 1;";

/// Before a byte more: a record.
const TWO: &str = "slice 1;slice 2;";

#[test]
fn new_layer_against_get() {
    model(
        1,
        crowd(ONE),
        |tree| insert(tree, &key(ONE, CROWD), 90),
        |tree| assert_eq!(get(tree, &key(ONE, 3)), Some(3)),
        |tree, _| {
            assert_eq!(tree.stats().layers, 1);
            assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90]);
        },
    );
}

#[test]
fn new_layer_of_records_against_get() {
    model(
        1,
        crowd(TWO),
        |tree| insert(tree, &key(TWO, CROWD), 90),
        |tree| assert_eq!(get(tree, &key(TWO, 3)), Some(3)),
        |tree, _| {
            assert_eq!(tree.stats().layers, 1);
            assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90]);
        },
    );
}

/// A key whose record moves to the layer as it is.
fn moving(i: u8) -> Vec<u8> {
    [&key(ONE, i)[..], b" and seventeen more"].concat()
}

/// A crowd of keys whose records move.
fn moving_crowd(tree: &Tree) {
    for i in 0..CROWD {
        insert(tree, &moving(i), u64::from(i));
    }
    assert_eq!(tree.stats().layers, 0);
}

#[test]
fn new_layer_of_moved_records_against_get() {
    model(
        1,
        moving_crowd,
        |tree| insert(tree, &moving(CROWD), 90),
        |tree| assert_eq!(get(tree, &moving(3)), Some(3)),
        |tree, _| {
            assert_eq!(tree.stats().layers, 1);
            // Each has its 19 bytes still, of which the layer needs 11.
            assert!(tree.stats().key_bytes >= 10 * (12 + 19));
            assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90]);
        },
    );
}

#[test]
fn update_of_a_moved_record_against_gets() {
    model(
        1,
        moving_crowd,
        |tree| {
            insert(tree, &moving(CROWD), 90);
            insert(tree, &moving(3), 70)
        },
        |tree| {
            let seen = [(); 2].map(|()| get(tree, &moving(3)));
            assert!(matches!(
                seen,
                [Some(3), Some(3 | 70)] | [Some(70), Some(70)]
            ));
        },
        |tree, old| {
            assert_eq!(old, Some(3));
            assert_eq!(get(tree, &moving(3)), Some(70));
        },
    );
}

#[test]
fn removal_of_a_moved_record_against_update() {
    model(
        1,
        moving_crowd,
        |tree| {
            insert(tree, &moving(CROWD), 90);
            remove(tree, &moving(3))
        },
        |tree| assert!(matches!(insert(tree, &moving(3), 70), None | Some(3))),
        |tree, removed| match removed {
            Some(3) => assert_eq!(get(tree, &moving(3)), Some(70)),
            removed => {
                assert_eq!(removed, Some(70));
                assert_eq!(get(tree, &moving(3)), None);
            }
        },
    );
}

#[test]
fn new_layer_against_get_of_the_new_key() {
    model(
        1,
        crowd(ONE),
        |tree| insert(tree, &key(ONE, CROWD), 90),
        |tree| assert!(matches!(get(tree, &key(ONE, CROWD)), None | Some(90))),
        |_, _| {},
    );
}

#[test]
fn new_layer_against_scan() {
    model(
        1,
        crowd(ONE),
        |tree| insert(tree, &key(ONE, CROWD), 90),
        |tree| {
            let mut seen = scan(tree);
            seen.retain(|&number| number != 90);
            assert!(seen.into_iter().eq(0..u64::from(CROWD)));
        },
        |_, _| {},
    );
}

#[test]
fn new_layer_against_scan_back() {
    model(
        1,
        crowd(ONE),
        |tree| insert(tree, &key(ONE, CROWD), 90),
        |tree| {
            let mut seen = scan_back(tree, RangeBound::Unbounded);
            seen.retain(|&number| number != 90);
            assert!(seen.into_iter().eq((0..u64::from(CROWD)).rev()));
        },
        |_, _| {},
    );
}

#[test]
fn new_layer_against_another_insert_into_it() {
    model(
        1,
        crowd(ONE),
        |tree| insert(tree, &key(ONE, CROWD), 10),
        |tree| assert_eq!(insert(tree, &key(ONE, CROWD + 1), 11), None),
        |tree, _| assert!(scan(tree).into_iter().eq(0..12)),
    );
}

#[test]
fn new_layer_against_update_and_get() {
    model(
        1,
        crowd(ONE),
        |tree| insert(tree, &key(ONE, CROWD), 10),
        |tree| {
            assert_eq!(insert(tree, &key(ONE, 0), 70), Some(0));
            assert_eq!(get(tree, &key(ONE, 0)), Some(70));
        },
        |tree, _| assert_eq!(scan(tree), [70, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    );
}

#[test]
fn new_layer_against_remove() {
    model(
        1,
        crowd(ONE),
        |tree| insert(tree, &key(ONE, CROWD), 10),
        |tree| assert_eq!(remove(tree, &key(ONE, 0)), Some(0)),
        |tree, _| assert!(scan(tree).into_iter().eq(1..11)),
    );
}

/// A layer with a prefix of two slices, and a key that leaves it after the first.
const THREE: &str = "slice 1;slice 2;slice 3;";
const LEAVING: &[u8] = b"slice 1;slice X";

/// Such a layer, with `count` of its keys left.
fn long_prefix(count: u8) -> impl Fn(&Tree) + Clone + Send + Sync {
    move |tree| {
        for i in 0..=CROWD {
            insert(tree, &key(THREE, i), u64::from(i));
        }
        assert_eq!(tree.stats().layers, 1);
        for i in count..=CROWD {
            remove(tree, &key(THREE, i));
        }
    }
}

#[test]
fn prefix_cut_against_get() {
    model(
        2,
        long_prefix(2),
        |tree| insert(tree, LEAVING, 90),
        |tree| {
            assert_eq!(get(tree, &key(THREE, 1)), Some(1));
            assert!(matches!(get(tree, LEAVING), None | Some(90)));
        },
        |tree, _| {
            assert_eq!(tree.stats().layers, 2);
            assert_eq!(scan(tree), [0, 1, 90]);
        },
    );
}

#[test]
fn prefix_cut_against_insert_below() {
    model(
        2,
        long_prefix(2),
        |tree| insert(tree, LEAVING, 90),
        |tree| assert_eq!(insert(tree, &key(THREE, 2), 2), None),
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 90]),
    );
}

#[test]
fn prefix_cut_against_scans_both_ways() {
    model(
        1,
        long_prefix(2),
        |tree| insert(tree, LEAVING, 90),
        |tree| {
            assert!(matches!(scan(tree)[..], [0, 1] | [0, 1, 90]));
            let back = scan_back(tree, RangeBound::Unbounded);
            assert!(matches!(back[..], [1, 0] | [90, 1, 0]));
        },
        |_, _| {},
    );
}

#[test]
fn prefix_cut_against_a_new_root_below() {
    model(
        1,
        |tree| {
            long_prefix(CROWD)(tree);
        },
        |tree| insert(tree, LEAVING, 90),
        |tree| assert_eq!(insert(tree, &key(THREE, CROWD), 10), None),
        |tree, _| assert_eq!(scan(tree), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 90]),
    );
}

#[test]
fn prefix_cut_against_the_end_of_the_layer() {
    model(
        1,
        long_prefix(1),
        |tree| insert(tree, LEAVING, 90),
        |tree| assert_eq!(remove(tree, &key(THREE, 0)), Some(0)),
        |tree, _| assert_eq!(scan(tree), [90]),
    );
}

#[test]
fn two_prefix_cuts() {
    model(
        1,
        long_prefix(2),
        |tree| insert(tree, LEAVING, 91),
        |tree| assert_eq!(insert(tree, b"slice 1;slice 2;slice X", 90), None),
        |tree, _| assert_eq!(scan(tree), [0, 1, 90, 91]),
    );
}
