//! Closures, visitors, iterators and clones that panic: the map is as it was, and no lock is held.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use masstree::{Map, MassTree15, RangeBound::Unbounded, Shared};
use masstree_testkit::drops::{DropLedger, Tracked};
use masstree_testkit::stress::Watchdog;

use super::{LIMIT, contents};

type Trie = Map<Shared<Tracked>, 10, 3>;

const KEYS: [&[u8]; 6] = [
    b"",
    b"k",
    b"key with a record",
    b"layer--1a",
    b"layer--1b",
    b"zzz",
];

fn filled(ledger: &DropLedger) -> Trie {
    let map = Trie::new();
    for (key, value) in KEYS.into_iter().zip(0..) {
        map.insert(key, ledger.track(value)).unwrap();
    }
    map
}

/// Runs `attempt` to its panic, then writes every leaf from another thread, which would wait for a lock that is still held.
fn survives(name: &str, attempt: impl FnOnce(&Trie, &DropLedger)) {
    let ledger = DropLedger::new();
    let map = filled(&ledger);
    let before = contents(&map, Tracked::value);
    let panic = catch_unwind(AssertUnwindSafe(|| attempt(&map, &ledger))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"), "{name}");
    assert_eq!(contents(&map, Tracked::value), before, "{name}");
    let _watchdog = Watchdog::start(format!("writes after a panic in {name}"), LIMIT);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for key in KEYS {
                map.insert(key, ledger.track(7)).unwrap();
                for last in 0..30 {
                    map.insert(&[key, &[last]].concat(), ledger.track(8))
                        .unwrap();
                }
            }
            for key in KEYS {
                assert_eq!(
                    map.remove(key).unwrap().map(|v| v.value()),
                    Some(7),
                    "{name}"
                );
            }
            assert_eq!(map.len(), 30 * KEYS.len(), "{name}");
            map.clear();
        });
    });
    assert!(map.is_empty(), "{name}");
    drop(map);
    let collector = MassTree15::<u8>::new();
    ledger.assert_all_dropped_within(Duration::from_secs(60), || collector.guard().flush());
}

fn on_purpose<T>() -> T {
    panic!("on purpose")
}

#[test]
fn a_visitor_that_panics() {
    survives("scan", |map, _| {
        map.scan(Unbounded, Unbounded, |_, _| on_purpose(), &map.guard());
    });
    survives("scan_ref", |map, _| {
        map.scan_ref(
            Unbounded,
            Unbounded,
            |k, _| k < b"layer" || on_purpose(),
            &map.guard(),
        );
    });
    survives("scan_rev", |map, _| {
        map.scan_rev(
            Unbounded,
            Unbounded,
            |k, _| k > b"layer--1a" || on_purpose(),
            &map.guard(),
        );
    });
    survives("scan_values", |map, _| {
        map.scan_values(Unbounded, Unbounded, |_| on_purpose(), &map.guard());
    });
    survives("scan_prefix", |map, _| {
        map.scan_prefix(b"layer--1", |_, _| on_purpose(), &map.guard());
    });
    survives("get_many_with", |map, _| {
        map.get_many_with(&KEYS, &map.guard(), |i, _| {
            if i == 3 {
                on_purpose()
            }
        });
    });
}

#[test]
fn an_update_that_panics() {
    for key in KEYS {
        survives("update", |map, _| {
            drop(map.update(key, |_| on_purpose(), &map.guard()))
        });
        survives("fetch_update", |map, _| {
            let _ = map.fetch_update(key, |_| on_purpose(), &map.guard());
        });
        survives("and_modify", |map, ledger| {
            let guard = map.guard();
            let entry = map.entry(key, &guard).and_modify(|_| on_purpose());
            let _ = entry.or_insert_with(|| ledger.track(0));
        });
        survives("remove_if", |map, _| {
            drop(map.remove_if(key, |_| on_purpose(), &map.guard()))
        });
        let absent = [key, b"absent"].concat();
        survives("fetch_update of an absent key", |map, _| {
            let _ = map.fetch_update(&absent, |_| on_purpose(), &map.guard());
        });
        survives("get_or_insert_with", |map, _| {
            let _ = map.get_or_insert_with(&absent, on_purpose, &map.guard());
        });
        survives("or_insert_with", |map, _| {
            let guard = map.guard();
            let _ = map.entry(&absent, &guard).or_insert_with(on_purpose);
        });
    }
}

