//! The machine crashes at every write and every sync of a workload on a store, and each of them fails once. What was acknowledged as durable is there
//! afterwards, whole; and a store whose disk has failed says so, takes no more writes, and goes on reading.

mod disk_support;
mod machine;

use std::sync::Arc;
use std::time::Duration;

use disk_support::Simulated;
use machine::{Contents, Workload, contents};
use masstree_store::disk::Error as DiskError;
use masstree_store::{Batch, Durability, Error, Isolation, Options, Store};
use masstree_testkit::disk::{Crash, Failure, SimulatedDisk, Unsynced};

const OPERATIONS: usize = 200;

/// Nothing is synced but at the workload's wish.
const NEVER: Durability = Durability::Interval(Duration::from_secs(3600));

fn open(disk: &SimulatedDisk, durability: Durability) -> Result<Store, Error> {
    let options = Options {
        durability,
        segment_bytes: 4 << 10,
        checkpoint_bytes: None,
        threads: std::num::NonZero::new(1),
        ..Options::default()
    };
    Ok(Store::open_on(Arc::new(Simulated(disk.clone())), options, |_| {})?.0)
}

/// Operations on the disk that the workload takes.
fn disk_operations(durability: Durability) -> u64 {
    let disk = SimulatedDisk::new();
    let store = open(&disk, durability).unwrap();
    let mut workload = Workload::new();
    for number in 0..OPERATIONS {
        workload.step(&store, number).unwrap();
    }
    assert_eq!(contents(&store), *workload.newest());
    disk.operations()
}

/// What is found on a disk is the state after some operation, not before `least`; and the store goes on from there.
fn check(disk: &SimulatedDisk, states: &[Contents], least: usize, what: &str) {
    let store = open(disk, Durability::Always).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = contents(&store);
    let at = states.iter().rposition(|state| *state == found);
    let at = at.unwrap_or_else(|| panic!("{what}: a state that never was: {found:?}"));
    assert!(
        at >= least,
        "{what}: the state after {at}, {least} were acknowledged"
    );
    store.replace(b"after", b"the crash").unwrap();
    drop(store);
    let store = open(disk, Durability::Always).unwrap();
    assert_eq!(store.stats().rows, found.len() + 1, "{what}");
}

fn crash_everywhere(durability: Durability) {
    for stop in 1..=disk_operations(durability) {
        let disk = SimulatedDisk::new();
        disk.fail_at(stop, Failure::Stop);
        let mut workload = Workload::new();
        if let Ok(store) = open(&disk, durability) {
            let stopped = (0..OPERATIONS).find_map(|number| workload.step(&store, number).err());
            if let Some(error) = stopped {
                assert!(matches!(error, Error::Disk(_)), "{error}");
            }
        }
        let mut crashes = vec![Crash::machine(), Crash::process()];
        crashes.extend(Crash::all(stop).nth(stop as usize % 12));
        for crash in crashes {
            let kept = (crash.bytes, crash.names) == (Unsynced::Kept, Unsynced::Kept);
            let least = match durability {
                Durability::Always => workload.acknowledged,
                _ if kept => workload.acknowledged,
                _ => workload.durable,
            };
            let what = format!("operation {stop} of the disk, {crash:?}");
            check(&disk.crash(&crash), &workload.states, least, &what);
        }
    }
}

#[test]
fn a_crash_at_every_write_and_sync_when_acknowledged_means_on_disk() {
    crash_everywhere(Durability::Always);
}

#[test]
fn a_crash_at_every_write_and_sync_between_intervals() {
    crash_everywhere(NEVER);
}

fn fits(error: &Error, failure: Failure) -> bool {
    let Error::Disk(error) = error else {
        return false;
    };
    let mut root = error;
    while let DiskError::ReadOnly { because } | DiskError::CheckpointsStopped { because } = root {
        root = because;
    }
    match root {
        DiskError::DiskFull { .. } => failure == Failure::NoSpace,
        DiskError::Io { .. } | DiskError::SyncFailed { .. } => failure != Failure::NoSpace,
        _ => false,
    }
}

/// All writes are refused, and what is there can be read.
fn expect_read_only(store: &Store, failure: Failure, what: &str) {
    let before = contents(store);
    let failed = store.failure().unwrap();
    assert!(fits(&failed, failure), "{what}: {failed}");
    let refused = |error: Option<Error>| error.is_some_and(|error| fits(&error, failure));
    assert!(refused(store.replace(b"new", b"").err()), "{what}");
    assert!(refused(store.put(b"key 1", &[(2, b"x")]).err()), "{what}");
    for (key, row) in &before {
        assert!(refused(store.remove(key).err()), "{what}");
        assert!(
            refused(store.compare_and_set(key, Some(row), None).err()),
            "{what}"
        );
        assert_eq!(store.get(key).unwrap().as_ref(), Some(row), "{what}");
    }
    assert!(
        refused(store.batch(Batch::new().replace(b"new", b"")).err()),
        "{what}"
    );
    for isolation in [Isolation::Snapshot, Isolation::Serializable] {
        let written = store.transact(isolation, |tx| tx.replace(b"new", b""));
        assert!(refused(written.err()), "{what}");
        let read = store.transact(isolation, |tx| tx.rows::<&[u8]>(..));
        assert_eq!(read.unwrap().len(), before.len(), "{what}");
    }
    assert!(refused(store.sync().err()), "{what}");
    assert!(store.checkpoint().is_err(), "{what}");
    assert_eq!(contents(store), before, "{what}: a write that was refused");
    assert_eq!(store.stats().rows, before.len(), "{what}");
}

#[test]
fn a_store_whose_disk_fails_turns_read_only_and_says_so() {
    let failures = [Failure::NoSpace, Failure::Io, Failure::ShortWrite];
    for at in 1..=disk_operations(Durability::Always) {
        let failure = failures[at as usize % 3];
        let what = format!("operation {at} of the disk, {failure:?}");
        let disk = SimulatedDisk::new();
        disk.fail_at(at, failure);
        let mut workload = Workload::new();
        match open(&disk, Durability::Always) {
            Err(error) => assert!(fits(&error, failure), "{what}: {error}"),
            Ok(store) => {
                for number in 0..OPERATIONS {
                    let Err(error) = workload.step(&store, number) else {
                        continue;
                    };
                    assert!(fits(&error, failure), "{what}: {error}");
                    if store.failure().is_some() {
                        break;
                    }
                    // A checkpoint was given up, and the log goes on.
                    assert!(Workload::is_checkpoint(number), "{what}: {error}");
                }
                let found = contents(&store);
                let last = workload.states.len() - 1;
                let whole = workload.states[workload.acknowledged..=last].contains(&found);
                assert!(whole, "{what}: a part of a write");
                if store.failure().is_some() {
                    expect_read_only(&store, failure, &what);
                }
            }
        }
        for crash in [Crash::process(), Crash::machine()] {
            let what = format!("{what}, then {crash:?}");
            check(
                &disk.crash(&crash),
                &workload.states,
                workload.acknowledged,
                &what,
            );
        }
    }
}
