//! Transactions: what each level forbids, and what it allows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use masstree_store::{Batch, Error, Isolation, Row, Store, Transaction};

const BOTH: [Isolation; 2] = [Isolation::Snapshot, Isolation::Serializable];

fn column(row: Option<Row>) -> Option<Vec<u8>> {
    row.map(|row| row.column(0).unwrap().to_vec())
}

#[test]
fn a_transaction_reads_its_own_writes_and_nobody_else_does() {
    for isolation in BOTH {
        let store = Store::in_memory();
        store.replace(b"a", b"1").unwrap();
        store.replace(b"c", b"1").unwrap();
        let mut tx = store.transaction(isolation);
        tx.replace(b"b", b"2").unwrap();
        tx.remove(b"c").unwrap();
        tx.put(b"a", &[(1, b"x")]).unwrap();
        let keys =
            |rows: Vec<(Vec<u8>, Row)>| rows.into_iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(keys(tx.rows::<&[u8]>(..).unwrap()), [b"a", b"b"]);
        assert_eq!(column(tx.get(b"c").unwrap()), None);
        assert_eq!(column(store.get(b"c").unwrap()), Some(b"1".to_vec()));
        assert_eq!(store.get(b"b").unwrap(), None);
        assert!(tx.commit().unwrap().is_some());
        assert_eq!(store.get(b"c").unwrap(), None);
        assert_eq!(store.get(b"a").unwrap().unwrap().len(), 2);
    }
}

#[test]
fn the_first_to_commit_wins() {
    for isolation in BOTH {
        let store = Store::in_memory();
        let mut first = store.transaction(isolation);
        let mut second = store.transaction(isolation);
        first.replace(b"k", b"1").unwrap();
        second.replace(b"k", b"2").unwrap();
        first.commit().unwrap();
        assert!(matches!(second.commit(), Err(Error::Conflict { key }) if key == b"k"));
        assert_eq!(column(store.get(b"k").unwrap()), Some(b"1".to_vec()));
    }
}

#[test]
fn write_skew_is_refused_when_serializable_and_only_then() {
    for isolation in BOTH {
        let store = Store::in_memory();
        store.replace(b"x", b"on").unwrap();
        store.replace(b"y", b"on").unwrap();
        let mut first = store.transaction(isolation);
        let mut second = store.transaction(isolation);
        first.get(b"x").unwrap();
        second.get(b"y").unwrap();
        first.replace(b"y", b"off").unwrap();
        second.replace(b"x", b"off").unwrap();
        first.commit().unwrap();
        assert_eq!(
            second.commit().is_err(),
            isolation == Isolation::Serializable
        );
    }
}

#[test]
fn a_phantom_is_refused_when_serializable() {
    for (inside, refused) in [(&b"m"[..], true), (b"z", false)] {
        let store = Store::in_memory();
        store.replace(b"b", b"").unwrap();
        let mut tx = store.transaction(Isolation::Serializable);
        assert_eq!(tx.rows(&b"a"[..]..&b"n"[..]).unwrap().len(), 1);
        tx.replace(b"count", b"1").unwrap();
        store.replace(inside, b"").unwrap();
        assert_eq!(tx.commit().is_err(), refused);
    }
}

#[test]
fn a_scan_that_stopped_early_conflicts_only_with_what_it_saw() {
    let store = Store::in_memory();
    for key in [b"a", b"b", b"c"] {
        store.replace(key, b"").unwrap();
    }
    let mut tx = store.transaction(Isolation::Serializable);
    tx.visit::<&[u8]>(.., |key, _| key < b"b").unwrap();
    tx.replace(b"z", b"").unwrap();
    store.remove(b"c").unwrap();
    tx.commit().unwrap();
}

#[test]
fn an_inverted_range_is_empty() {
    let store = Store::in_memory();
    store.replace(b"k", b"").unwrap();
    let mut tx = store.transaction(Isolation::Serializable);
    tx.replace(b"l", b"").unwrap();
    assert!(tx.rows("z".."a").unwrap().is_empty());
    assert_eq!(store.snapshot().range("z".."a").count(), 0);
}