/// The closure writes the same leaf itself, is called again because of that, and panics then.
#[test]
fn an_update_that_panics_when_it_runs_again() {
    survives("fetch_update, second call", |map, ledger| {
        let guard = map.guard();
        let mut calls = 0;
        let _ = map.fetch_update(
            b"k",
            |seen| {
                calls += 1;
                if calls == 2 {
                    // As it was, for the comparison behind.
                    map.insert(b"k", ledger.track(1)).unwrap();
                    on_purpose()
                }
                map.insert(b"k", ledger.track(50)).unwrap();
                seen.cloned()
            },
            &guard,
        );
    });
}

#[test]
fn a_condition_that_panics() {
    survives("retain", |map, _| {
        map.retain(|key, _| key < b"layer" || on_purpose(), &map.guard());
    });
    let ledger = DropLedger::new();
    let map = filled(&ledger);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        map.retain(
            |key, _| key < b"layer--1b" && (key < b"layer--1a" || on_purpose()),
            &map.guard(),
        )
    }));
    assert!(outcome.is_err());
    assert_eq!(
        map.len(),
        KEYS.len(),
        "what was kept before the panic is kept"
    );
}

#[test]
fn an_iterator_or_a_key_that_panics() {
    struct Key(bool);
    impl AsRef<[u8]> for Key {
        fn as_ref(&self) -> &[u8] {
            if self.0 { on_purpose() } else { b"k" }
        }
    }
    survives("insert_many", |map, ledger| {
        let pairs = (0..3).map(|i| {
            if i < 2 {
                (b"k", ledger.track(1))
            } else {
                on_purpose()
            }
        });
        let _ = map.insert_many(pairs, &map.guard());
    });
    survives("insert_many's key", |map, ledger| {
        let pairs = [(Key(false), ledger.track(1)), (Key(true), ledger.track(2))];
        let _ = map.insert_many(pairs, &map.guard());
    });
    survives("remove_many's key", |map, _| {
        let _ = map.remove_many(&[Key(true), Key(false)], &map.guard());
    });
    survives("get_many's key", |map, _| {
        let _ = map.get_many(&[Key(false), Key(true)], &map.guard());
    });
    survives("bulk_load's key", |map, ledger| {
        let pairs = vec![(Key(false), ledger.track(1)), (Key(true), ledger.track(2))];
        let _ = map.bulk_load(pairs, None);
    });
    survives("bulk_load's key in a thread", |map, ledger| {
        let pair = |i| (Key(i == 9_000), ledger.track(1));
        let _ = map.bulk_load((0..10_000).map(pair).collect(), std::num::NonZero::new(2));
    });
}

#[test]
fn a_clone_that_panics() {
    static CLONES: AtomicU64 = AtomicU64::new(0);
    struct Fragile(u64);
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            if CLONES.fetch_add(1, Relaxed) % 8 == 7 {
                on_purpose()
            }
            Self(self.0)
        }
    }
    let map = MassTree15::<Fragile>::new();
    for i in 0..100_u64 {
        map.insert(&i.to_be_bytes(), Fragile(i)).unwrap();
    }
    let guard = map.guard();
    assert!(catch_unwind(AssertUnwindSafe(|| map.clone())).is_err());
    assert!((0..8).any(|i: u8| {
        let value = Fragile(1);
        catch_unwind(AssertUnwindSafe(|| {
            map.entry(&[i], &guard).or_insert(value)
        }))
        .is_err()
    }));
    let _watchdog = Watchdog::start("writes after a clone that panicked", LIMIT);
    std::thread::scope(|scope| {
        scope.spawn(|| map.clear());
    });
    assert!(map.is_empty());
}
