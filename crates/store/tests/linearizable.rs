//! Single operations of several threads on few keys have an order of effects that explains every answer.
//!
//! Transactions of one or two keys count as operations on each of them. Snapshots that come and go beside them make versions pile up and be cut.

use std::time::Duration;

use masstree_store::{Error, Isolation, Row, Snapshot, Store};
use masstree_testkit::history::{History, Recorder, ThreadLog};
use masstree_testkit::linearizability::{Model, check};
use masstree_testkit::stress::{mix, run_threads, scale};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

const HISTORIES: usize = 1_000;
const THREADS: usize = 4;
const OPERATIONS: usize = 24;
const KEYS: u8 = 3;
const LIMIT: Duration = Duration::from_secs(300);

/// Two columns; 0 is an empty one.
type Pair = (u32, u32);

#[derive(Clone, Copy, Debug)]
enum Op {
    Get,
    Replace(u32),
    /// Sets the second column.
    Put(u32),
    Remove,
    CompareAndSet(Option<Pair>, Option<Pair>),
    /// A transaction that reads the row and makes it this one.
    Exchange(Option<Pair>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Row(Option<Pair>),
    Existed(bool),
    Done(bool),
}

struct Columns;

impl Model for Columns {
    type Op = Op;
    type Result = Answer;
    type State = Option<Pair>;

    fn initial(&self) -> Option<Pair> {
        None
    }

    fn step(&self, state: &Option<Pair>, op: &Op, answer: &Answer) -> Option<Option<Pair>> {
        let existed = Answer::Existed(state.is_some());
        let (expected, after) = match *op {
            Op::Get => (Answer::Row(*state), *state),
            Op::Replace(first) => (existed, Some((first, 0))),
            Op::Put(second) => (existed, Some((state.map_or(0, |row| row.0), second))),
            Op::Remove => (existed, None),
            Op::CompareAndSet(from, to) if *state == from => (Answer::Done(true), to),
            Op::CompareAndSet(..) => (Answer::Done(false), *state),
            Op::Exchange(to) => (Answer::Row(*state), to),
        };
        (expected == *answer).then_some(after)
    }
}

fn bytes(number: u32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    if number == 0 {
        Vec::new()
    } else {
        bytes.to_vec()
    }
}

fn number(column: &[u8]) -> u32 {
    column.try_into().map_or(0, u32::from_be_bytes)
}

fn row((first, second): Pair) -> Row {
    if second == 0 {
        return Row::single(&bytes(first));
    }
    Row::from_columns([bytes(first).as_slice(), &bytes(second)])
}

fn pair(row: &Row) -> Pair {
    let column = |index| row.column(index).map_or(0, number);
    (column(0), column(1))
}

type Log = ThreadLog<u8, Op, Answer>;

struct Thread<'a> {
    store: &'a Store,
    log: Log,
    rng: SmallRng,
    snapshots: Vec<Snapshot>,
    fresh: u32,
    /// What this thread saw last.
    recent: Option<Pair>,
}

