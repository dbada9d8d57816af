//! The examples of the documentation that programs for this map were written by, as they stand there.
#![cfg(not(any(loom, shuttle)))]

#[test]
fn basic_usage() {
    use ferntree::Tree;

    let tree = Tree::new();

    // Insert key-value pairs
    tree.insert("key1", "value1");
    tree.insert("key2", "value2");

    // Lookup values (requires a closure due to optimistic access)
    let value = tree.lookup(&"key1", |v| v.to_string());
    assert_eq!(value, Some("value1".to_string()));

    // Remove entries
    tree.remove(&"key1");
}

#[test]
fn multi_threaded_inserts() {
    use ferntree::Tree;
    use std::sync::Arc;
    use std::thread;

    let tree = Arc::new(Tree::<i32, i32>::new());

    // Spawn multiple writer threads
    let handles: Vec<_> = (0..4)
        .map(|t| {
            let tree = Arc::clone(&tree);
            thread::spawn(move || {
                for i in 0..1000 {
                    tree.insert(t * 1000 + i, i);
                }
            })
        })
        .collect();

    for h in handles {
        h.join().unwrap();
    }

    assert_eq!(tree.len(), 4000);
}

#[test]
fn concurrent_readers_and_writers() {
    use ferntree::Tree;
    use std::sync::Arc;
    use std::thread;

    let tree = Arc::new(Tree::<i32, i32>::new());

    // Pre-populate some data
    for i in 0..100 {
        tree.insert(i, i * 10);
    }

    let tree_writer = Arc::clone(&tree);
    let tree_reader = Arc::clone(&tree);

    // Writer thread adds new entries
    let writer = thread::spawn(move || {
        for i in 100..200 {
            tree_writer.insert(i, i * 10);
        }
    });

    // Reader thread performs lookups concurrently
    let reader = thread::spawn(move || {
        let mut found = 0;
        for i in 0..100 {
            if tree_reader.lookup(&i, |v| *v).is_some() {
                found += 1;
            }
        }
        found
    });

    writer.join().unwrap();
    let found = reader.join().unwrap();
    assert_eq!(found, 100); // Reader sees consistent data
}

#[test]
fn iterator_usage() {
    use ferntree::Tree;
    use std::sync::Arc;
    use std::thread;

    let tree = Arc::new(Tree::<i32, i32>::new());

    for i in 0..100 {
        tree.insert(i, i);
    }

    // Iterators acquire locks on leaf nodes, ensuring consistent reads
    let tree_iter = Arc::clone(&tree);
    let handle = thread::spawn(move || {
        let mut iter = tree_iter.raw_iter();
        iter.seek_to_first();

        let mut count = 0;
        while iter.next().is_some() {
            count += 1;
        }
        count
    });

    // Concurrent modifications are safe
    tree.insert(100, 100);

    let count = handle.join().unwrap();
    // Iterator sees a consistent snapshot
    assert!(count >= 100);
}

#[test]
fn send_and_sync() {
    use ferntree::Tree;

    fn assert_send_sync<T: Send + Sync>() {}

    // Tree is Send + Sync for thread-safe key/value types
    assert_send_sync::<Tree<String, i32>>();
    assert_send_sync::<Tree<i32, Vec<u8>>>();
}

#[test]
fn pure_closures() {
    use ferntree::Tree;

    let tree = Tree::<i32, i32>::new();
    tree.insert(1, 42);

    // Good: Pure closure that just extracts data
    let value = tree.lookup(&1, |v| *v);

    // Avoid: Side effects in lookup closure (may execute multiple times)
    // let mut counter = 0;
    // tree.lookup(&1, |v| { counter += 1; *v }); // counter may be > 1
    assert_eq!(value, Some(42));
}

#[test]
fn the_names_are_there() {
    use ferntree::OptimisticRead;
    use ferntree::error::Error;
    use ferntree::latch::HybridLatch;
    use ferntree::{GenericTree, impl_optimistic_read_boxed};

    #[derive(Clone)]
    #[allow(dead_code)]
    struct Mine(Vec<u8>);
    impl_optimistic_read_boxed!(Mine);

    fn takes<T: OptimisticRead>() {}
    takes::<Mine>();
    takes::<(u8, [u128; 4], f64, bool, Option<char>)>();
    takes::<(String, &'static str, std::sync::Arc<str>)>();

    let latch = HybridLatch::new(1);
    let error: Result<(), Error> = latch.optimistic_or_spin().recheck().map_err(Error::from);
    assert_eq!(error, Ok(()));
    let tree = GenericTree::<u8, Mine, 3, 3>::new();
    tree.insert(1, Mine(vec![1]));
    assert_eq!(tree.height(), 1);
}
