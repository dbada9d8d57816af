//! Memory comes back: every allocation of this process is counted, and what a map took is given back when its keys are removed.
//!
//! Nobody calls anything for it: the tests insert, remove and look up. What the last removals have retired waits for the collector, so a few lookups
//! follow before the bytes are read; what may still wait then is a batch of nodes, and the tolerance of 2 % of the growth, and 64 KiB, covers it.
//! `ci/memory.sh` runs the ignored tests, with five million keys. With the feature `mimalloc` there is another allocator, and nothing to count.
#![cfg(not(any(loom, shuttle, feature = "mimalloc")))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use masstree::{Map, MassTree, MassTree15, MassTree15Inline, MassTreeInline, OrderedMap, Storage};
use masstree_testkit::stress::{mix, run_threads, scale};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;

/// The system's allocator, and the sum of the sizes of all that it has given out.
struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is passed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: by the caller's contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: by the caller's contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static TURN: Mutex<()> = Mutex::new(());

/// One test at a time, since all are counted together; with what earlier ones have retired freed.
fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let map = MassTreeInline::<u8>::new();
    // The collector's own queue is garbage in turn, so it goes on a while after the last of ours.
    let mut rounds = 0;
    while rounds < 2000 || map.stats().pending > 0 {
        map.guard().flush();
        std::thread::yield_now();
        rounds += 1;
    }
    turn
}

fn live() -> isize {
    LIVE.load(Relaxed)
}

/// The order in which keys leave.
#[derive(Clone, Copy, Debug)]
enum Order {
    Ascending,
    Descending,
    Random,
}

const ORDERS: [Order; 3] = [Order::Ascending, Order::Descending, Order::Random];

/// The indices of `keys` in that order.
fn in_order(keys: &[Vec<u8>], order: Order) -> Vec<u32> {
    let mut indices: Vec<u32> = (0..keys.len() as u32).collect();
    match order {
        Order::Ascending => indices.sort_unstable_by_key(|&i| &keys[i as usize]),
        Order::Descending => {
            indices.sort_unstable_by(|&a, &b| keys[b as usize].cmp(&keys[a as usize]))
        }
        Order::Random => indices.shuffle(&mut SmallRng::seed_from_u64(7)),
    }
    indices
}

/// Keys of 8 random bytes.
fn eight_bytes(n: usize) -> Vec<Vec<u8>> {
    (0..n as u64)
        .map(|i| mix(1, i).to_be_bytes().to_vec())
        .collect()
}

/// Decimal numbers of up to 20 digits behind a word: most go through two layers or three.
fn decimal(n: usize) -> Vec<Vec<u8>> {
    (0..n as u64)
        .map(|i| format!("key{}", mix(2, i)).into_bytes())
        .collect()
}

/// Inserts all keys and removes them again; what is left must be at most 2 % of what there was.
fn comes_back<S: Storage<Value = u64>, const W: usize, const I: usize>(
    keys: &[Vec<u8>],
    orders: &[Order],
) {
    for &order in orders {
        let indices = in_order(keys, order);
        let map: Map<S, W, I> = Map::new();
        let start = live();
        for (key, i) in keys.iter().zip(0..) {
            map.insert(key, i).unwrap();
        }
        let peak = live();
        for &i in &indices {
            assert!(map.remove(&keys[i as usize]).unwrap().is_some());
        }
        for key in keys.iter().take(1000) {
            assert!(!map.contains_key(key));
        }
        let (grown, left) = (peak - start, live() - start);
        println!(
            "{} keys, {order:?}: {grown} bytes more, {left} of them left ({:.3} %)",
            keys.len(),
            100.0 * left as f64 / grown as f64
        );
        assert!(
            left <= grown / 50 + 64 * 1024,
            "{order:?}: {left} bytes of {grown} are left"
        );
        let stats = map.stats();
        let counted = (
            stats.entries,
            stats.leaves,
            stats.inner_nodes,
            stats.key_bytes,
        );
        assert_eq!(counted, (0, 1, 0, 0));
        drop(map);
    }
}

#[test]
fn removed_keys_give_their_memory_back_in_every_order() {
    let _turn = turn();
    let n = scale(60_000);
    comes_back::<masstree::Inline<u64>, 24, 27>(&eight_bytes(n), &ORDERS);
    comes_back::<masstree::Shared<u64>, 24, 27>(&decimal(n), &ORDERS);
    comes_back::<masstree::Inline<u64>, 15, 27>(&decimal(n), &ORDERS);
}

