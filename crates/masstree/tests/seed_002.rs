//! The quick start of another early description: eight threads that insert and read the same key, as it stands there.
#![cfg(not(any(loom, shuttle)))]

use masstree::MassTree;
use std::sync::Arc;
use std::thread;

#[test]
fn eight_threads_insert_and_read_one_key() {
    let tree = Arc::new(MassTree::<u64>::new());

    let handles: Vec<_> = (0..8)
        .map(|i| {
            let tree = Arc::clone(&tree);
            thread::spawn(move || {
                let guard = tree.guard();

                // Insert (fine-grained locking, not serialized)
                tree.insert_with_guard(b"user:1000", i, &guard).unwrap();

                // Read (lock-free, returns &V)
                if let Some(value) = tree.get_ref(b"user:1000", &guard) {
                    println!("Got: {}", *value);
                }
            })
        })
        .collect();

    for h in handles {
        h.join().unwrap();
    }

    assert_eq!(tree.len(), 1);
    assert!(tree.get(b"user:1000").is_some_and(|value| *value < 8));
}

/// The picture of that text: a key of two slices, beside one that ends with the first.
#[test]
fn a_key_of_two_slices() {
    let tree = MassTree::<u64>::new();
    tree.insert(b"hello world!", 1).unwrap();
    tree.insert(b"hello wo", 2).unwrap();
    tree.insert(b"hello world", 3).unwrap();
    let guard = tree.guard();
    let values: Vec<u64> = tree.values(&guard).copied().collect();
    assert_eq!(values, [2, 3, 1]);
}
