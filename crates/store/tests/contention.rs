//! What commits do to each other while they are under way: a batch has no reason to fail, and what a transaction has read counts even if it is then removed.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use masstree_store::{Batch, Error, Isolation, Store};
use masstree_testkit::stress::{Watchdog, scale};

fn key(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

/// Batches of many keys, each whole, while `others` do something to these keys.
fn batches_beside(others: impl Fn(&Store, u32) + Sync) {
    const KEYS: u32 = 300;
    let _watchdog = Watchdog::start("batches", Duration::from_secs(120));
    let store = Store::in_memory();
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for number in 0.. {
                    others(&store, number % KEYS);
                    if ends.load(SeqCst) {
                        break;
                    }
                }
            });
        }
        let result = (0..scale(100) as u32).try_for_each(|round| {
            let mut batch = Batch::new();
            for number in 0..KEYS {
                batch.replace(&key(number), &key(round));
            }
            store.batch(&batch).map(drop)
        });
        ends.store(true, SeqCst);
        result.unwrap();
    });
}

#[test]
fn a_batch_does_not_fail_beside_single_writes() {
    batches_beside(|store, number| drop(store.replace(&key(number), b"single").unwrap()));
}

#[test]
fn a_batch_does_not_fail_beside_transactions() {
    batches_beside(|store, number| {
        let done = store.transact(Isolation::Serializable, |tx| {
            tx.get(&key(number))?;
            tx.replace(b"other", b"")
        });
        done.unwrap();
    });
}

/// Two transactions that each read what the other writes: one sees that the other was first. One takes back what it wrote to the key that it has read.
#[test]
fn what_was_read_counts_even_if_its_removal_changes_nothing() {
    const FILLERS: u32 = 100;
    let _watchdog = Watchdog::start("rounds", Duration::from_secs(120));
    let barrier = Barrier::new(2);
    let rounds = scale(300) as u32;
    let store = Store::in_memory();
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..rounds {
                let (first, last) = (
                    [&b"a"[..], &key(round)].concat(),
                    [&b"z"[..], &key(round)].concat(),
                );
                barrier.wait();
                let mut tx = store.transaction(Isolation::Serializable);
                let free = tx.get(&first).unwrap().is_none();
                tx.replace(&first, b"").unwrap();
                tx.remove(&first).unwrap();
                for filler in 0..FILLERS {
                    tx.replace(&[&b"m"[..], &key(filler)].concat(), b"")
                        .unwrap();
                }
                if free {
                    tx.replace(&last, b"taken").unwrap();
                }
                match tx.commit() {
                    Ok(_) | Err(Error::Conflict { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
                barrier.wait();
                let taken = |key: &[u8]| store.get(key).unwrap().is_some();
                assert!(
                    !(taken(&first) && taken(&last)),
                    "round {round}: taken twice"
                );
            }
        });
        scope.spawn(|| {
            for round in 0..rounds {
                let (first, last) = (
                    [&b"a"[..], &key(round)].concat(),
                    [&b"z"[..], &key(round)].concat(),
                );
                barrier.wait();
                for _ in 0..round % 50 * 20 {
                    std::hint::spin_loop();
                }
                let mut tx = store.transaction(Isolation::Serializable);
                if tx.get(&last).unwrap().is_none() {
                    tx.replace(&first, b"taken").unwrap();
                }
                match tx.commit() {
                    Ok(_) | Err(Error::Conflict { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
                barrier.wait();
            }
        });
    });
}
