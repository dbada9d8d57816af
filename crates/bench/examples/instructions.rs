//! Does so many operations on one map, for whoever counts instructions.
//!
//! ```text
//! valgrind --tool=callgrind target/release/examples/instructions masstree lookup 100000
//! ```
//! Every run first loads the same hundred thousand random 8-byte keys; then it looks up keys that are there, inserts new ones, or visits
//! entries in scans of a hundred, as many as the count says; keys can be looked up by 32 in one call as well. Two runs that differ in the count alone tell what one operation takes: the
//! rest of the process drops out. Each answer is checked; keys come of a counter, which takes ten instructions.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use masstree_bench::contestant::{Contestant, Session};
use masstree_bench::contestants::ferntree::Ferntree;
#[cfg(feature = "peers")]
use masstree_bench::contestants::{ferntree_07::Ferntree07, masstree_095::Masstree095};
use masstree_bench::contestants::{locked_btree::RwLockBTree, ours::Ours15, ours::Ours24};
use masstree_bench::keys::shape::mix;
use masstree_bench::script::SCAN;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many keys are there before anything is counted.
const LOADED: u64 = 100_000;

/// How many keys are looked up in one call.
const BATCH: u64 = 32;

/// How many operations share a session.
const BLOCK: u64 = 128;

/// What is done.
#[derive(Clone, Copy)]
enum Operation {
    Lookup,
    Batch,
    Insert,
    Scan,
}

/// The key of a counter.
#[inline(always)]
fn key(counter: u64) -> [u8; 8] {
    mix(counter).to_be_bytes()
}

/// Calls `work` with the map's session and each number below `count`, with a new session for each block; how often it said no.
#[inline(always)]
fn each<'m, M: Contestant>(
    map: &'m M,
    count: u64,
    mut work: impl FnMut(&M::Session<'m>, u64) -> bool,
) -> u64 {
    let mut refused = 0;
    for start in (0..count).step_by(BLOCK as usize) {
        let session = map.session();
        for number in start..(start + BLOCK).min(count) {
            refused += u64::from(!work(&session, number));
        }
    }
    refused
}

/// Inserts the keys of `count` counters from `first` on.
fn insert<M: Contestant>(map: &M, first: u64, count: u64) {
    each(map, count, |session, number| {
        session.insert(&key(first + number), first + number);
        true
    });
}

/// Does `count` operations on a loaded map; how many answers were wrong.
fn run<M: Contestant>(operation: Operation, count: u64) -> u64 {
    let map = M::new();
    insert(&map, 0, LOADED);
    match operation {
        Operation::Lookup => each(&map, count, |session, number| {
            session.get(&key(number % LOADED)) == Some(number % LOADED)
        }),
        Operation::Batch => each(&map, count / BATCH, |session, number| {
            let counter = |index: u64| (number * BATCH + index) % LOADED;
            let keys: [_; BATCH as usize] = std::array::from_fn(|i| key(counter(i as u64)));
            let mut right = 0;
            session.get_many(&keys.each_ref().map(|key| &key[..]), |index, value| {
                right += u64::from(value == Some(counter(index as u64)));
            });
            right == BATCH
        }),
        Operation::Insert => {
            insert(&map, LOADED, count);
            each(&map, u64::from(count > 0), |session, _| {
                session.get(&key(LOADED + count - 1)) == Some(LOADED + count - 1)
            })
        }
        Operation::Scan => each(&map, count / SCAN as u64, |session, number| {
            let mut values = 0;
            session.scan_values(Some(&key(number)), SCAN, |value| {
                values += u64::from(value < LOADED);
            });
            // The few keys at the end of the map have less behind them.
            values == SCAN as u64 || mix(number) > u64::MAX - u64::MAX / 500
        }),
    }
}

/// Parses `MAP OPERATION COUNT` and runs it.
fn answer(arguments: &[String]) -> Result<u64, String> {
    let [map, operation, count] = arguments else {
        return Err("usage: instructions MAP lookup|batch|insert|scan COUNT".to_owned());
    };
    let operation = match operation.as_str() {
        "lookup" => Operation::Lookup,
        "batch" => Operation::Batch,
        "insert" => Operation::Insert,
        "scan" => Operation::Scan,
        _ => {
            return Err(format!(
                "no operation {operation}: lookup, batch, insert or scan"
            ));
        }
    };
    let count = count
        .parse()
        .map_err(|_| format!("not a number: {count}"))?;
    Ok(match map.as_str() {
        "masstree" => run::<Ours24>(operation, count),
        "masstree15" => run::<Ours15>(operation, count),
        "ferntree" => run::<Ferntree<u64>>(operation, count),
        "btreemap" => run::<RwLockBTree<u64>>(operation, count),
        #[cfg(feature = "peers")]
        "masstree095" => run::<Masstree095>(operation, count),
        #[cfg(feature = "peers")]
        "ferntree07" => run::<Ferntree07<u64>>(operation, count),
        _ => {
            return Err(format!(
                "no map {map}: masstree, masstree15, ferntree or btreemap; masstree095 and ferntree07 with the feature peers"
            ));
        }
    })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match answer(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(wrong) => {
            eprintln!("instructions: {wrong} wrong answers");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::from(2)
        }
    }
}
