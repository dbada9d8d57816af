//! Closures that panic, and transactions that are dropped in every state: nothing stays behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use masstree_store::{Batch, Error, Isolation, Row, Store};

const LEVELS: [Isolation; 2] = [Isolation::Snapshot, Isolation::Serializable];

fn store() -> Store {
    let store = Store::in_memory();
    for key in [b"a", b"b", b"c"] {
        store.replace(key, b"1").unwrap();
    }
    store
}

/// Whether nothing is held and the rows are as they were; and whether the store takes writes of every kind.
fn expect_untouched(store: &Store) {
    let rows: Vec<_> = store
        .snapshot()
        .range::<&[u8]>(..)
        .map(Result::unwrap)
        .collect();
    let one = Row::single(b"1");
    let expected = [b"a", b"b", b"c"].map(|key| (key.to_vec(), one.clone()));
    assert_eq!(rows, expected);
    assert_eq!(store.stats().snapshots, 0);
    store.replace(b"a", b"2").unwrap();
    store
        .transact(Isolation::Serializable, |tx| tx.replace(b"a", b"3"))
        .unwrap();
    store.batch(Batch::new().replace(b"a", b"1")).unwrap();
    let started = Instant::now();
    while store.stats().versions != 3 || store.stats().waiting != 0 {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{:?}",
            store.stats()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn panics(what: impl FnOnce()) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(what));
    std::panic::set_hook(hook);
    assert!(result.is_err());
}

#[test]
fn a_closure_that_panics_leaves_the_store_usable() {
    let store = store();
    panics(|| store.get_with(b"a", |_| panic!("in get_with")).unwrap());
    expect_untouched(&store);
    panics(|| {
        let snapshot = store.snapshot();
        snapshot.get_with(b"a", |_| panic!("in get_with")).unwrap();
    });
    expect_untouched(&store);
    panics(|| {
        let snapshot = store.snapshot();
        snapshot
            .visit::<&[u8]>(.., |key, _| {
                if key == b"b" {
                    panic!("in visit")
                } else {
                    true
                }
            })
            .unwrap();
    });
    expect_untouched(&store);
    for isolation in LEVELS {
        panics(|| {
            let result = store.transact(isolation, |tx| {
                tx.get(b"a")?;
                tx.replace(b"a", b"9")?;
                tx.remove(b"b")?;
                if tx.get(b"b")?.is_none() {
                    panic!("in transact");
                }
                Ok::<_, Error>(())
            });
            result.unwrap();
        });
        expect_untouched(&store);
        panics(|| {
            let mut tx = store.transaction(isolation);
            tx.replace(b"aa", b"9").unwrap();
            tx.visit::<&[u8]>(.., |key, _| {
                if key == b"aa" {
                    panic!("in visit")
                } else {
                    true
                }
            })
            .unwrap();
        });
        expect_untouched(&store);
    }
}

#[test]
fn a_transaction_goes_on_after_a_panic_in_a_visit() {
    for isolation in LEVELS {
        let store = store();
        let mut tx = store.transaction(isolation);
        tx.replace(b"b", b"9").unwrap();
        panics(|| tx.visit::<&[u8]>(.., |_, _| panic!("in visit")).unwrap());
        assert_eq!(tx.get(b"b").unwrap(), Some(Row::single(b"9")));
        tx.commit().unwrap();
        assert_eq!(store.get(b"b").unwrap(), Some(Row::single(b"9")));
    }
}

#[test]
fn a_body_that_fails_writes_nothing_and_is_not_run_again() {
    let store = store();
    for isolation in LEVELS {
        let mut runs = 0;
        let result: Result<(), Error> = store.transact(isolation, |tx| {
            runs += 1;
            tx.replace(b"a", b"9")?;
            tx.remove(b"c")?;
            Err(Error::OutOfMemory)
        });
        assert!(matches!(result, Err(Error::OutOfMemory)));
        assert_eq!(runs, 1);
        expect_untouched(&store);
    }
}

#[test]
fn a_transaction_dropped_in_any_state_leaves_nothing() {
    let store = store();
    for isolation in LEVELS {
        drop(store.transaction(isolation));
        expect_untouched(&store);

        let mut read = store.transaction(isolation);
        read.get(b"a").unwrap();
        read.rows::<&[u8]>(..).unwrap();
        drop(read);
        expect_untouched(&store);

        let mut written = store.transaction(isolation);
        written.replace(b"a", b"9").unwrap();
        written.replace(b"new", b"9").unwrap();
        written.remove(b"b").unwrap();
        drop(written);
        expect_untouched(&store);

        let mut rolled_back = store.transaction(isolation);
        let savepoint = rolled_back.savepoint();
        rolled_back.remove(b"b").unwrap();
        rolled_back.savepoint();
        rolled_back.rollback_to(savepoint);
        drop(rolled_back);
        expect_untouched(&store);

        let mut loser = store.transaction(isolation);
        loser.replace(b"new", b"9").unwrap();
        loser.replace(b"c", b"9").unwrap();
        store.replace(b"c", b"1").unwrap();
        assert!(matches!(loser.commit(), Err(Error::Conflict { key }) if key == b"c"));
        expect_untouched(&store);

        let mut aborted = store.transaction(isolation);
        aborted.remove(b"a").unwrap();
        aborted.abort();
        expect_untouched(&store);

        let mut empty = store.transaction(isolation);
        assert!(!empty.remove(b"none").unwrap());
        assert_eq!(empty.commit().unwrap(), None);
        expect_untouched(&store);
    }
}

#[test]
fn a_snapshot_outlives_the_handle_it_came_from() {
    let store = store();
    let snapshot = store.snapshot();
    let mut tx = store.transaction(Isolation::Serializable);
    drop(store);
    assert_eq!(snapshot.range::<&[u8]>(..).count(), 3);
    tx.replace(b"d", b"1").unwrap();
    assert!(tx.commit().unwrap().is_some());
    assert_eq!(snapshot.get(b"d").unwrap(), None);
}