impl Thread<'_> {
    fn operate(&mut self) {
        let key = self.rng.random_range(0..KEYS);
        self.fresh += 1;
        let fresh = self.fresh;
        let store = self.store;
        match self.rng.random_range(0..13) {
            0..3 => {
                let answer = self.log.run(key, Op::Get, |key, _| {
                    Answer::Row(store.get(&[*key]).unwrap().as_ref().map(pair))
                });
                if let Answer::Row(row) = *answer {
                    self.recent = row;
                }
            }
            3 | 4 => self.existed(key, Op::Replace(fresh), |key| {
                store.replace(key, &bytes(fresh))
            }),
            5 => self.existed(key, Op::Put(fresh), |key| {
                store.put(key, &[(1, &bytes(fresh))])
            }),
            6 | 7 => self.existed(key, Op::Remove, |key| store.remove(key)),
            8 => self.compare_and_set(key),
            9 | 10 => self.exchange(key),
            11 => self.read_at_once(),
            _ => self.snapshot(),
        }
        if self.rng.random_ratio(1, 6) {
            std::thread::yield_now();
        }
    }

    fn existed(&mut self, key: u8, op: Op, run: impl FnOnce(&[u8]) -> Result<bool, Error>) {
        self.log
            .run(key, op, |key, _| Answer::Existed(run(&[*key]).unwrap()));
    }

    fn compare_and_set(&mut self, key: u8) {
        let to = self.rng.random_ratio(2, 3).then_some((self.fresh, 0));
        let op = Op::CompareAndSet(self.recent, to);
        let (from, into) = (self.recent.map(row), to.map(row));
        let store = self.store;
        self.log.run(key, op, |key, _| {
            let done = store.compare_and_set(&[*key], from.as_ref(), into.as_ref());
            Answer::Done(done.unwrap())
        });
    }

    /// One key or two, in one transaction.
    fn exchange(&mut self, first: u8) {
        let second = self.rng.random_range(0..KEYS);
        let to = self.rng.random_ratio(3, 4).then_some((self.fresh, 0));
        let isolation = if self.rng.random() {
            Isolation::Snapshot
        } else {
            Isolation::Serializable
        };
        let mut keys = vec![first, second];
        keys.dedup();
        let invocations: Vec<_> = keys.iter().map(|_| self.log.begin()).collect();
        let found = self.store.transact(isolation, |tx| {
            let mut found = Vec::new();
            for key in &keys {
                found.push(tx.get(&[*key])?.as_ref().map(pair));
                match to {
                    Some(to) => tx.put_row(&[*key], row(to))?,
                    None => drop(tx.remove(&[*key])?),
                }
            }
            Ok::<_, Error>(found)
        });
        let found = found.unwrap();
        for ((invocation, key), found) in invocations.into_iter().zip(keys).zip(found) {
            self.log
                .end(invocation, key, Op::Exchange(to), Answer::Row(found));
        }
    }

    /// All keys as of a moment between the beginning and the end.
    fn read_at_once(&mut self) {
        let invocations: Vec<_> = (0..KEYS).map(|_| self.log.begin()).collect();
        let keys: Vec<_> = (0..KEYS).map(|key| [key]).collect();
        let rows = match self.rng.random_range(0..3) {
            0 => self.store.get_many(&keys).unwrap(),
            1 => {
                let mut tx = self.store.transaction(Isolation::Serializable);
                let rows = keys.iter().map(|key| tx.get(key).unwrap()).collect();
                tx.commit().unwrap();
                rows
            }
            _ => {
                let mut rows = vec![None; keys.len()];
                for found in self.store.snapshot().range::<&[u8]>(..) {
                    let (key, row) = found.unwrap();
                    rows[usize::from(key[0])] = Some(row);
                }
                rows
            }
        };
        for ((invocation, key), row) in invocations.into_iter().zip(0..KEYS).zip(rows) {
            let answer = Answer::Row(row.as_ref().map(pair));
            self.log.end(invocation, key, Op::Get, answer);
        }
    }

    /// Takes a snapshot, or looks whether one that is held has changed and lets go of it.
    fn snapshot(&mut self) {
        if self.snapshots.len() < 3 && self.rng.random() {
            self.snapshots.push(self.store.snapshot());
            return;
        }
        if self.snapshots.is_empty() {
            return;
        }
        let index = self.rng.random_range(0..self.snapshots.len());
        let snapshot = self.snapshots.swap_remove(index);
        let read = || (0..KEYS).map(|key| snapshot.get(&[key]).unwrap());
        let before: Vec<_> = read().collect();
        std::thread::yield_now();
        assert!(read().eq(before), "a snapshot has changed");
    }
}

fn record(store: &Store, seed: u64) -> History<u8, Op, Answer> {
    let recorder = Recorder::new();
    run_threads(THREADS, seed, LIMIT, |worker| {
        let mut thread = Thread {
            store,
            log: recorder.thread(),
            rng: SmallRng::seed_from_u64(worker.seed),
            snapshots: Vec::new(),
            fresh: worker.index as u32 * 1_000_000,
            recent: None,
        };
        (0..OPERATIONS).for_each(|_| thread.operate());
    });
    recorder.into_history()
}

#[test]
fn recorded_histories_are_linearizable() {
    for round in 0..scale(HISTORIES) as u64 {
        let store = Store::in_memory();
        let history = record(&store, mix(3, round));
        if let Err(refusal) = check(&Columns, &history) {
            panic!("round {round}: {refusal}");
        }
    }
}

#[test]
fn histories_told_backwards_are_refused() {
    for round in 0..20 {
        let store = Store::in_memory();
        let mut operations = record(&store, mix(4, round)).into_operations();
        let end = operations.iter().map(|operation| operation.returned).max();
        for operation in &mut operations {
            let (began, ended) = (operation.invoked, operation.returned);
            operation.invoked = end.unwrap() - ended;
            operation.returned = end.unwrap() - began;
        }
        assert!(check(&Columns, &History::from_operations(operations)).is_err());
    }
}
