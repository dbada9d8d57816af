//! Keys in one leaf: inserts, updates in place and removals against reads and one another.

use crate::harness::{Value, get, insert, key, model, remove, scan, scan_back, short_keys};
use masstree::RangeBound;

/// A key that goes on behind its slice: its value lies in a record.
const LONG: &[u8] = b"a key with a record";

/// A key whose last bytes stand in the leaf, as its tail does.
const TAILED: &[u8] = b"a tailed key";

#[test]
fn insert_against_get() {
    model(
        2,
        short_keys(1),
        |tree| insert(tree, b"b", 2),
        |tree| {
            assert!(matches!(get(tree, b"b"), None | Some(2)));
            assert_eq!(get(tree, &key(0)), Some(0));
        },
        |tree, old| {
            assert_eq!(old, None);
            assert_eq!(get(tree, b"b"), Some(2));
        },
    );
}

#[test]
fn insert_of_a_record_against_get() {
    model(
        3,
        |_| {},
        |tree| insert(tree, LONG, 2),
        |tree| assert!(matches!(get(tree, LONG), None | Some(2))),
        |tree, old| {
            assert_eq!(old, None);
            assert_eq!(get(tree, LONG), Some(2));
        },
    );
}

#[test]
fn insert_of_a_tail_against_get() {
    model(
        3,
        |_| {},
        |tree| insert(tree, TAILED, 2),
        |tree| assert!(matches!(get(tree, TAILED), None | Some(2))),
        |tree, old| {
            assert_eq!(old, None);
            assert_eq!(get(tree, TAILED), Some(2));
        },
    );
}

#[test]
fn a_tail_in_the_place_of_another_against_gets_and_scan() {
    const OTHER: &[u8] = b"a tailed kez";
    model(
        2,
        |tree| assert_eq!(insert(tree, TAILED, 1), None),
        |tree| {
            remove(tree, TAILED);
            insert(tree, OTHER, 2);
        },
        |tree| {
            assert!(matches!(get(tree, TAILED), None | Some(1)));
            assert!(matches!(get(tree, OTHER), None | Some(2)));
            let mut seen = Vec::new();
            tree.scan(
                RangeBound::Unbounded,
                RangeBound::Unbounded,
                |key, value| {
                    seen.push((key.to_vec(), value.number()));
                    true
                },
                &tree.guard(),
            );
            for (key, number) in seen {
                assert_eq!(key, if number == 1 { TAILED } else { OTHER });
            }
        },
        |tree, ()| assert_eq!(scan(tree), [2]),
    );
}

#[test]
fn insert_against_scan() {
    model(
        2,
        short_keys(2),
        |tree| insert(tree, &[1], 7),
        |tree| assert!(matches!(scan(tree)[..], [0, 1] | [0, 7, 1])),
        |tree, _| assert_eq!(scan(tree), [0, 7, 1]),
    );
}

#[test]
fn update_of_a_word_against_get() {
    model(
        3,
        short_keys(1),
        |tree| insert(tree, &key(0), 1),
        |tree| assert!(matches!(get(tree, &key(0)), Some(0 | 1))),
        |tree, old| {
            assert_eq!(old, Some(0));
            assert_eq!(get(tree, &key(0)), Some(1));
        },
    );
}

#[test]
fn update_of_a_record_against_get() {
    model(
        3,
        |tree| assert_eq!(insert(tree, LONG, 0), None),
        |tree| insert(tree, LONG, 1),
        |tree| assert!(matches!(get(tree, LONG), Some(0 | 1))),
        |tree, old| {
            assert_eq!(old, Some(0));
            assert_eq!(get(tree, LONG), Some(1));
        },
    );
}

#[test]
fn update_against_scans_both_ways() {
    model(
        2,
        |tree| assert_eq!(insert(tree, LONG, 0), None),
        |tree| insert(tree, LONG, 1),
        |tree| {
            let forward = scan(tree);
            let backward = scan_back(tree, RangeBound::Unbounded);
            assert!(forward == [0] || forward == [1]);
            assert!(backward == [1] || backward == forward);
        },
        |_, _| {},
    );
}

