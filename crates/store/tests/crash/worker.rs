//! The child: a store under full load, and notes of what it has acknowledged.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use masstree_store::{Durability, Options, Store};

use crate::load::{Load, THREADS};

/// Small segments, and rounds of either durability.
pub fn options(directory: &Path, round: u64) -> Options {
    Options {
        durability: if round % 3 == 2 {
            Durability::Always
        } else {
            Durability::default()
        },
        segment_bytes: 128 << 10,
        checkpoint_bytes: Some(1 << 20),
        ..Options::new(directory)
    }
}

fn note(directory: &Path, thread: usize) -> PathBuf {
    directory.join(format!("acknowledged.{thread}"))
}

/// The number of the last operation that `thread` has acknowledged.
pub fn noted(directory: &Path, thread: usize) -> u64 {
    let bytes = fs::read(note(directory, thread)).unwrap();
    u64::from_be_bytes(bytes.try_into().unwrap())
}

/// Notes where the threads are to begin.
pub fn note_start(directory: &Path, loads: &[Load]) {
    for load in loads {
        fs::write(note(directory, load.thread), load.done.to_be_bytes()).unwrap();
    }
}

/// Works until the process is killed.
pub fn work(directory: &Path, round: u64) {
    let store = Store::open(options(&directory.join("store"), round)).unwrap();
    thread::scope(|scope| {
        for index in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                let mut load = Load::new(index);
                // The parent has compared all of it with what it knows.
                load.done = noted(directory, index);
                let rows = store.snapshot().prefix(&[index as u8]);
                load.rows = rows.collect::<Result<_, _>>().unwrap();
                let file = File::options()
                    .write(true)
                    .open(note(directory, index))
                    .unwrap();
                loop {
                    load.step_on(store).unwrap();
                    file.write_all_at(&load.done.to_be_bytes(), 0).unwrap();
                }
            });
        }
        loop {
            store.checkpoint().ok();
            thread::sleep(Duration::from_millis(round % 4 * 5));
        }
    });
}