#[test]
fn a_transaction_outlives_many_commits_of_others() {
    let store = Store::in_memory();
    store.replace(b"mine", b"0").unwrap();
    let mut tx = store.transaction(Isolation::Serializable);
    tx.get(b"mine").unwrap();
    tx.replace(b"mine", b"1").unwrap();
    for i in 0..300_000_u32 {
        store.replace(&(i % 1000).to_be_bytes(), b"other").unwrap();
    }
    tx.commit().unwrap();
}

#[test]
fn a_savepoint_takes_back_what_came_after() {
    let store = Store::in_memory();
    store.replace(b"k", b"0").unwrap();
    let mut tx = store.transaction(Isolation::Snapshot);
    tx.replace(b"k", b"1").unwrap();
    let savepoint = tx.savepoint();
    tx.replace(b"k", b"2").unwrap();
    tx.remove(b"k").unwrap();
    tx.replace(b"other", b"").unwrap();
    tx.rollback_to(savepoint);
    assert_eq!(column(tx.get(b"k").unwrap()), Some(b"1".to_vec()));
    tx.commit().unwrap();
    assert_eq!(column(store.get(b"k").unwrap()), Some(b"1".to_vec()));
    assert_eq!(store.get(b"other").unwrap(), None);
}

#[test]
fn a_dropped_transaction_leaves_nothing() {
    let store = Store::in_memory();
    let mut tx = store.transaction(Isolation::Snapshot);
    tx.replace(b"k", b"1").unwrap();
    drop(tx);
    assert_eq!(store.stats().versions, 0);
    assert_eq!(store.stats().snapshots, 0);
}

#[test]
fn a_batch_happens_at_once() {
    let store = Store::in_memory();
    store.replace(b"c", b"").unwrap();
    let mut batch = Batch::new();
    batch
        .replace(b"a", b"1")
        .replace(b"b", b"2")
        .remove(b"c")
        .remove(b"d");
    assert!(store.batch(&batch).unwrap().is_some());
    let keys: Vec<_> = store
        .snapshot()
        .range::<&[u8]>(..)
        .map(|row| row.unwrap().0)
        .collect();
    assert_eq!(keys, [b"a", b"b"]);
    assert_eq!(store.batch(&Batch::new()).unwrap(), None);
}

#[test]
fn no_increment_is_lost() {
    for isolation in BOTH {
        let store = Store::in_memory();
        let commits = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for i in 0..2_000_u32 {
                        let key = [i as u8 % 3];
                        store
                            .transact(isolation, |tx| {
                                let old = tx.get(&key)?.map_or(0, |row| {
                                    u64::from_be_bytes(row.column(0).unwrap().try_into().unwrap())
                                });
                                tx.replace(&key, &(old + 1).to_be_bytes())
                            })
                            .unwrap();
                        commits.fetch_add(1, Relaxed);
                    }
                });
            }
        });
        let sum: u64 = store
            .snapshot()
            .range::<&[u8]>(..)
            .map(|row| u64::from_be_bytes(row.unwrap().1.column(0).unwrap().try_into().unwrap()))
            .sum();
        assert_eq!(sum, commits.into_inner());
        assert_eq!(store.stats().rows, 3);
    }
}

#[test]
fn two_singles_see_all_or_nothing_of_a_transaction() {
    let store = Store::in_memory();
    let write = |n: u64| {
        let mut batch = Batch::new();
        batch
            .replace(b"x", &n.to_be_bytes())
            .replace(b"y", &n.to_be_bytes());
        store.batch(&batch).unwrap();
    };
    write(0);
    let read = |key: &[u8]| {
        u64::from_be_bytes(
            store
                .get(key)
                .unwrap()
                .unwrap()
                .column(0)
                .unwrap()
                .try_into()
                .unwrap(),
        )
    };
    thread::scope(|scope| {
        scope.spawn(|| (1..50_000).for_each(write));
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..50_000 {
                    let x = read(b"x");
                    assert!(read(b"y") >= x, "y is older than the x seen before it");
                }
            });
        }
    });
}

