//! What commits do to each other while they are under way: a batch has no reason to fail, and what a transaction has read counts even if it is then removed.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use masstree_store::{Batch, Error, Isolation, Store, Transaction};
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
    batches_beside(|store, number| {
        store.replace(&key(number), b"single").unwrap();
    });
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

fn prefixed(prefix: u8, number: u32) -> Vec<u8> {
    [&[prefix][..], &key(number)].concat()
}

/// Whether it is committed.
fn commit(tx: Transaction) -> bool {
    match tx.commit() {
        Ok(_) => true,
        Err(Error::Conflict { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Two transactions that each read what the other writes cannot both commit. One takes back what it wrote to the key that it has read.
#[test]
fn what_was_read_counts_even_if_it_is_removed_again() {
    const FILLERS: u32 = 60;
    let _watchdog = Watchdog::start("rounds", Duration::from_secs(120));
    let (barrier, begins) = (Barrier::new(2), Barrier::new(2));
    let store = Store::in_memory();
    let rounds = scale(600) as u32;
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut committed = Vec::new();
            for round in 0..rounds {
                let (first, last) = (prefixed(b'a', round), prefixed(b'z', round));
                let mut tx = store.transaction(Isolation::Serializable);
                assert_eq!(tx.get(&last).unwrap(), None);
                tx.replace(&first, b"").unwrap();
                barrier.wait();
                // Some instant while the other commits.
                for _ in 0..round % 100 * 20 {
                    std::hint::spin_loop();
                }
                committed.push(commit(tx));
                begins.wait();
            }
            committed
        });
        let mut committed = Vec::new();
        for round in 0..rounds {
            let (first, last) = (prefixed(b'a', round), prefixed(b'z', round));
            let mut tx = store.transaction(Isolation::Serializable);
            assert_eq!(tx.get(&first).unwrap(), None);
            tx.replace(&first, b"").unwrap();
            assert!(tx.remove(&first).unwrap());
            for filler in 0..FILLERS {
                tx.replace(&prefixed(b'm', filler), b"").unwrap();
            }
            tx.replace(&last, b"").unwrap();
            barrier.wait();
            committed.push(commit(tx));
            begins.wait();
        }
        let other = other.join().unwrap();
        let both = committed
            .iter()
            .zip(other)
            .filter(|(one, other)| **one && *other);
        assert_eq!(both.count(), 0, "of {rounds} pairs");
    });
}
