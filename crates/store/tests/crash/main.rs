//! A process under full load, with checkpoints running, is killed at random instants. What it had acknowledged is there when its directory is opened again.
//!
//! The load is a function of a seed: each thread writes its own keys in a fixed order, so that what it has done is a number. A thread notes that number in a
//! file outside of the store's directory after each acknowledgement. After the kill the keys of the thread must be exactly as after that operation, or as after
//! the next one, which was under way: nothing lost, nothing invented, no transaction in part. A counter that all threads add to must be the sum of what they did.
//!
//! The child is this program again, in the test [`child`]. `MASSTREE_ROUNDS` is the number of kills, `MASSTREE_SEED` repeats their times.

mod load;
mod worker;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use load::{COUNTER, Load, THREADS, counted};
use masstree_store::{Row, Store};
use masstree_testkit::stress::{Watchdog, mix};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

const ROUNDS: u64 = 5;

/// Tells the child what to do: the number of the round.
const VARIABLE: &str = "MASSTREE_CRASH_ROUND";
const DIRECTORY: &str = "MASSTREE_CRASH_DIRECTORY";

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("the variable is a number"))
}

/// What the rounds have seen.
#[derive(Debug, Default)]
struct Seen {
    acknowledged: u64,
    unacknowledged: u64,
    in_the_counter_alone: u64,
    torn_tails: u64,
    from_checkpoints: u64,
    killed_while_opening: u64,
}

/// Starts the child, kills it after `time`.
fn run_and_kill(directory: &Path, round: u64, time: Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored", "--test-threads=1"])
        .env(VARIABLE, round.to_string())
        .env(DIRECTORY, directory)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(time);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code().is_none(),
        "the child ended by itself: {told}"
    );
    assert!(!told.contains("panicked"), "{told}");
}

/// The rows of each thread, and the shared counter.
fn contents(store: &Store) -> (Vec<BTreeMap<Vec<u8>, Row>>, u64) {
    let mut threads = vec![BTreeMap::new(); THREADS];
    let mut counter = 0;
    store
        .snapshot()
        .visit::<&[u8]>(.., |key, row| {
            match key {
                COUNTER => counter = counted(Some(row)),
                [thread, ..] => {
                    drop(threads[usize::from(*thread)].insert(key.to_vec(), row.clone()))
                }
                [] => panic!("a key that nobody wrote"),
            }
            true
        })
        .unwrap();
    (threads, counter)
}

fn rounds(count: u64, seed: u64) -> Seen {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("store")).unwrap();
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut loads: Vec<_> = (0..THREADS).map(Load::new).collect();
    let mut seen = Seen::default();
    worker::note_start(directory.path(), &loads);
    for round in 0..count {
        let time = match round % 8 {
            // While it opens the directory.
            7 => rng.random_range(0..20),
            _ => rng.random_range(20..400),
        };
        run_and_kill(directory.path(), round, Duration::from_millis(time));
        let options = worker::options(&directory.path().join("store"), round);
        let (store, report) = Store::open_with(options, |_| {}).unwrap();
        let (found, counter) = contents(&store);
        let (mut sum, mut unseen) = (0, Vec::new());
        let before = seen.acknowledged;
        for (load, found) in loads.iter_mut().zip(&found) {
            let acknowledged = worker::noted(directory.path(), load.thread);
            seen.acknowledged += acknowledged - load.done;
            while load.done < acknowledged {
                load.step();
            }
            unseen.push(load.rows == *found);
            if load.rows != *found {
                // The one that was under way.
                load.step();
                seen.unacknowledged += 1;
            }
            let what = (round, load.thread, load.done);
            assert!(
                load.rows == *found,
                "round, thread and operation {what:?}: {}",
                difference(&load.rows, found)
            );
            sum += load.counted;
        }
        // A transaction that was under way and took out nothing but keys that were not there shows in the counter alone.
        for (load, unseen) in loads.iter_mut().zip(unseen) {
            if unseen && sum < counter && load.only_counts_next() {
                load.step();
                seen.unacknowledged += 1;
                seen.in_the_counter_alone += 1;
                sum += 1;
            }
        }
        assert_eq!(counter, sum, "round {round}: the counter");
        seen.torn_tails += u64::from(report.torn.is_some());
        seen.from_checkpoints += u64::from(report.rows > 0);
        seen.killed_while_opening += u64::from(seen.acknowledged == before);
        drop(store);
        worker::note_start(directory.path(), &loads);
    }
    seen
}

fn difference(expected: &BTreeMap<Vec<u8>, Row>, found: &BTreeMap<Vec<u8>, Row>) -> String {
    let keys = expected.keys().chain(found.keys());
    let keys = keys.filter(|key| expected.get(*key) != found.get(*key));
    let mut told: Vec<_> = keys
        .map(|key| format!("{key:?}: {:?}, not {:?}", found.get(key), expected.get(key)))
        .collect();
    told.dedup();
    told.truncate(4);
    told.join("; ")
}

#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let count = number("MASSTREE_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("MASSTREE_SEED").unwrap_or(1);
    println!("MASSTREE_ROUNDS={count} MASSTREE_SEED={seed}");
    let _watchdog = Watchdog::start("kills", Duration::from_secs(60 + 4 * count));
    let seen = rounds(count, mix(seed, 0));
    println!("{count} kills: {seen:?}; 0 acknowledged writes lost, 0 invented, 0 torn");
    assert!(seen.acknowledged > 0);
}

#[test]
#[ignore = "the process that is killed"]
fn child() {
    if let (Some(round), Some(directory)) = (number(VARIABLE), std::env::var_os(DIRECTORY)) {
        worker::work(Path::new(&directory), round);
    }
}
