//! Each operation of a workload fails once: the disk is full, an I/O error, a short write, a failed sync. The failure is told, nothing
//! is acknowledged after it that is not on disk, and opening again recovers what was.

mod disk_support;

use disk_support::{Contents, Model, Simulated, quiet, read};
use masstree_store::disk::{Change, Error};
use masstree_testkit::disk::{Crash, Failure, SimulatedDisk};

const TRANSACTIONS: usize = 110;

fn root(error: &Error) -> &Error {
    match error {
        Error::ReadOnly { because } | Error::CheckpointsStopped { because } => root(because),
        other => other,
    }
}

#[test]
fn each_operation_fails_once() {
    let whole = SimulatedDisk::new();
    let mut model = Model::open(Simulated(whole.clone()), &quiet()).unwrap();
    model.play(TRANSACTIONS).unwrap();
    let operations = whole.operations();
    std::mem::forget(model.log);
    for at in 1..=operations {
        for failure in [Failure::NoSpace, Failure::Io, Failure::ShortWrite] {
            let what = format!("operation {at} of {operations}, {failure:?}");
            let disk = SimulatedDisk::new();
            disk.fail_at(at, failure);
            let mut model = match Model::open(Simulated(disk.clone()), &quiet()) {
                Ok(model) => model,
                Err(error) => {
                    told(&error, failure, &what);
                    let (contents, _) = read(Simulated(disk)).unwrap();
                    assert_eq!(contents, Contents::new(), "{what}");
                    continue;
                }
            };
            match model.play(TRANSACTIONS) {
                Ok(()) => {
                    // Only a file that could not be removed is no failure.
                    assert!(model.log.failure().is_none(), "{what}");
                    assert_eq!(model.newest(), TRANSACTIONS);
                }
                Err(error) => told(&error, failure, &what),
            }
            let read_only = model.log.failure().is_some();
            let refused = model.log.append(&[Change::Remove { key: b"" }], || None);
            assert_eq!(refused.is_err(), read_only, "{what}");
            let (states, durable) = (std::mem::take(&mut model.states), model.durable);
            drop(model);

            for crash in [Crash::process(), Crash::machine()] {
                let (contents, report) = read(Simulated(disk.crash(&crash))).unwrap();
                let at = report.timestamp as usize;
                assert!(
                    at >= durable && at < states.len(),
                    "{what}: {at} of {durable}"
                );
                assert!(contents == states[at], "{what}: not the state at {at}");
            }
        }
    }
}

fn told(error: &Error, failure: Failure, what: &str) {
    let fits = match root(error) {
        Error::DiskFull { file } => failure == Failure::NoSpace && !file.is_empty(),
        Error::Io { file, .. } | Error::SyncFailed { file, .. } => {
            failure != Failure::NoSpace && !file.is_empty()
        }
        _ => false,
    };
    assert!(fits, "{what}: {error:?}");
}

#[test]
fn a_failed_sync_is_for_good() {
    let disk = SimulatedDisk::new();
    let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    let first = model.transaction(1).unwrap();
    model.log.durable(first).unwrap();
    let second = model.transaction(2).unwrap();
    model.log.written(second).unwrap();
    disk.fail_at(disk.operations() + 1, Failure::Io);
    let error = model.log.durable(second).unwrap_err();
    assert_eq!(
        error.to_string(),
        "read-only since an earlier failure: 00000001.log: sync failed: an injected I/O error"
    );
    // The disk would take it now; the log does not ask again.
    let operations = disk.operations();
    assert!(model.log.durable(second).is_err());
    assert!(model.log.sync().is_err());
    assert!(model.log.rotate(|| unreachable!()).is_err());
    assert!(model.log.append(&[], || unreachable!()).is_err());
    assert!(model.log.close().is_err());
    model.log = {
        let (_, recovered) = disk_support::load(std::sync::Arc::new(Simulated(
            disk.crash(&Crash::machine()),
        )))
        .unwrap();
        assert_eq!(recovered.report.timestamp, 1);
        recovered.open(&quiet(), Default::default()).unwrap().0
    };
    assert_eq!(disk.operations(), operations);
    // What was durable before still is said to be.
    model.log.durable(Default::default()).unwrap();
}

#[test]
fn a_full_disk_ends_a_checkpoint_and_not_the_log() {
    let disk = SimulatedDisk::new();
    let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    model.play(30).unwrap();
    let cut = model.log.rotate(|| 30).unwrap();
    let writer = model.checkpoints.begin().unwrap();
    let mut part = writer.part().unwrap();
    part.row(b"key", b"row").unwrap();
    disk.fail_at(disk.operations() + 1, Failure::NoSpace);
    let error = part.finish().unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    let error = writer.commit(cut).unwrap_err();
    assert!(
        matches!(error, Error::CheckpointUnfinished { .. }),
        "{error}"
    );
    assert!(
        !disk
            .list()
            .unwrap()
            .iter()
            .any(|name| name.ends_with(".part"))
    );
    model.play(50).unwrap();
    let expected = model.states.pop().unwrap();
    model.log.close().unwrap();
    assert_eq!(read(Simulated(disk)).unwrap().0, expected);
}

#[test]
fn a_rename_that_fails_stops_checkpoints_and_loses_nothing() {
    // The manifest's create, write, sync, rename, and the directory's sync.
    for step in 1..=5 {
        let disk = SimulatedDisk::new();
        let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
        model.play(30).unwrap();
        let (writer, cut) = model.begin_checkpoint().unwrap();
        // One operation for the parts' names comes first.
        disk.fail_at(disk.operations() + 1 + step, Failure::Io);
        writer.commit(cut).unwrap_err();
        let error = model.checkpoints.begin().err().unwrap();
        assert!(matches!(error, Error::CheckpointsStopped { .. }), "{error}");
        let position = model.transaction(1).unwrap();
        model.log.durable(position).unwrap();
        let expected = model.states.pop().unwrap();
        std::mem::forget(model.log);
        for crash in [Crash::process(), Crash::machine()] {
            let (contents, report) = read(Simulated(disk.crash(&crash))).unwrap();
            assert_eq!((contents, report.timestamp), (expected.clone(), 31));
        }
    }
}
