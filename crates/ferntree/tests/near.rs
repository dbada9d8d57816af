//! The leaf that a thread remembers: tried in the right tree alone, for the right keys, and only while it is there.
#![cfg(not(any(loom, shuttle)))]

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use ferntree::GenericTree;

type Narrow = GenericTree<u64, u64, 4, 4>;

fn filled(count: u64, by: u64) -> Narrow {
    let tree = Narrow::new();
    for key in 0..count {
        tree.insert(key, key * by);
    }
    tree
}

/// Looks a key up so often that its leaf is remembered.
fn go_near(tree: &Narrow, key: u64) {
    for _ in 0..3 {
        tree.contains_key(&key);
    }
}

#[test]
fn a_leaf_is_remembered_for_its_own_tree() {
    let (left, right) = (filled(100, 1), filled(100, 2));
    for key in 0..100 {
        go_near(&left, key);
        assert_eq!(right.get(&key), Some(key * 2));
        assert_eq!(left.get(&key), Some(key));
    }
    for turn in 1..50 {
        let tree = filled(20, turn);
        for key in 0..20 {
            go_near(&tree, key);
            assert_eq!(tree.get(&key), Some(key * turn));
        }
    }
}

#[test]
fn keys_beside_the_remembered_leaf_are_found_elsewhere() {
    let tree = Narrow::new();
    for key in 0..200 {
        tree.insert(4 * key, key);
    }
    for at in 0..200 {
        for key in 0..200 {
            go_near(&tree, 4 * at);
            assert_eq!(tree.get(&(4 * key)), Some(key));
            assert_eq!(tree.get(&(4 * key + 1)), None);
        }
    }
    for key in (0..200).rev() {
        go_near(&tree, 400);
        assert_eq!(tree.insert(4 * key + 2, key), None);
    }
    tree.assert_invariants();
    assert_eq!(tree.len(), 400);
}

#[test]
fn inserts_beyond_both_ends_stay_in_order() {
    let tree = filled(1, 1);
    for step in 1..2_000 {
        let key = if step / 7 % 2 == 0 {
            10_000 + step
        } else {
            10_000 - step
        };
        assert_eq!(tree.insert(key, key), None);
        if step % 3 == 0 {
            assert_eq!(tree.remove(&key), Some(key));
        }
    }
    tree.assert_invariants();
    assert!(tree.keys().is_sorted());
}

#[test]
fn a_remembered_leaf_may_be_unlinked_at_any_time() {
    let tree = filled(64, 1);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for start in [8, 40] {
            let (tree, done) = (&tree, &done);
            scope.spawn(move || {
                while !done.load(Relaxed) {
                    for key in start..start + 16 {
                        for _ in 0..4 {
                            assert!(tree.get(&key).is_none_or(|value| value == key));
                        }
                    }
                }
            });
        }
        for turn in 0..3_000_u64 {
            let range = turn % 7 * 8..turn % 7 * 8 + 16;
            range.clone().for_each(|key| {
                tree.remove(&key);
            });
            range.for_each(|key| {
                tree.insert(key, key);
            });
        }
        done.store(true, Relaxed);
    });
    tree.assert_invariants();
    assert!((0..64).all(|key| tree.get(&key) == Some(key)));
}
