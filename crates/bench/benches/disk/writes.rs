//! Single writes under each durability.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use masstree_bench::race::together;
use masstree_store::{Durability, Options, Store};

use crate::{Setting, key, median, plain};

/// Writes whose safety is waited for together.
const BATCH: usize = 32;
/// Writes of each thread between two looks at the time.
const GROUP: usize = 16;

fn open(directory: &Path, durability: Durability) -> Store {
    let _ = std::fs::remove_dir_all(directory);
    Store::open(Options {
        durability,
        checkpoint_bytes: None,
        ..Options::new(directory)
    })
    .unwrap()
}

fn single(store: &Store, numbers: Range<usize>) {
    for number in numbers {
        store.replace(&key(number), &[7; 16]).unwrap();
    }
}

fn batched(store: &Store, numbers: Range<usize>) {
    for start in numbers.clone().step_by(BATCH) {
        let mut series = store.deferred();
        for number in start..(start + BATCH).min(numbers.end) {
            series.replace(&key(number), &[7; 16]).unwrap();
        }
        if let Some(debt) = series.debt() {
            store.settle(debt).unwrap();
        }
    }
}

/// Million writes a second of all threads together.
fn speed(store: &Store, rows: usize, threads: usize, write: Write) -> f64 {
    let parts: Vec<_> = (0..threads)
        .map(|i| rows * i / threads..rows * (i + 1) / threads)
        .collect();
    let (_, seconds) = together(&parts, |part| write(store, part.clone()));
    rows as f64 / seconds / 1e6
}

/// A way to write the rows of some numbers.
type Write = fn(&Store, Range<usize>);

/// `interval` beside `none`, and beside a plain file that is handed as many bytes in as many system calls.
pub fn interval(setting: &Setting) {
    let rows = setting.rows / 2;
    let ways: [(&str, Write); 2] = [("each waited for", single), ("waited for by 32", batched)];
    for (way, write) in ways {
        for threads in [1, 2] {
            let (mut none, mut interval, mut plain) = (Vec::new(), Vec::new(), Vec::new());
            let mut size = 0;
            for _ in 0..setting.rounds {
                none.push(speed(&Store::in_memory(), rows, threads, write));
                let store = open(&setting.directory.join("store"), Durability::default());
                interval.push(speed(&store, rows, threads, write));
                let stats = store.log_stats().unwrap_or_default();
                size = (stats.bytes / stats.writes.max(1)) as usize;
                let file = setting.directory.join("plain");
                let calls = plain::appends(&file, size, stats.writes as usize);
                plain.push(calls * rows as f64 / stats.writes as f64);
            }
            let (none, interval, plain) = (median(none), median(interval), median(plain));
            println!(
                "| replace, interval, {way}, {threads} threads, beside one thread's calls of write() for {size} bytes each (M rows/s) | {interval:.2} | {plain:.2} | {:.2} |",
                interval / plain
            );
            println!(
                "| replace, interval, {way}, {threads} threads, beside none (M/s) | {interval:.2} | {none:.2} | {:.2} |",
                interval / none
            );
        }
    }
}

/// `always`, with more and more threads, beside a plain file that is synced after each record.
pub fn always(setting: &Setting) {
    let duration = Duration::from_secs(2);
    for threads in [1_usize, 2, 16] {
        let (mut commits, mut syncs, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..setting.rounds {
            plain.push(plain::syncs(&setting.directory.join("plain"), duration));
            let store = open(&setting.directory.join("store"), Durability::Always);
            let start = Instant::now();
            let workers: Vec<_> = (0..threads).collect();
            let (counts, seconds) = together(&workers, |worker| {
                let mut count = 0;
                while start.elapsed() < duration {
                    let first = (worker << 32) + count;
                    single(&store, first..first + GROUP);
                    count += GROUP;
                }
                count
            });
            let total: usize = counts.into_iter().flatten().sum();
            commits.push(total as f64 / seconds);
            let stats = store.log_stats().unwrap_or_default();
            syncs.push(stats.syncs as f64 / seconds);
        }
        let (commits, syncs, plain) = (median(commits), median(syncs), median(plain));
        println!(
            "| always, {threads} threads: commits a second, beside syncs of a plain file ({syncs:.0} syncs, {:.1} commits each) | {commits:.0} | {plain:.0} | {:.2} |",
            commits / syncs,
            commits / plain
        );
    }
}
