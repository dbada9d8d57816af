//! Plain files, for what the disk itself can do.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

const MEGABYTE: usize = 1 << 20;

/// Seconds to write so many bytes, front to back, and sync once.
pub fn write(path: &Path, bytes: u64) -> f64 {
    let block: Vec<u8> = (0..MEGABYTE).map(|i| (i * 31) as u8).collect();
    let start = Instant::now();
    let mut file = File::create(path).unwrap();
    let mut left = bytes;
    while left > 0 {
        let most = left.min(MEGABYTE as u64);
        file.write_all(&block[..most as usize]).unwrap();
        left -= most;
    }
    file.sync_all().unwrap();
    start.elapsed().as_secs_f64()
}

/// Seconds to read a file, front to back.
pub fn read(path: &Path) -> f64 {
    let mut block = vec![0; MEGABYTE];
    let start = Instant::now();
    let mut file = File::open(path).unwrap();
    while file.read(&mut block).unwrap() > 0 {}
    start.elapsed().as_secs_f64()
}

/// Million appends a second of one thread that hands a file so many bytes at a time, one system call each, and never syncs.
pub fn appends(path: &Path, size: usize, count: usize) -> f64 {
    let mut file = File::options()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.set_len(0).unwrap();
    let record = vec![7; size];
    let start = Instant::now();
    for _ in 0..count {
        file.write_all(&record).unwrap();
    }
    count as f64 / start.elapsed().as_secs_f64() / 1e6
}

/// Syncs a second of one thread that appends a record of 64 bytes and syncs, in turn.
pub fn syncs(path: &Path, duration: Duration) -> f64 {
    let mut file = File::create(path).unwrap();
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < duration {
        file.write_all(&[7; 64]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}