fn updates_of(long: &'static [u8], preemptions: usize) {
    model(
        preemptions,
        move |tree| assert_eq!(insert(tree, long, 0), None),
        move |tree| insert(tree, long, 1),
        move |tree| {
            let old = insert(tree, long, 2);
            let now = get(tree, long);
            assert!(matches!(
                (old, now),
                (Some(0), Some(1 | 2)) | (Some(1), Some(2))
            ));
        },
        move |tree, old| match old {
            Some(0) => assert_eq!(get(tree, long), Some(2)),
            Some(2) => assert_eq!(get(tree, long), Some(1)),
            other => panic!("{other:?} was never there"),
        },
    );
}

#[test]
fn two_updates_of_a_word_see_each_other() {
    updates_of(b"a", 2);
}

#[test]
fn two_updates_of_a_tailed_key_see_each_other() {
    updates_of(TAILED, 2);
}

#[test]
fn two_updates_of_a_record_see_each_other() {
    updates_of(LONG, 2);
}

#[test]
fn two_increments_both_count() {
    let increment = |tree: &crate::harness::Tree| {
        let guard = tree.guard();
        let next = |value: Option<&Value>| Some(Value::new(value.map_or(0, Value::number) + 1));
        tree.fetch_update(b"a", next, &guard).unwrap();
    };
    model(
        2,
        |_| {},
        increment,
        increment,
        |tree, ()| assert_eq!(get(tree, b"a"), Some(2)),
    );
}

#[test]
fn two_inserts_of_one_key_have_one_winner() {
    model(
        2,
        |_| {},
        |tree| insert(tree, b"a", 1),
        |tree| assert!(matches!(insert(tree, b"a", 2), None | Some(1))),
        |tree, old| match old {
            None => assert!(get(tree, b"a").is_some()),
            old => {
                assert_eq!(old, Some(2));
                assert_eq!(get(tree, b"a"), Some(1));
            }
        },
    );
}

#[test]
fn two_inserts_of_two_keys_both_stay() {
    model(
        2,
        short_keys(1),
        |tree| insert(tree, &[1], 7),
        |tree| assert_eq!(insert(tree, &[3], 8), None),
        |tree, _| assert_eq!(scan(tree), [0, 7, 8]),
    );
}

#[test]
fn remove_against_get_and_the_next_insert() {
    model(
        2,
        short_keys(2),
        |tree| {
            let old = remove(tree, &key(0));
            // Takes the slot that has become free.
            insert(tree, &[1], 7);
            old
        },
        |tree| {
            assert!(matches!(get(tree, &key(0)), None | Some(0)));
            assert_eq!(get(tree, &key(1)), Some(1));
        },
        |tree, old| {
            assert_eq!(old, Some(0));
            assert_eq!(scan(tree), [7, 1]);
        },
    );
}

#[test]
fn remove_of_a_record_against_get_and_update() {
    model(
        2,
        |tree| assert_eq!(insert(tree, LONG, 0), None),
        |tree| remove(tree, LONG),
        |tree| {
            let old = insert(tree, LONG, 1);
            assert!(matches!(old, None | Some(0)));
            assert!(matches!(get(tree, LONG), None | Some(1)));
        },
        |tree, old| match old {
            Some(0) => assert_eq!(get(tree, LONG), Some(1)),
            old => {
                assert_eq!(old, Some(1));
                assert_eq!(get(tree, LONG), None);
            }
        },
    );
}

#[test]
fn two_removes_have_one_winner() {
    model(
        2,
        short_keys(2),
        |tree| remove(tree, &key(0)),
        |tree| {
            let old = remove(tree, &key(0));
            assert!(matches!(old, None | Some(0)));
        },
        |tree, _| {
            assert_eq!(scan(tree), [1]);
            assert_eq!(tree.len(), 1);
        },
    );
}
