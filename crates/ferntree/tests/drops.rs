//! Keys and values that count their drops: each exactly once, whatever happens to it.
#![cfg(not(any(loom, shuttle)))]

use std::time::Duration;

use ferntree::GenericTree;
use masstree_testkit::drops::{DropLedger, Tracked};
use masstree_testkit::stress::{mix, run_threads, scale};

const LIMIT: Duration = Duration::from_secs(300);

type Small = GenericTree<Tracked, Tracked, 4, 4>;

fn flush() {
    optimistic::epoch::pin().flush();
}

#[test]
fn every_operation_drops_once() {
    let ledger = DropLedger::new();
    let tree = Small::new();
    let track = |i| ledger.track(i);
    for i in 0..100 {
        tree.insert(track(i), track(i));
        tree.insert(track(i), track(i + 1000));
        tree.get_or_insert(track(i / 2), track(7));
        tree.get_or_insert_with(track(i + 1), || track(8));
        tree.update(&(i / 3), |old| track(old.value()));
        tree.fetch_update(track(i), |_| None);
        tree.fetch_update(track(i + 2), |_| Some(track(9)));
        tree.entry(track(i)).and_modify(|_| {}).or_insert(track(1));
        let expected = track(9);
        let _ = tree.compare_exchange(track(i), Some(&expected), Some(track(2)));
        let _ = tree.compare_exchange(track(i), None, Some(track(2)));
        tree.raw_iter_mut().insert(track(i), track(3));
        tree.raw_iter_mut().insert_here(track(i + 500), track(3));
    }
    for i in 0..50 {
        tree.remove(&(i * 2));
        tree.remove_entry(&(i * 2 + 1));
        tree.pop_first();
        tree.pop_last();
        tree.remove_if(&(i + 500), |_| i % 2 == 0);
    }
    assert!(tree.iter().count() + tree.keys().count() + tree.values().count() > 0);
    let copy = tree.clone();
    tree.assert_invariants();
    tree.clear();
    drop(tree);
    copy.range::<u64, _>(..=20).for_each(drop);
    drop(copy);
    ledger.assert_all_dropped_within(LIMIT, flush);
}

#[test]
fn concurrent_operations_drop_once() {
    let ledger = DropLedger::new();
    let tree = Small::new();
    run_threads(3, 1, LIMIT, |worker| {
        for i in 0..scale(20_000) as u64 {
            let roll = mix(worker.seed, i);
            let key = roll % 64;
            match roll >> 32 & 15 {
                0..5 => drop(tree.insert(ledger.track(key), ledger.track(i))),
                5..9 => drop(tree.remove(&key)),
                9 => drop(tree.pop_first()),
                10 => drop(tree.pop_last()),
                11 => drop(tree.update(&key, |old| ledger.track(old.value() + 1))),
                12 => drop(tree.get_or_insert_with(ledger.track(key), || ledger.track(i))),
                13 => assert!(tree.values().filter(|value| value.value() > 0).count() <= 64),
                14 if i % 64 == 0 => tree.clear(),
                _ => drop(tree.lookup(&key, Tracked::value)),
            }
        }
    });
    tree.assert_invariants();
    drop(tree);
    ledger.assert_all_dropped_within(LIMIT, flush);
}

#[test]
fn a_comparison_that_panics_leaves_the_tree_as_it_was() {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    thread_local!(static COUNTDOWN: Cell<u64> = const { Cell::new(u64::MAX) });

    struct Fragile(Tracked);
    impl PartialEq for Fragile {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other).is_eq()
        }
    }
    impl Eq for Fragile {}
    impl PartialOrd for Fragile {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Fragile {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            let left = COUNTDOWN.get();
            COUNTDOWN.set(left.wrapping_sub(1));
            assert!(left > 0, "on purpose");
            self.0.cmp(&other.0)
        }
    }

    std::panic::set_hook(Box::new(|panic| {
        if !panic
            .payload_as_str()
            .is_some_and(|text| text.contains("on purpose"))
        {
            eprintln!("{panic}");
        }
    }));
    let ledger = DropLedger::new();
    let tree = GenericTree::<Fragile, Tracked, 4, 4>::new();
    for i in 0..2000_u64 {
        let key = mix(5, i) % 100;
        COUNTDOWN.set(mix(6, i) % 40);
        let _ = catch_unwind(AssertUnwindSafe(|| match i % 3 {
            0 | 1 => drop(tree.insert(Fragile(ledger.track(key)), ledger.track(i))),
            _ => drop(tree.remove(&Fragile(ledger.track(key)))),
        }));
        COUNTDOWN.set(u64::MAX);
        if i % 50 == 0 {
            tree.assert_invariants();
        }
    }
    assert!(tree.len() > 10);
    tree.clear();
    assert_eq!((tree.len(), tree.height()), (0, 1));
    drop(tree);
    ledger.assert_all_dropped_within(LIMIT, flush);
}

#[test]
fn a_closure_that_panics_changes_nothing() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let ledger = DropLedger::new();
    let tree = Small::new();
    tree.insert(ledger.track(1), ledger.track(10));
    let attempts: [&dyn Fn(); 4] = [
        &|| drop(tree.lookup(&1, |_| -> String { panic!("on purpose") })),
        &|| drop(tree.update(&1, |_| panic!("on purpose"))),
        &|| drop(tree.get_or_insert_with(ledger.track(2), || panic!("on purpose"))),
        &|| {
            drop(
                tree.entry(ledger.track(1))
                    .and_modify(|_| panic!("on purpose"))
                    .or_leave(),
            )
        },
    ];
    for attempt in attempts {
        assert!(catch_unwind(AssertUnwindSafe(attempt)).is_err());
        assert_eq!(tree.lookup(&1, Tracked::value), Some(10));
    }
    assert_eq!(tree.len(), 1);
    drop(tree);
    ledger.assert_all_dropped_within(LIMIT, flush);
}
