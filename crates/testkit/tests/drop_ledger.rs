//! The ledger counts every drop, and sees the faults it is there for.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use masstree_testkit::drops::{DropLedger, Tracked};

fn message(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it should panic");
    *payload.downcast::<String>().expect("a formatted message")
}

#[test]
fn counts_across_chunks_and_threads() {
    let ledger = DropLedger::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let values: Vec<Tracked> = (0..2_000).map(|i| ledger.track(i)).collect();
                assert!(values.iter().zip(0..).all(|(v, i)| v.value() == i));
            });
        }
    });
    assert_eq!((ledger.created(), ledger.dropped()), (8_000, 8_000));
    ledger.assert_live(0);
    ledger.assert_all_dropped_once();
}

#[test]
fn numbers_are_unique_and_clones_count() {
    let ledger = DropLedger::new();
    let value = ledger.track(5);
    let clone = value.clone();
    assert_eq!(value, clone);
    assert_ne!(value.id(), clone.id());
    ledger.assert_live(2);
    drop(value);
    assert_eq!(clone.value(), 5);
    drop(clone);
    ledger.assert_all_dropped_once();
}

#[test]
fn a_leak_is_named() {
    let ledger = DropLedger::new();
    drop(ledger.track(1));
    let leaked = ledger.track(2);
    let text = message(|| ledger.assert_all_dropped_once());
    assert!(
        text.contains("1 of 2 values") && text.contains("[(1, 0)]"),
        "{text}"
    );
    let text = message(|| ledger.assert_all_dropped_within(Duration::from_millis(5), || ()));
    assert!(text.contains("not dropped exactly once"), "{text}");
    drop(leaked);
}

#[test]
fn late_drops_are_waited_for() {
    let ledger = DropLedger::new();
    let mut garbage: Vec<Tracked> = (0..10).map(|i| ledger.track(i)).collect();
    ledger.assert_all_dropped_within(Duration::from_secs(60), || drop(garbage.pop()));
}

#[test]
#[expect(
    clippy::mutable_key_type,
    reason = "a Tracked key is ordered by its id, which never changes"
)]
fn serves_as_a_key_looked_up_by_its_payload() {
    let ledger = DropLedger::new();
    let mut map = BTreeMap::new();
    for i in [3, 1, 2] {
        map.insert(ledger.track(i), i);
    }
    assert_eq!(map.get(&2), Some(&2));
    assert_eq!(map.insert(ledger.track(2), 20), Some(2));
    ledger.assert_live(3);
    assert_eq!(map.remove(&2), Some(20));
    drop(map);
    ledger.assert_all_dropped_once();
}

fn is_send_and_sync<T: Send + Sync + 'static>() {}

#[test]
fn values_and_ledgers_cross_threads() {
    is_send_and_sync::<Tracked>();
    is_send_and_sync::<DropLedger>();
}
