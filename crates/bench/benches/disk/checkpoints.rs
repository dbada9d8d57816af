//! Checkpoints, recovery, and what others see of a checkpoint.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use masstree_store::{Options, Store};

use crate::{Setting, key, median, plain};

/// Operations of each side of [`tail`].
const TIMED: usize = 400_000;

fn options(directory: &Path, compress: bool) -> Options {
    Options {
        checkpoint_bytes: None,
        compress,
        ..Options::new(directory)
    }
}

fn load(directory: &Path, compress: bool, rows: usize) -> Store {
    let _ = std::fs::remove_dir_all(directory);
    let store = Store::open(options(directory, compress)).unwrap();
    write(&store, rows);
    store
}

fn write(store: &Store, rows: usize) {
    for start in (0..rows).step_by(1000) {
        let mut series = store.deferred();
        for number in start..(start + 1000).min(rows) {
            series.replace(&key(number), &number.to_be_bytes()).unwrap();
        }
        if let Some(debt) = series.debt() {
            store.settle(debt).unwrap();
        }
    }
}

fn line(what: &str, bytes: u64, seconds: f64, plain: f64) {
    let rate = |seconds: f64| bytes as f64 / seconds / 1e6;
    println!(
        "| {what}: seconds, MB/s, beside a plain file of the same {:.0} MB | {seconds:.2} s, {:.0} | {plain:.2} s, {:.0} | {:.2} |",
        bytes as f64 / 1e6,
        rate(seconds),
        rate(plain),
        plain / seconds
    );
}

/// A checkpoint beside a plain file of the same size, and recovery from it beside reading that.
pub fn checkpoint_and_recovery(setting: &Setting) {
    let (directory, file) = (
        setting.directory.join("store"),
        setting.directory.join("plain"),
    );
    for compress in [false, true] {
        let name = if compress { "compressed" } else { "plain" };
        let (mut write, mut write_plain) = (Vec::new(), Vec::new());
        let (mut read, mut read_plain) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for _ in 0..setting.rounds {
            let store = load(&directory, compress, setting.rows);
            store.sync().unwrap();
            let start = Instant::now();
            bytes = store.checkpoint().unwrap().bytes;
            write.push(start.elapsed().as_secs_f64());
            drop(store);
            write_plain.push(plain::write(&file, bytes));
            let start = Instant::now();
            let (store, _) = Store::open_with(options(&directory, compress), |_| {}).unwrap();
            read.push(start.elapsed().as_secs_f64());
            assert_eq!(store.stats().rows, setting.rows);
            read_plain.push(plain::read(&file));
        }
        line(
            &format!("checkpoint, {name}"),
            bytes,
            median(write),
            median(write_plain),
        );
        line(
            &format!("recovery from a checkpoint, {name}"),
            bytes,
            median(read),
            median(read_plain),
        );
    }
}

/// Recovery from a log alone: each row written twice.
pub fn replay(setting: &Setting) {
    let (directory, file) = (
        setting.directory.join("store"),
        setting.directory.join("plain"),
    );
    let (mut read, mut read_plain) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..setting.rounds {
        let store = load(&directory, true, setting.rows);
        write(&store, setting.rows);
        drop(store);
        let start = Instant::now();
        let (store, report) = Store::open_with(options(&directory, true), |_| {}).unwrap();
        read.push(start.elapsed().as_secs_f64());
        assert_eq!(
            (store.stats().rows, report.records),
            (setting.rows, 2 * setting.rows as u64)
        );
        bytes = report.bytes;
        plain::write(&file, bytes);
        read_plain.push(plain::read(&file));
    }
    line(
        "replay of the log, two writes a row",
        bytes,
        median(read),
        median(read_plain),
    );
}

/// The p99 of single operations, in microseconds.
fn p99(store: &Store, rows: usize) -> f64 {
    let mut times: Vec<f64> = (0..TIMED)
        .map(|i| {
            let number = i * 7919 % rows;
            let start = Instant::now();
            if i % 2 == 0 {
                store.replace(&key(number), &[8; 16]).unwrap();
            } else {
                assert!(store.get(&key(number)).unwrap().is_some());
            }
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    *times
        .select_nth_unstable_by(TIMED * 99 / 100, f64::total_cmp)
        .1
}

/// Latencies while checkpoints are taken one after the other, beside those of quiet times.
pub fn tail(setting: &Setting) {
    let store = load(&setting.directory.join("store"), true, setting.rows);
    let (mut during, mut quiet) = (Vec::new(), Vec::new());
    for _ in 0..setting.rounds {
        quiet.push(p99(&store, setting.rows));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    store.checkpoint().unwrap();
                }
            });
            during.push(p99(&store, setting.rows));
            done.store(true, Relaxed);
        });
    }
    let (during, quiet) = (median(during), median(quiet));
    println!(
        "| p99 of replace and get during checkpoints, beside quiet times (µs) | {during:.2} | {quiet:.2} | {:.2} |",
        during / quiet
    );
}
