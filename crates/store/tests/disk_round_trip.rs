//! What was appended comes back: over segments, checkpoints, reopenings, on the real disk and on the simulated one.

mod disk_support;

use disk_support::{Contents, Model, Simulated, quiet, read};
use masstree_store::disk::{
    Change, CheckpointOptions, Durability, Error, LogOptions, RealDisk, recover,
};
use masstree_testkit::disk::SimulatedDisk;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn all_of_a_workload_comes_back_after_a_close() {
    let disk = SimulatedDisk::new();
    let mut expected = Contents::new();
    for round in 0..4 {
        let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
        assert_eq!(model.states.last(), Some(&expected), "round {round}");
        model.play(120).unwrap();
        expected = model.states.pop().unwrap();
        model.log.close().unwrap();
    }
    let (contents, report) = read(Simulated(disk)).unwrap();
    assert_eq!(contents, expected);
    assert_eq!((report.timestamp, report.torn), (480, None));
}

#[test]
fn a_log_that_was_not_closed_goes_on_in_its_segment() {
    let disk = SimulatedDisk::new();
    let options = LogOptions {
        segment_bytes: 1 << 20,
        ..quiet()
    };
    for round in 1..=3 {
        let mut model = Model::open(Simulated(disk.clone()), &options).unwrap();
        let position = model.transaction(round).unwrap();
        model.log.written(position).unwrap();
        // As in a process that is killed: nobody closes.
        std::mem::forget(model.log);
    }
    let (_, report) = read(Simulated(disk.clone())).unwrap();
    assert_eq!(
        (report.timestamp, report.records, report.torn),
        (3, 3, None)
    );
    assert_eq!(disk.list().unwrap(), ["00000001.log", "MANIFEST"]);
}

#[test]
fn the_real_disk_holds_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made").join("below");
    let open = || RealDisk::create(&path).unwrap();
    let options = LogOptions {
        durability: Durability::Interval(Duration::from_millis(2)),
        segment_bytes: 4096,
        ..LogOptions::default()
    };
    let mut expected = Contents::new();
    for _ in 0..3 {
        let mut model = Model::open(open(), &options).unwrap();
        assert_eq!(model.states.last(), Some(&expected));
        model.play(100).unwrap();
        expected = model.states.pop().unwrap();
        // Dropped, which closes it as well.
    }
    let (contents, report) = read(open()).unwrap();
    assert_eq!((contents, report.torn), (expected, None));
}

#[test]
fn a_directory_has_one_holder() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Model::open(RealDisk::create(directory.path()).unwrap(), &quiet());
    let first = open().unwrap();
    let second = open().err().unwrap();
    assert!(matches!(second, Error::InUse { pid: Some(pid) } if pid == std::process::id()));
    // The checkpoints alone hold it as well.
    let Model {
        log, checkpoints, ..
    } = first;
    log.close().unwrap();
    assert!(matches!(open().err(), Some(Error::InUse { .. })));
    drop(checkpoints);
    open().unwrap();
}

#[test]
fn a_long_transaction_is_one_record() {
    let disk = SimulatedDisk::new();
    let model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    let row = vec![7; 3 << 20];
    let changes: Vec<_> = [b"a", b"b", b"c"]
        .map(|key| Change::Replace { key, row: &row })
        .to_vec();
    model.log.append(&changes, || Some(5)).unwrap();
    model.log.append(&[], || Some(6)).unwrap();
    model.log.close().unwrap();
    let (contents, report) = read(Simulated(disk)).unwrap();
    assert_eq!(
        (contents.len(), report.records, report.timestamp),
        (3, 2, 6)
    );
    assert!(contents.values().all(|columns| columns[&0] == row));
}

#[test]
fn a_commit_that_is_refused_leaves_no_record() {
    let disk = SimulatedDisk::new();
    let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    assert_eq!(model.log.append(&[], || None).unwrap(), None);
    let key = vec![0; 65_537];
    let changes = [Change::Remove { key: &key }];
    let refused = model
        .log
        .append(&changes, || unreachable!("not to be decided"));
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
    model.transaction(1).unwrap();
    model.log.close().unwrap();
    assert_eq!(read(Simulated(disk)).unwrap().1.records, 1);
}

