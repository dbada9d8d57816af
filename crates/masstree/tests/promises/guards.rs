//! Guards: one of another map is harmless, and many at once are.

use std::time::Duration;

use masstree::{MassTree, MassTreeInline, RangeBound::Unbounded};
use masstree_testkit::drops::DropLedger;
use masstree_testkit::stress::{run_threads, scale};

use super::LIMIT;

#[test]
fn a_guard_of_another_map_is_harmless() {
    let ledger = DropLedger::new();
    let map = MassTree::new();
    let other = MassTreeInline::<u8>::new();
    let rounds = scale(20_000) as u64;
    run_threads(3, 1, LIMIT, |worker| {
        for round in 0..rounds {
            let key = format!("a key of three slices {}", round % 50);
            let guard = other.guard();
            match worker.index {
                0 => drop(map.insert_with_guard(key.as_bytes(), ledger.track(round), &guard)),
                1 => drop(map.remove_with_guard(key.as_bytes(), &guard)),
                _ => {
                    // A value that is read after its removal would be seen by its canary, and by AddressSanitizer.
                    if let Some(value) = map.get_ref(key.as_bytes(), &guard) {
                        std::thread::yield_now();
                        assert!(value.value() < rounds);
                    }
                    map.scan_ref(Unbounded, Unbounded, |_, v| v.value() < rounds, &guard);
                }
            }
        }
    });
    drop(map);
    ledger.assert_all_dropped_within(Duration::from_secs(60), || other.guard().flush());
}

#[test]
fn a_borrowed_value_stays_while_its_guard_is_held() {
    let ledger = DropLedger::new();
    let map = MassTree::new();
    map.insert(b"k", ledger.track(1)).unwrap();
    let guard = map.guard();
    let value = map.get_ref(b"k", &guard).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..2_000 {
                map.insert(b"k", ledger.track(i)).unwrap();
            }
            map.remove(b"k").unwrap();
            map.guard().flush();
        });
    });
    assert_eq!(value.value(), 1);
    drop(guard);
    ledger.assert_all_dropped_within(Duration::from_secs(60), || map.guard().flush());
}

#[test]
fn guards_nest_and_writes_under_them_go_on() {
    let map = MassTreeInline::<u64>::new();
    let guards: Vec<_> = (0..100).map(|_| map.guard()).collect();
    for i in 0..1_000_u64 {
        map.insert_with_guard(&i.to_be_bytes(), i, &guards[i as usize % 100])
            .unwrap();
    }
    map.clear();
    drop(guards);
    assert!(map.is_empty());
}

#[test]
fn a_refreshed_guard_lets_go() {
    let ledger = DropLedger::new();
    let map = MassTree::new();
    let mut guard = map.guard();
    for i in 0..scale(10_000) as u64 {
        map.insert_with_guard(b"k", ledger.track(i), &guard)
            .unwrap();
        guard.refresh();
    }
    // Other tests' guards hold back what is freed, but not for long.
    let wait = std::time::Instant::now();
    while ledger.live() > 1_000 && wait.elapsed() < Duration::from_secs(60) {
        guard.flush();
        guard.refresh();
        std::thread::yield_now();
    }
    assert!(ledger.live() <= 1_000, "{} values wait", ledger.live());
}