#[test]
fn many_writes_are_scanned_and_taken_back_as_few_are() {
    for count in [1_u32, 2, 15, 16, 17, 18, 40, 5000] {
        let store = Store::in_memory();
        let key = |number: u32| {
            let mut key = number.to_be_bytes().to_vec();
            // Some too long to lie in place.
            key.resize(if number.is_multiple_of(3) { 40 } else { 4 }, 7);
            key
        };
        for number in (0..count).step_by(2) {
            store.replace(&key(number), b"old").unwrap();
        }
        let mut tx = store.transaction(Isolation::Serializable);
        let check = |tx: &mut Transaction, model: &BTreeMap<Vec<u8>, Vec<u8>>| {
            let rows = tx.rows::<&[u8]>(..).unwrap().into_iter();
            let rows = rows.map(|(key, row)| (key, column(Some(row)).unwrap()));
            assert!(rows.eq(model.clone()), "{count}");
            let from = key(count / 3);
            let rows = tx.rows(&from[..]..).unwrap();
            assert_eq!(rows.len(), model.range(from.clone()..).count(), "{count}");
            assert_eq!(column(tx.get(&from).unwrap()), model.get(&from).cloned());
        };
        let mut model: BTreeMap<Vec<u8>, Vec<u8>> = (0..count)
            .step_by(2)
            .map(|number| (key(number), b"old".to_vec()))
            .collect();
        let change = |tx: &mut Transaction, model: &mut BTreeMap<_, _>, number, column: &[u8]| {
            let key = key(number);
            if number % 5 == 4 {
                assert_eq!(tx.remove(&key).unwrap(), model.remove(&key).is_some());
            } else {
                tx.replace(&key, column).unwrap();
                model.insert(key, column.to_vec());
            }
        };
        for number in (0..count / 2 + 1).rev() {
            change(&mut tx, &mut model, number, b"first");
        }
        check(&mut tx, &model);
        let savepoint = tx.savepoint();
        let before = model.clone();
        for number in 0..count + 3 {
            change(&mut tx, &mut model, number, b"second");
        }
        check(&mut tx, &model);
        tx.rollback_to(savepoint);
        check(&mut tx, &before);
        tx.commit().unwrap();
        let rows = store.snapshot();
        let rows = rows.range::<&[u8]>(..).map(Result::unwrap);
        assert!(
            rows.map(|(key, row)| (key, column(Some(row)).unwrap()))
                .eq(before)
        );
    }
}

#[test]
fn what_was_read_and_written_conflicts_if_somebody_else_writes_it() {
    for isolation in BOTH {
        for others in 0..40_u32 {
            let store = Store::in_memory();
            store.replace(b"k", b"0").unwrap();
            let mut tx = store.transaction(isolation);
            for other in 0..others {
                tx.get(&other.to_be_bytes()).unwrap();
                tx.replace(&other.to_be_bytes(), b"1").unwrap();
            }
            tx.get(b"k").unwrap();
            tx.replace(b"k", b"1").unwrap();
            store.replace(b"k", b"2").unwrap();
            assert!(matches!(tx.commit(), Err(Error::Conflict { key }) if key == b"k"));
            assert_eq!(column(store.get(b"k").unwrap()), Some(b"2".to_vec()));
            assert_eq!(store.stats().rows, 1);
        }
    }
}

#[test]
fn two_that_write_one_key_and_read_that_of_the_other_do_not_both_commit() {
    let store = Store::in_memory();
    for round in 0..500_u32 {
        store.replace(b"x", b"on").unwrap();
        store.replace(b"y", b"on").unwrap();
        let barrier = std::sync::Barrier::new(2);
        let commit = |reads: &[u8], writes: &[u8]| {
            let mut tx = store.transaction(Isolation::Serializable);
            tx.get(reads).unwrap();
            tx.replace(writes, b"off").unwrap();
            barrier.wait();
            tx.commit().is_ok()
        };
        let both = thread::scope(|scope| {
            let other = scope.spawn(|| commit(b"y", b"x"));
            (commit(b"x", b"y"), other.join().unwrap())
        });
        assert_ne!(both, (true, true), "{round}");
        let off = |key: &[u8]| column(store.get(key).unwrap()) == Some(b"off".to_vec());
        assert_eq!((off(b"y"), off(b"x")), both);
    }
}
