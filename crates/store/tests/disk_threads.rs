//! Many threads: they share syncs, the log's order is the order of commit, and segments turn underneath them.

mod disk_support;

use disk_support::{Simulated, quiet};
use masstree_store::disk::{Change, Disk, Durability, Error, Log, LogOptions, recover};
use masstree_testkit::disk::SimulatedDisk;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A disk whose syncs take a while.
fn slow(disk: &SimulatedDisk) -> Simulated {
    Simulated(disk.clone().with_sync_time(Duration::from_millis(2)))
}

fn open(disk: impl Disk + 'static, options: &LogOptions) -> Log {
    let recovered = recover(
        Arc::new(disk),
        1,
        |_| {},
        |_, _| Ok::<_, Error>(()),
        |_| Ok(()),
    );
    let opened = recovered.unwrap().open(options, Default::default());
    opened.unwrap().0
}

/// The timestamps in the log, and the bytes of each transaction's one row.
fn replay(disk: impl Disk + 'static) -> Vec<(u64, Vec<u8>)> {
    let found = Mutex::new(Vec::new());
    let recovered = recover(
        Arc::new(disk),
        1,
        |_| {},
        |_, _| Ok::<_, Error>(()),
        |changes| {
            changes.for_each(|timestamp, change| {
                if let Change::Replace { row, .. } = change {
                    found.lock().unwrap().push((timestamp, row.to_vec()));
                }
                Ok(())
            })
        },
    );
    recovered.unwrap();
    found.into_inner().unwrap()
}

/// `threads` times `each` transactions; each row is the timestamp it was committed at.
fn load(log: &Log, clock: &AtomicU64, threads: u64, each: u64) {
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for number in 0..each {
                    let key = (thread << 32 | number).to_be_bytes();
                    let row = vec![thread as u8; (number % 50) as usize];
                    let changes = [Change::Replace {
                        key: &key,
                        row: &row,
                    }];
                    let at = || Some(clock.fetch_add(1, Ordering::Relaxed) + 1);
                    let position = log.append(&changes, at).unwrap().unwrap();
                    log.acknowledge(position).unwrap();
                }
            });
        }
    });
}

#[test]
fn writers_that_wait_together_share_a_sync() {
    let disk = SimulatedDisk::new();
    let options = LogOptions {
        segment_bytes: 1 << 20,
        ..quiet()
    };
    let log = open(slow(&disk), &options);
    let before = disk.syncs();
    load(&log, &AtomicU64::new(0), 16, 50);
    let syncs = disk.syncs() - before;
    // Each round of 16 takes the sync that runs and the one after it.
    assert!(syncs <= 250, "{syncs} syncs for 800 transactions");
    assert!(log.stats().transactions == 800 && log.stats().not_durable == 0);
}

#[test]
fn a_single_writer_syncs_each_time() {
    let disk = SimulatedDisk::new();
    let log = open(Simulated(disk.clone()), &quiet());
    let before = log.stats().syncs;
    load(&log, &AtomicU64::new(0), 1, 20);
    assert!(log.stats().syncs - before >= 20);
}

#[test]
fn writes_do_not_wait_for_a_sync() {
    let disk = SimulatedDisk::new();
    let options = LogOptions {
        durability: Durability::Interval(Duration::from_millis(1)),
        segment_bytes: 1 << 20,
        idle_mark: None,
    };
    let log = open(slow(&disk), &options);
    load(&log, &AtomicU64::new(0), 2, 2000);
    let syncs = log.stats().syncs;
    assert!(syncs < 1000, "{syncs} syncs for 4000 transactions");
    log.close().unwrap();
    assert_eq!(replay(Simulated(disk)).len(), 4000);
}

#[test]
fn the_order_of_the_log_is_the_order_of_commit() {
    let disk = SimulatedDisk::new();
    let log = open(Simulated(disk.clone()), &quiet());
    let clock = AtomicU64::new(0);
    let cuts = std::thread::scope(|scope| {
        let turner = scope.spawn(|| {
            let mut cuts = Vec::new();
            for _ in 0..20 {
                cuts.push(log.rotate(|| clock.load(Ordering::Relaxed)).unwrap());
                std::thread::yield_now();
            }
            cuts
        });
        load(&log, &clock, 4, 1000);
        turner.join().unwrap()
    });
    assert!(cuts.is_sorted_by(|a, b| a.segment < b.segment && a.timestamp <= b.timestamp));
    log.close().unwrap();
    // Recovery has checked that timestamps rise, and floors and seals fit.
    let found = replay(Simulated(disk));
    let timestamps: Vec<u64> = found.iter().map(|(timestamp, _)| *timestamp).collect();
    assert_eq!(timestamps, (1..=4000).collect::<Vec<_>>());
}

#[test]
fn an_idle_log_vouches_for_its_last_record() {
    let disk = SimulatedDisk::new();
    let options = LogOptions {
        segment_bytes: 1 << 20,
        idle_mark: Some(Duration::from_millis(1)),
        ..quiet()
    };
    let log = open(Simulated(disk.clone()), &options);
    load(&log, &AtomicU64::new(0), 1, 3);
    let length = disk.read("00000001.log").unwrap().len();
    let mut files = loop {
        let files = disk.files().unwrap();
        if files["00000001.log"].len() > length {
            break files;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    files.get_mut("00000001.log").unwrap()[length - 1] ^= 1;
    let bad = Simulated(SimulatedDisk::with_files(files));
    let found = recover(
        Arc::new(bad),
        1,
        |_| {},
        |_, _| Ok::<_, Error>(()),
        |_| Ok(()),
    );
    assert!(matches!(found.err(), Some(Error::Damaged { .. })));
    // And then it is quiet.
    let writes = log.stats().writes;
    std::thread::sleep(Duration::from_millis(20));
    assert!(log.stats().writes <= writes + 1);
}
