//! Replay by several threads: each key's changes in order, and errors as with one.

mod disk_support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use disk_support::{Simulated, quiet};
use masstree_store::disk::{Change, Error, LogOptions, recover};
use masstree_testkit::disk::SimulatedDisk;

const TRANSACTIONS: u64 = 40_000;
const KEYS: u64 = 500;

/// A log of several segments whose transactions each change three keys.
fn filled() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let open = recover(
        Arc::new(Simulated(disk.clone())),
        1,
        |_| {},
        |_, _| Ok::<_, Error>(()),
        |_| Ok(()),
    );
    let options = LogOptions {
        segment_bytes: 1 << 20,
        ..quiet()
    };
    let (log, _) = open.unwrap().open(&options, Default::default()).unwrap();
    for number in 1..=TRANSACTIONS {
        let keys = keys_of(number).map(u64::to_be_bytes);
        let row = number.to_be_bytes();
        let changes = [
            Change::Replace {
                key: &keys[0],
                row: &row,
            },
            Change::Remove { key: &keys[1] },
            Change::Columns {
                key: &keys[2],
                columns: &[(3, &row)],
            },
        ];
        log.append(&changes, || Some(number)).unwrap();
    }
    log.close().unwrap();
    disk
}

fn keys_of(number: u64) -> [u64; 3] {
    [
        number % KEYS,
        (number * 7 + 1) % KEYS,
        (number * 13 + 2) % KEYS,
    ]
}

#[test]
fn the_changes_of_a_key_come_in_order_whatever_the_threads() {
    let mut expected: HashMap<u64, Vec<u64>> = HashMap::new();
    for number in 1..=TRANSACTIONS {
        for key in keys_of(number) {
            expected.entry(key).or_default().push(number);
        }
    }
    let disk = filled();
    for threads in [1, 2, 3, 7] {
        let seen: Mutex<HashMap<u64, Vec<u64>>> = Mutex::default();
        let told = AtomicU64::new(0);
        let recovered = recover(
            Arc::new(Simulated(disk.clone())),
            threads,
            |progress| {
                told.fetch_max(progress.done, Relaxed);
            },
            |_, _| Ok::<_, Error>(()),
            |changes| {
                assert_eq!(changes.keys().count(), changes.len());
                changes.for_each(|timestamp, change| {
                    let key = u64::from_be_bytes(change.key().try_into().unwrap());
                    let mut seen = seen.lock().unwrap();
                    seen.entry(key).or_default().push(timestamp);
                    Ok(())
                })
            },
        );
        let report = recovered.unwrap().report;
        assert_eq!(
            (report.records, report.timestamp),
            (TRANSACTIONS, TRANSACTIONS)
        );
        assert!(seen.into_inner().unwrap() == expected, "{threads} threads");
        assert!(told.into_inner() > 1 << 20);
    }
}

#[test]
fn an_error_of_one_thread_ends_all() {
    let disk = filled();
    for threads in [1, 3] {
        let recovered = recover(
            Arc::new(Simulated(disk.clone())),
            threads,
            |_| {},
            |_, _| Ok::<_, Error>(()),
            |changes| {
                changes.for_each(|timestamp, _| match timestamp {
                    9_000.. => Err(Error::CheckpointRunning),
                    _ => Ok(()),
                })
            },
        );
        assert!(matches!(recovered.err(), Some(Error::CheckpointRunning)));
    }
}

#[test]
fn damage_in_the_middle_is_named_whatever_the_threads() {
    let disk = filled();
    let mut files = disk.files().unwrap();
    files.get_mut("00000002.log").unwrap()[500_000] ^= 1;
    let find = |threads| {
        let found = recover(
            Arc::new(Simulated(SimulatedDisk::with_files(files.clone()))),
            threads,
            |_| {},
            |_, _| Ok::<_, Error>(()),
            |_| Ok(()),
        );
        match found.err() {
            Some(Error::Damaged { file, offset, .. }) => (file, offset),
            other => panic!("{other:?}"),
        }
    };
    let one = find(1);
    assert_eq!(one.0, "00000002.log");
    assert!((499_000..=500_000).contains(&one.1), "{one:?}");
    assert_eq!(find(3), one);
}
