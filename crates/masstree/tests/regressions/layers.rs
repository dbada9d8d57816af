//! A layer is made while others read: they see single keys, or the whole layer, never half of one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use masstree::RangeBound::Unbounded;
use masstree::{MassTree15, MassTreeInline};
use masstree_testkit::stress::{run_threads, scale};

use super::LIMIT;

/// One thread brings keys with the same 8 (or 32) first bytes and takes them out again; the others never miss the key that stays.
fn a_steady_key_is_never_missed(shared: &str, newcomers: usize, rounds: usize) {
    let map = MassTree15::<u64>::new();
    let steady = format!("{shared}steady");
    map.insert(steady.as_bytes(), 1).unwrap();
    let done = AtomicBool::new(false);
    run_threads(3, 1, LIMIT, |worker| {
        if worker.index == 0 {
            for round in 0..rounds {
                // Keys that part in the slice behind the shared bytes, later, and not at all before the end of the steady one.
                let newcomer = |i: usize| match (round + i) % 3 {
                    0 => format!("{shared}another{i}"),
                    1 => format!("{shared}steady and on{i}"),
                    _ => format!("{shared}steady{i:08x}"),
                };
                for i in 0..newcomers {
                    map.insert(newcomer(i).as_bytes(), 2).unwrap();
                    assert_eq!(map.get(steady.as_bytes()).as_deref(), Some(&1));
                }
                for i in 0..newcomers {
                    let removed = map.remove(newcomer(i).as_bytes()).unwrap();
                    assert_eq!(removed.as_deref(), Some(&2));
                }
            }
            done.store(true, Relaxed);
            return;
        }
        while !done.load(Relaxed) {
            let guard = map.guard();
            let value = map.get_ref(steady.as_bytes(), &guard);
            assert_eq!(value, Some(&1), "lookup");
            let mut seen = 0;
            map.scan_ref(
                Unbounded,
                Unbounded,
                |key, value| {
                    assert!(key.starts_with(shared.as_bytes()), "{key:?}");
                    let own = key == steady.as_bytes();
                    assert_eq!(*value, if own { 1 } else { 2 }, "{key:?}");
                    seen += usize::from(own);
                    true
                },
                &guard,
            );
            assert_eq!(seen, 1, "scan");
            let mut backward = map.keys(&guard).rev();
            assert!(backward.any(|key| key == steady.as_bytes()), "reverse");
        }
    });
    assert_eq!(map.len(), 1);
}

#[test]
fn a_reader_never_sees_a_half_made_layer_when_a_second_key_arrives() {
    a_steady_key_is_never_missed("shared.8", 1, scale(10_000));
    a_steady_key_is_never_missed("shared.8shared.8shared.8shared.8", 1, scale(10_000));
}

/// More keys than a leaf has slots, so that a layer must be made, and given back.
#[test]
fn a_reader_never_sees_a_half_made_layer_when_a_leaf_is_crowded() {
    a_steady_key_is_never_missed("shared.8", 20, scale(1_000));
    a_steady_key_is_never_missed("shared.8shared.8shared.8shared.8", 20, scale(1_000));
}

/// All threads bring keys with the same 8 bytes at once, so that layers are made by several of them.
#[test]
fn keys_with_the_same_8_bytes_arrive_at_once_and_none_is_lost() {
    const EACH: usize = 8;
    let rounds = scale(300);
    let map = MassTreeInline::<u64>::new();
    let arrived = AtomicUsize::new(0);
    let key = |round: usize, index: usize, i: usize| {
        let rest = ["", "a", "aaaaaaaab", "aaaaaaaacaaaaaaaad"][index];
        format!("{round:08}{i}{rest}").into_bytes()
    };
    run_threads(4, 2, LIMIT, |worker| {
        for round in 0..rounds {
            arrived.fetch_add(1, Relaxed);
            while arrived.load(Relaxed) < (round + 1) * worker.count {
                std::thread::yield_now();
            }
            for i in 0..EACH {
                let key = key(round, worker.index, i);
                assert_eq!(map.insert(&key, worker.index as u64), Ok(None));
                assert_eq!(map.get(&key), Some(worker.index as u64));
            }
        }
    });
    assert_eq!(map.len(), 4 * EACH * rounds);
    let guard = map.guard();
    for (at, entry) in map.iter(&guard).enumerate() {
        let expected = key(at / (4 * EACH), at % 4, at / 4 % EACH);
        assert_eq!(
            (entry.key(), entry.value()),
            (expected.as_slice(), at as u64 % 4)
        );
    }
}
