//! How fast the disk layer is, beside a plain file on the same disk. Run it with
//! `cargo test --release -p masstree-store --test disk_speed -- --ignored --nocapture`; `MASSTREE_SPEED_DIR` says where.

use masstree_store::disk::{
    Change, CheckpointOptions, Durability, Error, LogOptions, RealDisk, recover,
};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn directory() -> tempfile::TempDir {
    match std::env::var_os("MASSTREE_SPEED_DIR") {
        Some(path) => tempfile::tempdir_in(path).unwrap(),
        None => tempfile::tempdir().unwrap(),
    }
}

fn log_options(durability: Durability) -> LogOptions {
    LogOptions {
        durability,
        ..LogOptions::default()
    }
}

/// Appends 16-byte rows from `threads`, waiting for each batch of `batch`; transactions a second.
fn append(path: &Path, durability: Durability, threads: u64, each: u64, batch: u64) -> f64 {
    let disk = Arc::new(RealDisk::create(path).unwrap());
    let recovered = recover(disk, 2, |_| {}, |_, _| Ok::<_, Error>(()), |_| Ok(())).unwrap();
    let clock = AtomicU64::new(recovered.report.timestamp);
    let options = log_options(durability);
    let (log, _checkpoints) = recovered
        .open(&options, CheckpointOptions::default())
        .unwrap();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (log, clock) = (&log, &clock);
            scope.spawn(move || {
                for number in 0..each {
                    let key = (number * threads + thread).to_be_bytes();
                    let changes = [Change::Replace {
                        key: &key,
                        row: &[7; 16],
                    }];
                    let commit = || Some(clock.fetch_add(1, Ordering::Relaxed) + 1);
                    let position = log.append(&changes, commit).unwrap().unwrap();
                    if number % batch == batch - 1 {
                        log.acknowledge(position).unwrap();
                    }
                }
            });
        }
    });
    let speed = (threads * each) as f64 / begun.elapsed().as_secs_f64();
    log.close().unwrap();
    speed
}

/// Replays a directory; transactions or rows a second, and megabytes.
fn replay(path: &Path) -> (f64, f64) {
    let disk = Arc::new(RealDisk::create(path).unwrap());
    let (sum, changes) = (AtomicU64::new(0), AtomicU64::new(0));
    let recovered = recover(
        disk,
        2,
        |_| {},
        |key, row| {
            sum.fetch_add((key.len() + row.len()) as u64, Ordering::Relaxed);
            Ok::<_, Error>(())
        },
        |found| {
            changes.fetch_add(found.len() as u64, Ordering::Relaxed);
            Ok(())
        },
    )
    .unwrap();
    let seconds = recovered.report.duration.as_secs_f64();
    let items = recovered.report.rows + recovered.report.records;
    assert_eq!(changes.into_inner(), recovered.report.records);
    (
        items as f64 / seconds,
        recovered.report.bytes as f64 / seconds / 1e6,
    )
}

fn plain_file(path: &Path, bytes: u64) -> f64 {
    let block = vec![7; 1 << 20];
    let begun = Instant::now();
    let mut file = std::fs::File::create(path).unwrap();
    for _ in 0..bytes >> 20 {
        file.write_all(&block).unwrap();
    }
    file.sync_data().unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    std::fs::remove_file(path).unwrap();
    bytes as f64 / seconds / 1e6
}

fn plain_syncs(path: &Path) -> f64 {
    let mut file = std::fs::File::create(path).unwrap();
    let begun = Instant::now();
    for _ in 0..500 {
        file.write_all(&[7; 64]).unwrap();
        file.sync_data().unwrap();
    }
    500.0 / begun.elapsed().as_secs_f64()
}

/// Writes two million rows with `threads` parts and reads them back.
fn checkpoint(path: &Path, threads: u64, compress: bool) {
    const ROWS: u64 = 2_000_000;
    let disk = Arc::new(RealDisk::create(path).unwrap());
    let recovered = recover(disk, 2, |_| {}, |_, _| Ok::<_, Error>(()), |_| Ok(())).unwrap();
    let options = log_options(Durability::None);
    let (log, checkpoints) = recovered
        .open(&options, CheckpointOptions { compress })
        .unwrap();
    let cut = log.rotate(|| 1).unwrap();
    let begun = Instant::now();
    let writer = checkpoints.begin().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let mut part = writer.part().unwrap();
            scope.spawn(move || {
                for number in ROWS / threads * thread..ROWS / threads * (thread + 1) {
                    // Scattered, as random keys and values are.
                    let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    let row = [scattered, number].map(u64::to_le_bytes);
                    part.row(&scattered.to_be_bytes(), row.as_flattened())
                        .unwrap();
                }
                part.finish().unwrap();
            });
        }
    });
    let report = writer.commit(cut).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    drop((log, checkpoints));
    let (rows, megabytes) = replay(path);
    println!(
        "checkpoint of 2 M rows, {threads} threads, packed {compress}: {seconds:.3} s, {:.0} MB, {:.0} MB/s; read back {:.1} M rows/s, {megabytes:.0} MB/s",
        report.bytes as f64 / 1e6,
        report.bytes as f64 / 1e6 / seconds,
        rows / 1e6,
    );
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    println!(
        "plain file, written and synced: {:.0} MB/s",
        plain_file(&path("plain"), 512 << 20)
    );
    println!(
        "plain file, syncs of 64 bytes: {:.0} /s",
        plain_syncs(&path("syncs"))
    );
    let interval = Durability::Interval(Duration::from_millis(100));
    for threads in [1, 2] {
        for batch in [1, 32, u64::MAX] {
            let to = path(&format!("interval-{threads}-{batch}"));
            let speed = append(&to, interval, threads, 2_000_000 / threads, batch);
            let (records, megabytes) = replay(&to);
            println!(
                "interval, {threads} threads, batch {}: {:.2} M/s; replay {:.2} M records/s, {megabytes:.0} MB/s",
                if batch == u64::MAX {
                    "all".to_owned()
                } else {
                    batch.to_string()
                },
                speed / 1e6,
                records / 1e6,
            );
        }
    }
    for threads in [1, 2, 16, 64] {
        let to = path(&format!("always-{threads}"));
        let speed = append(&to, Durability::Always, threads, 6400 / threads, 1);
        println!("always, {threads} threads: {speed:.0} /s");
    }
    for (threads, compress) in [(1, false), (2, false), (2, true)] {
        checkpoint(
            &path(&format!("checkpoint-{threads}-{compress}")),
            threads,
            compress,
        );
    }
}
