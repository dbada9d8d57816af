//! Limits, and what goes on once one is reached.

use std::time::{Duration, Instant};

use masstree_store::{Batch, Error, Isolation, Options, Result, Row, Store};

const LEVELS: [Isolation; 2] = [Isolation::Snapshot, Isolation::Serializable];

/// Waits for what the background thread does.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn is_key_too_long<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::KeyTooLong { len: 9, limit: 8 }))
}

#[test]
fn a_key_over_the_limit_is_refused_by_everything() {
    let store = Store::with_options(Options {
        key_limit: 8,
        ..Options::default()
    });
    let (long, longest) = (&[1_u8; 9][..], &[1_u8; 8][..]);
    let row = Row::single(b"v");
    assert!(is_key_too_long(store.get(long)));
    assert!(is_key_too_long(store.get_columns(long, &[0])));
    assert!(is_key_too_long(store.get_many(&[longest, long])));
    assert!(is_key_too_long(store.replace(long, b"")));
    assert!(is_key_too_long(store.put_row(long, row.clone())));
    assert!(is_key_too_long(store.put(long, &[(0, b"")])));
    assert!(is_key_too_long(store.remove(long)));
    assert!(is_key_too_long(store.compare_and_set(
        long,
        None,
        Some(&row)
    )));
    let mut batch = Batch::new();
    batch.replace(longest, b"").remove(long);
    assert!(is_key_too_long(store.batch(&batch)));
    let snapshot = store.snapshot();
    assert!(is_key_too_long(snapshot.get(long)));
    assert!(is_key_too_long(snapshot.get_many(&[long])));
    // Bounds are no keys.
    assert_eq!(snapshot.range(long..).count(), 0);
    for isolation in LEVELS {
        let mut tx = store.transaction(isolation);
        assert!(is_key_too_long(tx.get(long)));
        assert!(is_key_too_long(tx.replace(long, b"")));
        assert!(is_key_too_long(tx.put(long, &[(0, b"")])));
        assert!(is_key_too_long(tx.remove(long)));
        assert!(matches!(tx.commit(), Ok(None)));
    }
    assert_eq!((store.stats().rows, store.stats().versions), (0, 0));
    assert!(!store.replace(longest, b"").unwrap());
    assert_eq!(store.stats().rows, 1);
}

#[test]
fn keys_of_64_kib_are_keys() {
    let store = Store::with_options(Options {
        key_limit: 1 << 16,
        ..Options::default()
    });
    let mut keys: Vec<_> = (0..4_u8)
        .map(|last| vec![7; (1 << 16) - 4 + usize::from(last)])
        .collect();
    keys.push(vec![7; 1 << 16]);
    for key in &keys {
        assert!(!store.replace(key, key).unwrap());
    }
    let seen = store
        .snapshot()
        .prefix(&[7; 60_000])
        .map(|row| row.unwrap().0);
    assert!(seen.eq(keys.iter().cloned()));
    for key in &keys {
        assert!(store.remove(key).unwrap());
    }
}

#[test]
fn a_row_over_the_limit_is_refused_and_nothing_changes() {
    let store = Store::with_options(Options {
        row_limit: 100,
        ..Options::default()
    });
    let fits = [5; 99];
    store.replace(b"k", &fits).unwrap();
    let large = Row::single(&[6; 100]);
    let refused = |result: Result<bool>| {
        matches!(
            result,
            Err(Error::RowTooLarge {
                len: 101,
                limit: 100
            })
        )
    };
    assert!(refused(store.replace(b"k", &[6; 100])));
    assert!(refused(store.put_row(b"k", large.clone())));
    assert!(refused(store.compare_and_set(
        b"k",
        Some(&Row::single(&fits)),
        Some(&large)
    )));
    assert!(matches!(
        store.put(b"k", &[(1, b"more")]),
        Err(Error::RowTooLarge {
            len: 105,
            limit: 100
        })
    ));
    let mut batch = Batch::new();
    batch.replace(b"a", b"").put_row(b"k", large.clone());
    assert!(matches!(
        store.batch(&batch),
        Err(Error::RowTooLarge { .. })
    ));
    for isolation in LEVELS {
        let result = store.transact(isolation, |tx| {
            tx.replace(b"a", b"")?;
            tx.put(b"k", &[(1, b"more")])
        });
        assert!(matches!(result, Err(Error::RowTooLarge { .. })));
    }
    assert_eq!(store.get(b"k").unwrap(), Some(Row::single(&fits)));
    assert_eq!(store.stats().rows, 1);
    assert_eq!(store.stats().versions, 1);
}

#[test]
fn a_column_over_the_limit_is_refused() {
    let store = Store::with_options(Options {
        column_limit: 4,
        ..Options::default()
    });
    store.put(b"k", &[(3, b"last")]).unwrap();
    let refused = |result: Result<_>| {
        matches!(
            result,
            Err(Error::TooManyColumns {
                column: 9,
                limit: 4
            })
        )
    };
    assert!(refused(store.put(b"k", &[(0, b""), (9, b"x")]).map(drop)));
    let mut tx = store.transaction(Isolation::Snapshot);
    assert!(refused(tx.put(b"k", &[(9, b"x")])));
    // A number that no row could have does not make memory be asked for.
    assert!(store.put(b"k", &[(usize::MAX, b"x")]).is_err());
    assert_eq!(store.get(b"k").unwrap().unwrap().len(), 4);
}