#[test]
fn a_timestamp_that_does_not_rise_ends_the_log() {
    let disk = SimulatedDisk::new();
    let model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    model.log.append(&[], || Some(9)).unwrap();
    let error = model.log.append(&[], || Some(9)).unwrap_err();
    assert!(matches!(error, Error::OutOfOrder { last: 9, given: 9 }));
    let error = model.log.append(&[], || unreachable!()).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }));
}

#[test]
fn without_durability_nothing_is_appended_and_checkpoints_work() {
    let disk = SimulatedDisk::new();
    let options = LogOptions {
        durability: Durability::None,
        ..quiet()
    };
    let mut model = Model::open(Simulated(disk.clone()), &options).unwrap();
    for number in 0..50 {
        let position = model.transaction(number).unwrap();
        model.log.acknowledge(position).unwrap();
    }
    assert_eq!(model.log.stats().transactions, 0);
    model.checkpoint().unwrap();
    let expected = model.states.last().unwrap().clone();
    model.transaction(51).unwrap();
    model.log.close().unwrap();
    let (contents, report) = read(Simulated(disk)).unwrap();
    assert_eq!((contents, report.timestamp), (expected, 50));
}

#[test]
fn a_checkpoint_takes_the_place_of_the_log() {
    let disk = SimulatedDisk::new();
    let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    model.play(30).unwrap();
    let segments = disk.list().unwrap().len();
    assert!(segments > 4, "only {segments} files");
    model.checkpoint().unwrap();
    assert_eq!(model.checkpoints.timestamp(), Some(30));
    let left = disk.list().unwrap();
    assert_eq!(left.len(), 4, "{left:?}");
    let second = model.checkpoints.begin().unwrap();
    let third = model.checkpoints.begin().err();
    assert!(matches!(third, Some(Error::CheckpointRunning)));
    let part = second.part().unwrap();
    let early = second.commit(masstree_store::disk::Cut {
        segment: 1,
        timestamp: 1,
    });
    assert!(matches!(
        early,
        Err(Error::CheckpointUnfinished { unfinished: 1 })
    ));
    drop(part);
    assert_eq!(disk.list().unwrap(), left);
}

#[test]
fn many_blocks_come_back_packed_and_plain() {
    for compress in [false, true] {
        let disk = Arc::new(Simulated(SimulatedDisk::new()));
        let open = || {
            let rows = std::sync::atomic::AtomicU64::new(0);
            let sum = std::sync::atomic::AtomicU64::new(0);
            let recovered = recover(
                disk.clone(),
                3,
                |_| {},
                |key, row| {
                    let number = u64::from_be_bytes(key.try_into().unwrap());
                    assert_eq!(row, [number as u8; 50]);
                    rows.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    sum.fetch_add(number, std::sync::atomic::Ordering::Relaxed);
                    Ok::<_, Error>(())
                },
                |_| Ok(()),
            );
            (recovered.unwrap(), rows.into_inner(), sum.into_inner())
        };
        let (log, checkpoints) = open()
            .0
            .open(&quiet(), CheckpointOptions { compress })
            .unwrap();
        let cut = log.rotate(|| 1).unwrap();
        let writer = checkpoints.begin().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let mut part = writer.part().unwrap();
                scope.spawn(move || {
                    for number in (0..20_000).filter(|number| number % 4 == thread) {
                        part.row(&number.to_be_bytes(), &[number as u8; 50])
                            .unwrap();
                    }
                    assert_eq!(part.rows(), 5000);
                    part.finish().unwrap();
                });
            }
        });
        let report = writer.commit(cut).unwrap();
        assert_eq!(report.rows, 20_000);
        assert_eq!(report.bytes < 500_000, compress);
        log.close().unwrap();
        let (recovered, rows, sum) = open();
        assert_eq!((rows, sum), (20_000, (0..20_000).sum()));
        assert_eq!(recovered.report.rows, 20_000);
    }
}
