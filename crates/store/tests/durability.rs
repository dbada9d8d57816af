//! What is acknowledged is there after the store is opened again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use masstree_store::{Batch, Durability, Error, Isolation, Options, Row, Store};

fn contents(store: &Store) -> BTreeMap<Vec<u8>, Row> {
    store
        .snapshot()
        .range::<&[u8]>(..)
        .map(Result::unwrap)
        .collect()
}

fn options(directory: &tempfile::TempDir, durability: Durability) -> Options {
    Options {
        durability,
        segment_bytes: 64 << 10,
        ..Options::new(directory.path())
    }
}

#[test]
fn every_kind_of_write_is_there_again() {
    for durability in [Durability::default(), Durability::Always] {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(options(&directory, durability)).unwrap();
        for i in 0..100_u32 {
            store.replace(&i.to_be_bytes(), b"old").unwrap();
        }
        store.put(b"columns", &[(0, b"a"), (3, b"d")]).unwrap();
        store.put(b"columns", &[(1, b"b")]).unwrap();
        store.remove(&7_u32.to_be_bytes()).unwrap();
        let (old, new) = (Row::single(b"old"), Row::single(b"new"));
        assert!(
            store
                .compare_and_set(&8_u32.to_be_bytes(), Some(&old), Some(&new))
                .unwrap()
        );
        let mut batch = Batch::new();
        batch
            .replace(b"x", b"1")
            .replace(b"y", &[9; 5000])
            .remove(&9_u32.to_be_bytes());
        store.batch(&batch).unwrap();
        store
            .transact(Isolation::Serializable, |tx| {
                tx.remove(b"x")?;
                tx.replace(b"z", b"2")
            })
            .unwrap();
        let mut dropped = store.transaction(Isolation::Snapshot);
        dropped.replace(b"never", b"").unwrap();
        drop(dropped);
        let before = contents(&store);
        drop(store);
        let (store, report) = Store::open_with(options(&directory, durability), |_| {}).unwrap();
        assert_eq!(contents(&store), before);
        assert_eq!(store.stats().rows, before.len());
        assert_eq!(report.torn, None);
    }
}

#[test]
fn a_checkpoint_beside_writers_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(options(&directory, Durability::default())).unwrap();
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        for worker in 0..2_u32 {
            let (store, ends) = (&store, &ends);
            scope.spawn(move || {
                let mut round = 0_u32;
                while !ends.load(Relaxed) {
                    round += 1;
                    let key = [worker.to_be_bytes(), (round % 3000).to_be_bytes()].concat();
                    if round.is_multiple_of(7) {
                        store.remove(&key).unwrap();
                    } else {
                        store.replace(&key, &round.to_be_bytes()).unwrap();
                    }
                }
            });
        }
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(50));
            store.checkpoint().unwrap();
        }
        ends.store(true, Relaxed);
    });
    let before = contents(&store);
    drop(store);
    let (store, report) =
        Store::open_with(options(&directory, Durability::default()), |_| {}).unwrap();
    assert!(report.rows > 0 && report.timestamp > 0, "{report:?}");
    assert_eq!(contents(&store), before);
}

#[test]
fn checkpoints_come_by_themselves() {
    let directory = tempfile::tempdir().unwrap();
    let small = Options {
        checkpoint_bytes: Some(10_000),
        ..options(&directory, Durability::default())
    };
    let store = Store::open(small.clone()).unwrap();
    for i in 0..2_000_u32 {
        store.replace(&i.to_be_bytes(), &[1; 100]).unwrap();
    }
    thread::sleep(Duration::from_millis(700));
    let before = contents(&store);
    drop(store);
    let (store, report) = Store::open_with(small, |_| {}).unwrap();
    assert_eq!(report.rows, 2_000);
    assert_eq!(contents(&store), before);
}

#[test]
fn a_directory_in_use_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(options(&directory, Durability::default())).unwrap();
    let second = Store::open(options(&directory, Durability::default()));
    assert!(matches!(
        second,
        Err(Error::Disk(masstree_store::disk::Error::InUse { .. }))
    ));
    drop(store);
    Store::open(options(&directory, Durability::default())).unwrap();
}

#[test]
fn a_checkpoint_may_take_longer_than_a_snapshot_may_be_held() {
    let directory = tempfile::tempdir().unwrap();
    let limited = Options {
        snapshot_limit: Some(Duration::from_millis(1)),
        sweep_interval: Duration::from_millis(1),
        checkpoint_bytes: None,
        ..options(&directory, Durability::default())
    };
    let store = Store::open(limited.clone()).unwrap();
    for i in 0..20_000_u32 {
        store.replace(&i.to_be_bytes(), b"row").unwrap();
    }
    store.checkpoint().unwrap();
    drop(store);
    let (store, report) = Store::open_with(limited, |_| {}).unwrap();
    assert_eq!((report.rows, store.stats().rows), (20_000, 20_000));
}

#[test]
fn without_durability_only_checkpoints_are_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(options(&directory, Durability::None)).unwrap();
    store.replace(b"a", b"1").unwrap();
    store.checkpoint().unwrap();
    store.replace(b"b", b"2").unwrap();
    drop(store);
    let store = Store::open(options(&directory, Durability::None)).unwrap();
    assert_eq!(store.get(b"a").unwrap(), Some(Row::single(b"1")));
    assert_eq!(store.get(b"b").unwrap(), None);
}