#[test]
fn a_row_of_too_many_columns_is_refused() {
    let store = Store::with_options(Options {
        column_limit: 4,
        ..Options::default()
    });
    let wide = Row::from_columns([&b""[..]; 5]);
    let refused = |result: Result<bool>| {
        matches!(
            result,
            Err(Error::TooManyColumns {
                column: 4,
                limit: 4
            })
        )
    };
    assert!(refused(store.put_row(b"k", wide.clone())));
    assert!(refused(store.compare_and_set(b"k", None, Some(&wide))));
    let batch = store.batch(Batch::new().put_row(b"k", wide.clone()));
    assert!(matches!(batch, Err(Error::TooManyColumns { .. })));
    let result = store.transact(Isolation::Snapshot, |tx| tx.put_row(b"k", wide.clone()));
    assert!(matches!(result, Err(Error::TooManyColumns { .. })));
}

#[test]
fn at_the_memory_limit_writes_that_grow_are_refused_and_the_rest_goes_on() {
    const LIMIT: usize = 2 << 20;
    let store = Store::with_options(Options {
        memory_limit: Some(LIMIT),
        ..Options::default()
    });
    let key = |i: u32| i.to_be_bytes();
    let mut count = 0;
    let refusal = loop {
        match store.replace(&key(count), &[1; 500]) {
            Ok(existed) => assert!(!existed),
            Err(error) => break error,
        }
        count += 1;
    };
    assert!(matches!(refusal, Error::MemoryLimit { limit: LIMIT }));
    assert!(count > 1_000 && store.stats().bytes <= LIMIT + 4_096);
    assert_eq!(store.stats().rows, count as usize);

    let row = Row::single(&[2; 500]);
    assert!(matches!(
        store.put_row(&key(count), row.clone()),
        Err(Error::MemoryLimit { .. })
    ));
    assert!(matches!(
        store.compare_and_set(&key(count), None, Some(&row)),
        Err(Error::MemoryLimit { .. })
    ));
    let mut batch = Batch::new();
    batch.remove(&key(0)).put_row(&key(count), row);
    assert!(matches!(
        store.batch(&batch),
        Err(Error::MemoryLimit { .. })
    ));
    let result = store.transact(Isolation::Serializable, |tx| {
        tx.replace(&key(count), &[2; 500])
    });
    assert!(matches!(result, Err(Error::MemoryLimit { .. })));

    for i in 0..count {
        assert_eq!(
            store.get(&key(i)).unwrap().unwrap().column(0),
            Some(&[1; 500][..])
        );
    }
    assert_eq!(store.snapshot().range::<&[u8]>(..).count(), count as usize);
    for i in 0..count / 2 {
        assert!(store.remove(&key(i)).unwrap());
    }
    eventually("memory comes back", || store.stats().bytes < LIMIT * 3 / 4);
    for i in 0..count / 4 {
        assert!(!store.replace(&key(i), &[3; 500]).unwrap());
    }
}

#[test]
fn a_snapshot_that_is_too_old_says_so_in_every_answer() {
    const LIMIT: Duration = Duration::from_millis(40);
    let store = Store::with_options(Options {
        snapshot_limit: Some(LIMIT),
        ..Options::default()
    });
    store.replace(b"k", b"1").unwrap();
    let snapshot = store.snapshot();
    let mut half = snapshot.range::<&[u8]>(..);
    let mut reader = store.transaction(Isolation::Serializable);
    let mut writer = store.transaction(Isolation::Snapshot);
    writer.replace(b"k", b"3").unwrap();
    store.replace(b"k", b"2").unwrap();
    let too_old = |error: Error| matches!(error, Error::SnapshotTooOld { limit: LIMIT });
    eventually("it expires", || {
        snapshot.get(b"k").is_err() && store.stats().snapshots == 0
    });
    assert!(too_old(snapshot.get(b"k").unwrap_err()));
    assert!(too_old(snapshot.get_with(b"k", |_| ()).unwrap_err()));
    assert!(too_old(snapshot.get_many(&[b"k"]).unwrap_err()));
    assert!(too_old(
        snapshot.visit::<&[u8]>(.., |_, _| true).unwrap_err()
    ));
    assert!(too_old(
        snapshot.visit_rev::<&[u8]>(.., |_, _| true).unwrap_err()
    ));
    assert!(too_old(half.next().unwrap().unwrap_err()));
    assert!(half.next().is_none() && half.next_back().is_none());
    assert!(too_old(
        snapshot
            .clone()
            .prefix(b"")
            .next_back()
            .unwrap()
            .unwrap_err()
    ));
    assert!(too_old(reader.get(b"k").unwrap_err()));
    assert!(too_old(reader.rows::<&[u8]>(..).unwrap_err()));
    assert!(too_old(writer.commit().unwrap_err()));
    drop((snapshot, half, reader));
    eventually("freed", || store.stats().versions == 1);
    assert_eq!(store.get(b"k").unwrap(), Some(Row::single(b"2")));
    assert!(store.snapshot().get(b"k").unwrap().is_some());
}
