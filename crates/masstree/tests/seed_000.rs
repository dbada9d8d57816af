//! The examples of the first published description, as they stand there: they compile, run, and mean what they say.
#![cfg(not(any(loom, shuttle)))]

mod quick_start {
    use masstree::{MassTree, RangeBound};

    #[test]
    fn point_operations_and_scans() {
        let tree: MassTree<u64> = MassTree::new();
        let guard = tree.guard();

        // Insert
        tree.insert_with_guard(b"hello", 123, &guard).unwrap();
        tree.insert_with_guard(b"world", 456, &guard).unwrap();

        // Point lookup
        assert_eq!(tree.get_ref(b"hello", &guard), Some(&123));

        // Remove
        tree.remove_with_guard(b"hello", &guard).unwrap();
        assert_eq!(tree.get_ref(b"hello", &guard), None);

        // Range scan (zero-copy)
        let mut seen = Vec::new();
        tree.scan_ref(
            RangeBound::Included(b"a"),
            RangeBound::Excluded(b"z"),
            |key, value| {
                seen.push((key.to_vec(), *value));
                true
            },
            &guard,
        );
        assert_eq!(seen, [(b"world".to_vec(), 456)]);

        // Prefix scan
        let mut found = 0;
        tree.scan_prefix(
            b"wor",
            |key, value| {
                assert_eq!((key, *value), (&b"world"[..], 456));
                found += 1;
                true
            },
            &guard,
        );
        assert_eq!(found, 1);
    }
}

mod ergonomic_apis {
    use masstree::MassTree;
    use std::sync::Arc;

    #[test]
    fn operations_that_take_their_own_guard() {
        let tree: MassTree<u64> = MassTree::new();

        // Auto-guard versions (simpler but slightly more overhead per call)
        tree.insert(b"key1", 100).unwrap();
        tree.insert(b"key2", 200).unwrap();

        assert_eq!(tree.get(b"key1"), Some(Arc::new(100)));
        assert_eq!(tree.len(), 2);
        assert!(!tree.is_empty());

        tree.remove(b"key1").unwrap();
        assert_eq!(tree.get(b"key1"), None);
        assert_eq!(tree.len(), 1);
    }
}

mod range_iteration {
    use masstree::{MassTree, RangeBound};

    #[test]
    fn a_range_and_everything() {
        let tree: MassTree<u64> = MassTree::new();
        let guard = tree.guard();

        // Populate
        for i in 0..100u64 {
            tree.insert_with_guard(&i.to_be_bytes(), i, &guard).unwrap();
        }

        // Iterator-based range scan
        let mut next = 0;
        for entry in tree.range(RangeBound::Included(b""), RangeBound::Unbounded, &guard) {
            assert_eq!(entry.key(), u64::to_be_bytes(next));
            assert_eq!(entry.value(), &next);
            next += 1;
        }
        assert_eq!(next, 100);

        // Full iteration
        let mut sum = 0;
        for entry in tree.iter(&guard) {
            sum += entry.value();
        }
        assert_eq!(sum, 99 * 100 / 2);
    }
}

mod variant_selection {
    use masstree::{MassTree, MassTree15, MassTree15Inline, MassTreeInline};

    #[test]
    fn every_variant_by_its_name() {
        // Default: WIDTH=24, Arc-based storage
        let tree: MassTree<u64> = MassTree::new();

        // WIDTH=15, Arc-based storage
        let tree15: MassTree15<u64> = MassTree15::new();

        // Inline storage for Copy types (no Arc overhead)
        let inline: MassTreeInline<u64> = MassTreeInline::new();
        let inline15: MassTree15Inline<u64> = MassTree15Inline::new();

        tree.insert(b"k", 1).unwrap();
        tree15.insert(b"k", 2).unwrap();
        inline.insert(b"k", 3).unwrap();
        inline15.insert(b"k", 4).unwrap();
        assert_eq!(tree.get(b"k").as_deref(), Some(&1));
        assert_eq!(tree15.get(b"k").as_deref(), Some(&2));
        assert_eq!(inline.get(b"k"), Some(3));
        assert_eq!(inline15.get(b"k"), Some(4));
    }
}

mod how_it_works {
    use masstree::MassTree;

    #[test]
    fn a_key_of_three_slices() {
        let tree: MassTree<u64> = MassTree::new();
        tree.insert(b"users/alice/profile", 1).unwrap();
        tree.insert(b"users/alice/photo", 2).unwrap();
        tree.insert(b"users/al", 3).unwrap();
        assert_eq!(
            tree.scan_prefix(b"users/alice/", |_, _| true, &tree.guard()),
            2
        );
        assert_eq!(tree.get(b"users/al").as_deref(), Some(&3));
    }
}

mod rayon_integration {
    use masstree::MassTree15;
    use rayon::prelude::*;
    use std::sync::Arc;

    #[test]
    fn parallel_bulk_insert_and_lookup() {
        let tree: Arc<MassTree15<u64>> = Arc::new(MassTree15::new());

        // Parallel bulk insert
        (0..100_000u64).into_par_iter().for_each(|i| {
            let guard = tree.guard();
            let key = i.to_be_bytes();
            tree.insert_with_guard(&key, i, &guard).unwrap();
        });
        assert_eq!(tree.len(), 100_000);

        // Parallel lookups
        let sum: u64 = (0..100_000u64)
            .into_par_iter()
            .map(|i| {
                let guard = tree.guard();
                tree.get_ref(&i.to_be_bytes(), &guard).copied().unwrap_or(0)
            })
            .sum();
        assert_eq!(sum, 99_999 * 100_000 / 2);
    }
}

mod tokio_integration {
    use masstree::MassTree15;
    use std::sync::Arc;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tasks_and_blocking_work() {
        let tree: Arc<MassTree15<String>> = Arc::new(MassTree15::new());

        // Spawn async tasks that share the tree
        let handle = tokio::spawn({
            let tree = Arc::clone(&tree);
            async move {
                // The guard lives in a block without an await
                {
                    let guard = tree.guard();
                    tree.insert_with_guard(b"key", "value".to_string(), &guard)
                        .unwrap();
                }
                tokio::task::yield_now().await;
                tree.get(b"key")
            }
        });
        assert_eq!(
            handle.await.unwrap().as_deref().map(String::as_str),
            Some("value")
        );

        // For CPU-intensive operations, use spawn_blocking
        let tree_clone = Arc::clone(&tree);
        let inserted = tokio::task::spawn_blocking(move || {
            let guard = tree_clone.guard();
            for i in 0..10_000u64 {
                tree_clone
                    .insert_with_guard(&i.to_be_bytes(), i.to_string(), &guard)
                    .unwrap();
            }
            tree_clone.iter(&guard).count()
        })
        .await
        .unwrap();
        assert_eq!(inserted, 10_001);
    }
}
