//! Values whose drop panics. The map's nodes are given up by then, and no lock is held: the map goes on, in all threads.
//!
//! The collector is one for the process and frees in whichever thread pins next, so these tests have a process of their own, and take turns.
#![cfg(not(any(loom, shuttle)))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use masstree::{Map, MassTreeInline, Shared};
use masstree_testkit::stress::{Watchdog, run_threads, scale};

const LIMIT: Duration = Duration::from_secs(300);

static TURN: Mutex<()> = Mutex::new(());

/// Counts its drop, and panics in it if it is armed.
struct Value {
    armed: bool,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Relaxed);
        if self.armed && !std::thread::panicking() {
            panic!("on purpose")
        }
    }
}

struct Maker(Arc<AtomicUsize>);

impl Maker {
    fn new() -> Self {
        // Panics are many here, and expected; those of the tests themselves carry another message.
        std::panic::set_hook(Box::new(|panic| {
            if panic.payload_as_str() != Some("on purpose") {
                eprintln!("{panic}");
            }
        }));
        Self(Arc::default())
    }

    fn value(&self, i: u64) -> Value {
        Value {
            armed: i.is_multiple_of(7),
            dropped: Arc::clone(&self.0),
        }
    }

    /// Lets the collector work until `count` values were dropped, or the time is up.
    fn wait(&self, count: usize) {
        let other = MassTreeInline::<u8>::new();
        let start = Instant::now();
        while self.0.load(Relaxed) < count && start.elapsed() < Duration::from_secs(10) {
            quietly(|| other.guard().flush());
            std::thread::yield_now();
        }
        assert_eq!(self.0.load(Relaxed), count, "values dropped");
    }
}

type Trie = Map<Shared<Value>, 10, 3>;

fn key(i: u64) -> Vec<u8> {
    format!("layer--1{i:04}, and a record").into_bytes()
}

/// Runs an operation whose panic, if it has one, may only come from a drop.
fn quietly<T>(operation: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(operation)) {
        Ok(value) => Some(value),
        Err(panic) => {
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
            None
        }
    }
}

#[test]
fn a_map_goes_on_after_drops_that_panic() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let maker = Maker::new();
    let map = Trie::new();
    let rounds = scale(4_000) as u64;
    let _watchdog = Watchdog::start("operations whose values panic in their drop", LIMIT);
    let mut made = 0;
    for round in 0..rounds {
        let key = key(round % 60);
        made += 2;
        // Each drops a handle, replaces or takes out; the collector drops older values meanwhile.
        quietly(|| drop(map.insert(&key, maker.value(round))));
        quietly(|| drop(map.insert(&key, maker.value(round + 1))));
        assert!(map.len() <= 60);
        if round % 3 == 0 {
            quietly(|| drop(map.remove(&key)));
            // The panic may have come before the removal, from another value that was freed on the way in.
            while map.contains_key(&key) {
                quietly(|| drop(map.remove(&key)));
            }
        }
    }
    let (length, guard) = (map.len(), map.guard());
    assert_eq!(map.keys(&guard).count(), length);
    drop(guard);
    // From another thread: no lock is held.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..60 {
                quietly(|| drop(map.insert(&key(i), maker.value(1))));
            }
        });
    });
    made += 60;
    assert_eq!(map.len(), 60);
    quietly(|| map.clear());
    while !map.is_empty() {
        quietly(|| map.clear());
    }
    let stats = map.stats();
    assert_eq!(
        (stats.leaves, stats.inner_nodes, stats.key_bytes),
        (1, 0, 0)
    );
    maker.wait(made);
}

#[test]
fn refused_values_whose_drop_panics_change_nothing() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let maker = Maker::new();
    let map = Trie::new();
    map.insert(b"k", maker.value(1)).unwrap();
    let guard = map.guard();
    assert!(quietly(|| map.insert(&[0; 65_537], maker.value(0))).is_none());
    assert!(quietly(|| map.compare_exchange(b"k", None, Some(maker.value(0)), &guard)).is_none());
    assert!(quietly(|| map.get_or_insert_with(&[0; 65_537], || maker.value(0), &guard)).is_none());
    assert_eq!(map.len(), 1);
    assert!(!map.get(b"k").unwrap().armed);
    drop(guard);
    drop(map);
    maker.wait(4);
}

#[test]
fn threads_that_end_with_such_values_waiting_do_not_end_the_process() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let maker = Maker::new();
    let map = Trie::new();
    let rounds = scale(30);
    for round in 0..rounds {
        run_threads(4, round as u64, LIMIT, |worker| {
            for i in 0..50 {
                let key = key(worker.index as u64 * 50 + i);
                quietly(|| drop(map.insert(&key, maker.value(i))));
                quietly(|| drop(map.remove(&key)));
            }
        });
        assert!(map.is_empty());
    }
    maker.wait(rounds * 200);
}

#[test]
fn a_map_dropped_whole_drops_every_value_although_some_panic() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let maker = Maker::new();
    let map = Trie::new();
    for i in 0..500 {
        map.insert(&key(i), maker.value(i)).unwrap();
    }
    quietly(|| drop(map));
    maker.wait(500);
}
