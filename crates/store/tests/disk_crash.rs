//! The machine crashes at every single write and sync of a workload, in every way that the simulated disk knows, and a small log is cut
//! at every byte. What is recovered is the state after some commit, never before the last one that was acknowledged.

mod disk_support;

use disk_support::{Contents, Model, Simulated, quiet, read};
use masstree_testkit::disk::{Crash, Failure, SimulatedDisk, Unsynced};
use std::collections::BTreeMap;

const TRANSACTIONS: usize = 200;

/// What a run that a crash has ended may leave behind.
struct Promise {
    states: Vec<Contents>,
    written: usize,
    durable: usize,
}

/// Plays until operation `stop` and returns the disk, stopped, and what was promised.
fn play_until(stop: u64) -> (SimulatedDisk, Promise) {
    let disk = SimulatedDisk::new();
    disk.fail_at(stop, Failure::Stop);
    let promise = match Model::open(Simulated(disk.clone()), &quiet()) {
        Err(_) => Promise {
            states: vec![Contents::new()],
            written: 0,
            durable: 0,
        },
        Ok(mut model) => {
            model.play(TRANSACTIONS).unwrap_err();
            Promise {
                states: model.states,
                written: model.written,
                durable: model.durable,
            }
        }
    };
    (disk, promise)
}

fn check(found: SimulatedDisk, promise: &Promise, least: usize, what: &str) {
    let (contents, report) = read(Simulated(found.clone())).unwrap_or_else(|error| {
        panic!("{what}: {error}");
    });
    let at = report.timestamp as usize;
    assert!(at >= least, "{what}: {at} is before {least}");
    assert!(
        at < promise.states.len(),
        "{what}: {at} was never committed"
    );
    assert!(
        contents == promise.states[at],
        "{what}: not the state at {at}"
    );

    // And it goes on from there.
    let mut model = Model::open(Simulated(found.clone()), &quiet()).unwrap();
    let position = model.transaction(1).unwrap();
    model.log.durable(position).unwrap();
    let expected = model.states.pop();
    std::mem::forget(model.log);
    let (contents, report) = read(Simulated(found.crash(&Crash::machine()))).unwrap();
    assert_eq!(report.timestamp as usize, at + 1, "{what}");
    assert!(Some(contents) == expected, "{what}: not the state after it");
}

#[test]
fn a_crash_at_every_write_and_every_sync() {
    // At each operation the two plain crashes and a third of the others.
    crash_everywhere(|stop| {
        let plain = [Crash::machine(), Crash::process()];
        let others = Crash::all(stop).enumerate();
        let some = others.filter(move |(index, _)| (*index as u64 + stop).is_multiple_of(3));
        plain
            .into_iter()
            .chain(some.map(|(_, crash)| crash))
            .collect()
    });
}

#[test]
#[ignore = "takes minutes"]
fn a_crash_at_every_write_and_every_sync_in_every_way() {
    crash_everywhere(|stop| {
        (0..8)
            .flat_map(|seed| Crash::all(seed << 32 | stop))
            .collect()
    });
}

fn crash_everywhere(crashes: impl Fn(u64) -> Vec<Crash>) {
    let whole = SimulatedDisk::new();
    let mut model = Model::open(Simulated(whole.clone()), &quiet()).unwrap();
    model.play(TRANSACTIONS).unwrap();
    let operations = whole.operations();
    std::mem::forget(model.log);
    assert!(operations > 400);
    for stop in 1..=operations {
        let (disk, promise) = play_until(stop);
        for crash in crashes(stop) {
            // Only if everything is kept is what was written there: a process has died, not the machine.
            let least = if (crash.bytes, crash.names) == (Unsynced::Kept, Unsynced::Kept) {
                promise.written
            } else {
                promise.durable
            };
            let what = format!("operation {stop} of {operations}, {crash:?}");
            check(disk.crash(&crash), &promise, least, &what);
        }
    }
}

#[test]
fn a_crash_at_every_operation_of_recovery() {
    let (disk, promise) = play_until(300);
    for crash in Crash::all(7) {
        for stop in 1.. {
            let found = disk.crash(&crash);
            found.fail_at(stop, Failure::Stop);
            let opened = Model::open(Simulated(found.clone()), &quiet());
            let done = opened.is_ok();
            if let Ok(model) = opened {
                std::mem::forget(model.log);
            }
            for second in [Crash::machine(), Crash::process()] {
                let what = format!("operation {stop} of recovery, {crash:?}, {second:?}");
                check(found.crash(&second), &promise, promise.durable, &what);
            }
            if done {
                break;
            }
        }
    }
}

#[test]
fn what_was_recovered_survives_the_next_crash() {
    // A process dies before it has synced, the operating system does not; the next process finds all of it.
    for seed in 0..100 {
        let disk = SimulatedDisk::new();
        let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
        for number in 0..5 {
            let position = model.transaction(number).unwrap();
            model.log.written(position).unwrap();
        }
        std::mem::forget(model.log);
        let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
        assert_eq!(model.newest(), 5);
        let position = model.transaction(5).unwrap();
        model.log.written(position).unwrap();
        std::mem::forget(model.log);
        for crash in Crash::all(seed) {
            let (contents, report) = read(Simulated(disk.crash(&crash))).unwrap();
            let at = report.timestamp as usize;
            assert!(at >= 5, "{crash:?}: {at}");
            if at == 6 {
                assert_eq!(contents, model.states[6]);
            }
        }
    }
}

#[test]
fn a_log_that_is_cut_at_every_byte() {
    let disk = SimulatedDisk::new();
    let options = masstree_store::disk::LogOptions {
        segment_bytes: 1 << 20,
        ..quiet()
    };
    let mut model = Model::open(Simulated(disk.clone()), &options).unwrap();
    let mut ends = Vec::new();
    for number in 0..12 {
        let position = model.transaction(number).unwrap();
        model.log.written(position).unwrap();
        ends.push(disk.read("00000001.log").unwrap().len());
    }
    let states = std::mem::take(&mut model.states);
    std::mem::forget(model.log);
    let files = disk.files().unwrap();
    let log = &files["00000001.log"];
    for length in 44..=log.len() {
        let mut cut: BTreeMap<_, _> = files.clone();
        cut.insert("00000001.log".to_owned(), log[..length].to_vec());
        let (contents, report) = read(Simulated(SimulatedDisk::with_files(cut))).unwrap();
        let whole = ends.iter().filter(|end| **end <= length).count();
        assert_eq!(report.timestamp as usize, whole);
        assert_eq!(contents, states[whole]);
        let torn = report.torn.map_or(0, |torn| torn.bytes as usize);
        assert!(torn < 1000 && torn <= length - 44);
    }
    // A segment with a name has a header.
    for length in 0..44 {
        let mut cut: BTreeMap<_, _> = files.clone();
        cut.insert("00000001.log".to_owned(), log[..length].to_vec());
        assert!(read(Simulated(SimulatedDisk::with_files(cut))).is_err());
    }
}