fn five_million() -> usize {
    std::env::var("MASSTREE_KEYS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(5_000_000)
}

#[test]
#[ignore = "five million keys, three times: ci/memory.sh"]
fn five_million_keys_of_8_bytes_give_their_memory_back() {
    let _turn = turn();
    comes_back::<masstree::Inline<u64>, 24, 27>(&eight_bytes(five_million()), &ORDERS);
}

#[test]
#[ignore = "five million keys, three times: ci/memory.sh"]
fn five_million_keys_of_several_layers_give_their_memory_back() {
    let _turn = turn();
    comes_back::<masstree::Shared<u64>, 24, 27>(&decimal(five_million()), &ORDERS);
}

/// 87 bytes were lost with each removed key elsewhere, unless somebody called for them.
#[test]
fn memory_stays_flat_while_keys_come_and_go() {
    let _turn = turn();
    let map = MassTree15::<u64>::new();
    let round = |round: u64| {
        for i in 0..1000 {
            map.insert(format!("session/{}", mix(round, i)).as_bytes(), i)
                .unwrap();
        }
        for i in 0..1000 {
            map.remove(format!("session/{}", mix(round, i)).as_bytes())
                .unwrap();
        }
    };
    // What the collector keeps for its own work is there after the first rounds.
    (0..5).for_each(round);
    let start = live();
    let rounds = scale(60) as u64;
    (5..5 + rounds).for_each(round);
    let each = (live() - start) as f64 / (1000 * rounds) as f64;
    println!("{each:.2} bytes for each removed key");
    assert!(
        live() - start <= 64 * 1024,
        "{each} bytes for each removed key"
    );
}

#[test]
fn memory_stays_flat_while_threads_insert_and_remove() {
    let _turn = turn();
    let map = MassTree::<u64>::new();
    let rounds = scale(8) as u64;
    let key = |worker: usize, i: u64| format!("{}-{worker}", mix(3, i)).into_bytes();
    let run = || {
        run_threads(4, 1, std::time::Duration::from_secs(300), |worker| {
            for _ in 0..rounds {
                for i in 0..1000 {
                    map.insert(&key(worker.index, i), i).unwrap();
                }
                for i in 0..1000 {
                    map.remove(&key(worker.index, i)).unwrap();
                }
            }
        });
        // Threads that have ended leave their garbage to those that go on.
        for i in 0..2000_u64 {
            map.get(&i.to_be_bytes());
        }
        live()
    };
    let first = run();
    let later = (0..3).map(|_| run()).min().unwrap_or(first);
    assert!(later - first <= 128 * 1024, "{} bytes more", later - first);
    assert!(map.is_empty());
}

#[test]
fn pairs_of_keys_that_share_120_bytes_take_at_most_400_bytes_a_key() {
    let _turn = turn();
    let pairs = scale(10_000) as u64;
    let bytes = |map: &dyn Fn(&[u8])| {
        let start = live();
        for pair in 0..pairs {
            // No two pairs share more than chance has it; each ends with 8 bytes of its own.
            let mut key: Vec<u8> = (0..15).flat_map(|i| mix(pair, i).to_be_bytes()).collect();
            assert_eq!(key.len(), 120);
            for last in 0..2_u64 {
                key.truncate(120);
                key.extend(mix(last, pair).to_be_bytes());
                map(&key);
            }
        }
        (live() - start) as f64 / (2 * pairs) as f64
    };
    let inline = MassTreeInline::<u64>::new();
    let a = bytes(&|key| assert!(inline.insert(key, 1).is_ok()));
    let shared = MassTree::<u64>::new();
    let b = bytes(&|key| assert!(shared.insert(key, 1).is_ok()));
    let narrow = MassTree15Inline::<u64>::new();
    let c = bytes(&|key| assert!(narrow.insert(key, 1).is_ok()));
    println!("bytes a key: inline {a:.0}, shared {b:.0}, inline of width 15 {c:.0}");
    assert!(a <= 400.0 && b <= 400.0 && c <= 400.0, "{a} {b} {c}");
    assert_eq!(
        (inline.len(), shared.len()),
        (2 * pairs as usize, 2 * pairs as usize)
    );
}

#[test]
fn an_empty_map_takes_at_most_4_kib() {
    let _turn = turn();
    fn bytes<T>(make: impl Fn() -> T) -> isize {
        // The collector's own memory for this thread is there already: `turn` has used it.
        let start = live();
        let map = Box::new(make());
        let bytes = live() - start;
        drop(map);
        assert_eq!(live(), start, "a dropped map leaves nothing");
        bytes
    }
    let sizes = [
        bytes(MassTree::<String>::new),
        bytes(MassTree15::<String>::new),
        bytes(MassTreeInline::<u64>::new),
        bytes(MassTree15Inline::<u64>::new),
        bytes(OrderedMap::<u64, String>::new),
    ];
    println!("bytes of an empty map: {sizes:?}");
    assert!(sizes.iter().all(|&bytes| bytes <= 4096), "{sizes:?}");
}

/// A map of many keys, dropped whole.
#[test]
fn a_dropped_map_gives_everything_back() {
    let _turn = turn();
    for keys in [eight_bytes(scale(20_000)), decimal(scale(20_000))] {
        let start = live();
        let map = MassTree::<Vec<u8>>::new();
        for key in &keys {
            map.insert(key, key.clone()).unwrap();
        }
        let grown = live() - start;
        drop(map);
        let left = live() - start;
        // Nodes that growing has replaced wait for the collector.
        assert!(
            left <= grown / 50 + 64 * 1024,
            "{left} bytes of {grown} are left"
        );
    }
}
