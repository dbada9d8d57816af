//! Long scans under full write load see one point in time, exactly.
//!
//! Each writer goes over its rows in a fixed order and numbers its writes, so that the rows of a writer as of any moment follow from the number of its last
//! write. Each number comes with that of the last write which another writer had finished before: who sees the one has to see the other. Beside
//! them transactions move amounts between rows, and rows to other keys. `MASSTREE_ROWS` is the number of rows; `ci/chains.sh` runs it with a million.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use masstree_store::{Error, Isolation, Row, Snapshot, Store};
use masstree_testkit::stress::{Watchdog, mix, scale};

const ROWS: usize = 20_000;
const SCANS: usize = 12;
const WRITERS: u64 = 2;
const DEPOSIT: u64 = 100;

/// Two numbers in a row.
fn pair(row: &Row) -> (u64, u64) {
    let bytes = row.column(0).unwrap();
    let number = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    (number(0), number(8))
}

fn row(first: u64, second: u64) -> Row {
    Row::single(&[first.to_be_bytes(), second.to_be_bytes()].concat())
}

fn key(table: u8, number: u64) -> Vec<u8> {
    let mut key = vec![table];
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// The row that a writer's write of this number goes to; a round takes every row once.
fn place(number: u64, rows: u64) -> u64 {
    number.wrapping_mul(7_919) % rows
}

/// How many rows each of the tables has: one for each writer, and one of amounts.
fn rows() -> u64 {
    let rows = match std::env::var("MASSTREE_ROWS") {
        Ok(text) => text.parse().expect("MASSTREE_ROWS is a number"),
        Err(_) => scale(ROWS),
    };
    // Not a multiple of the step of `place`, so that a round is one.
    let rows = rows as u64 / (WRITERS + 1);
    rows + u64::from(rows.is_multiple_of(7_919))
}

struct World {
    store: Store,
    rows: u64,
    /// The last write that each writer has finished.
    finished: [AtomicU64; WRITERS as usize],
    ends: AtomicBool,
}

impl World {
    fn new() -> Self {
        let (store, rows) = (Store::in_memory(), rows());
        for number in 0..rows {
            for writer in 0..WRITERS as u8 {
                store
                    .put_row(&key(writer, place(number, rows)), row(number, 0))
                    .unwrap();
            }
            // Twice as many keys as rows.
            store
                .put_row(&key(255, 2 * number), row(DEPOSIT, 0))
                .unwrap();
        }
        Self {
            store,
            rows,
            finished: std::array::from_fn(|_| AtomicU64::new(rows - 1)),
            ends: AtomicBool::new(false),
        }
    }

    fn write(&self, writer: usize) {
        let mut number = self.rows;
        while !self.ends.load(SeqCst) {
            let other = self.finished[1 - writer].load(SeqCst);
            let key = key(writer as u8, place(number, self.rows));
            self.store.put_row(&key, row(number, other)).unwrap();
            self.finished[writer].store(number, SeqCst);
            number += 1;
        }
    }

    /// Moves an amount to another row, or a row to another key.
    fn transfer(&self) {
        let mut random = 0;
        while !self.ends.load(SeqCst) {
            random = mix(3, random);
            let (from, to) = (random % (2 * self.rows), (random >> 32) % (2 * self.rows));
            let (from, to) = (key(255, from), key(255, to));
            let done = self.store.transact(Isolation::Snapshot, |tx| {
                let Some(source) = tx.get(&from)?.map(|row| pair(&row).0) else {
                    return Ok(());
                };
                match tx.get(&to)?.map(|row| pair(&row).0) {
                    _ if from == to => {}
                    Some(target) if source > 0 => {
                        tx.put_row(&from, row(source - 1, 0))?;
                        tx.put_row(&to, row(target + 1, 0))?;
                    }
                    Some(_) => {}
                    None => {
                        tx.remove(&from)?;
                        tx.put_row(&to, row(source, 0))?;
                    }
                }
                Ok::<_, Error>(())
            });
            done.unwrap();
        }
    }

    /// Checks that what `snapshot` sees is the state of one moment between the beginning and now.
    fn check(&self, snapshot: &Snapshot, least: [u64; WRITERS as usize], way: usize) {
        let mut seen = vec![Vec::new(); WRITERS as usize];
        let (mut count, mut sum) = (0, 0);
        let mut visit = |key: &[u8], row: &Row| {
            let number = u64::from_be_bytes(key[1..].try_into().unwrap());
            let (first, second) = pair(row);
            match seen.get_mut(usize::from(key[0])) {
                Some(rows) => rows.push((number, first, second)),
                None => (count, sum) = (count + 1, sum + first),
            }
        };
        match way % 4 {
            0 => {
                let visited = snapshot.visit::<&[u8]>(.., |key, row| {
                    visit(key, row);
                    true
                });
                visited.unwrap();
            }
            1 => {
                let visited = snapshot.visit_rev::<&[u8]>(.., |key, row| {
                    visit(key, row);
                    true
                });
                visited.unwrap();
            }
            2 => snapshot.range::<&[u8]>(..).for_each(|found| {
                let (key, row) = found.unwrap();
                visit(&key, &row);
            }),
            _ => {
                let mut found = snapshot.range::<&[u8]>(..);
                let mut from_front = false;
                let ends = std::iter::from_fn(|| {
                    from_front = !from_front;
                    if from_front {
                        found.next()
                    } else {
                        found.next_back()
                    }
                });
                ends.for_each(|found| {
                    let (key, row) = found.unwrap();
                    visit(&key, &row);
                });
            }
        }
        assert_eq!((count, sum), (self.rows, self.rows * DEPOSIT));
        let last = |rows: &Vec<(u64, u64, u64)>| rows.iter().map(|row| row.1).max().unwrap();
        let lasts: Vec<_> = seen.iter().map(last).collect();
        for (writer, rows) in seen.iter().enumerate() {
            assert_eq!(rows.len() as u64, self.rows);
            let (last, other) = (lasts[writer], lasts[1 - writer]);
            assert!(
                last >= least[writer],
                "a write that was finished is missing"
            );
            for &(number, first, second) in rows {
                let right = place(first, self.rows) == number && first + self.rows > last;
                assert!(
                    right,
                    "writer {writer}: row {number} is of {first}, the last is {last}"
                );
                assert!(
                    second <= other,
                    "a write without one that was finished before"
                );
            }
        }
    }
}

#[test]
fn a_long_scan_sees_exactly_one_moment() {
    let _watchdog = Watchdog::start("scans", Duration::from_secs(1200));
    let world = World::new();
    std::thread::scope(|scope| {
        let world = &world;
        for writer in 0..WRITERS as usize {
            scope.spawn(move || world.write(writer));
        }
        scope.spawn(|| world.transfer());
        let readers: Vec<_> = (0..2)
            .map(|reader| {
                scope.spawn(move || {
                    for scan in 0..SCANS {
                        let least =
                            std::array::from_fn(|writer| world.finished[writer].load(SeqCst));
                        let snapshot = world.store.snapshot();
                        world.check(&snapshot, least, scan + reader);
                        if scan % 4 == 0 {
                            world.check(&snapshot, least, scan + reader + 1);
                        }
                    }
                })
            })
            .collect();
        let results: Vec<_> = readers.into_iter().map(|reader| reader.join()).collect();
        world.ends.store(true, SeqCst);
        results.into_iter().for_each(|result| result.unwrap());
    });
    let written: u64 = world
        .finished
        .iter()
        .map(|last| last.load(SeqCst) + 1 - world.rows)
        .sum();
    println!(
        "{} rows, {} scans, {written} writes beside them",
        3 * world.rows,
        2 * SCANS
    );
    assert!(written > 0);
}
