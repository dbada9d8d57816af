//! Iteration beside writers: strictly ascending or descending keys, each that is there all the time once, none that never was.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use masstree::RangeBound::{Excluded, Included, Unbounded};
use masstree::{Inline, Map, Shared, Storage};
use masstree_testkit::keys::{KeyPopulation, KeyShape};
use masstree_testkit::stress::{Worker, run_threads, scale};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::LIMIT;

/// What every entry of `key` holds, so that a value that belongs to another key is seen.
fn mark(key: &[u8]) -> u64 {
    key.iter().fold(key.len() as u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The keys of a population: every third stays, the others come and go.
struct Keys {
    all: Vec<Vec<u8>>,
    steady: Vec<Vec<u8>>,
    known: BTreeSet<Vec<u8>>,
}

impl Keys {
    fn new(shape: KeyShape) -> Self {
        let all = KeyPopulation::new(shape, 300, 5).keys().to_vec();
        Self {
            steady: all.iter().step_by(3).cloned().collect(),
            known: all.iter().cloned().collect(),
            all,
        }
    }

    /// Judges one whole walk over `low..high`, ascending.
    fn judge(&self, seen: &[(Vec<u8>, u64)], low: &[u8], high: Option<&[u8]>) {
        assert!(seen.is_sorted_by(|a, b| a.0 < b.0), "not strictly in order");
        for (key, value) in seen {
            assert!(self.known.contains(key), "a key that never was: {key:?}");
            assert_eq!(*value, mark(key), "another key's value at {key:?}");
            assert!(key.as_slice() >= low && high.is_none_or(|high| key.as_slice() < high));
        }
        let inside =
            |key: &&Vec<u8>| key.as_slice() >= low && high.is_none_or(|high| key.as_slice() < high);
        let steady: Vec<_> = self.steady.iter().filter(inside).collect();
        let found = seen
            .iter()
            .filter(|(key, _)| self.steady.binary_search(key).is_ok());
        assert!(
            found.map(|(key, _)| key).eq(steady),
            "a key that stays was missed"
        );
    }
}

/// One writer beside readers: short bursts of inserts in a row, then removals, so that leaves and layers fill and empty.
fn write<S: Storage<Value = u64>, const W: usize, const I: usize>(
    map: &Map<S, W, I>,
    keys: &Keys,
    rng: &mut SmallRng,
) {
    let start = rng.random_range(0..keys.all.len());
    let burst = || (start..keys.all.len().min(start + 40)).filter(|i| i % 3 != 0);
    for i in burst() {
        map.insert(&keys.all[i], mark(&keys.all[i])).unwrap();
    }
    for i in burst() {
        map.remove(&keys.all[i]).unwrap();
    }
}

/// One walk, of a kind chosen by the dice.
fn walk<S, const W: usize, const I: usize>(map: &Map<S, W, I>, keys: &Keys, rng: &mut SmallRng)
where
    S: Storage<Value = u64>,
    for<'g> S::Ref<'g>: std::borrow::Borrow<u64>,
{
    use std::borrow::Borrow;
    let guard = map.guard();
    let low = keys.all[rng.random_range(0..keys.all.len())].clone();
    let high = keys.all[rng.random_range(0..keys.all.len())].clone();
    let (low, high) = if low < high { (low, high) } else { (high, low) };
    let mut seen = Vec::new();
    match rng.random_range(0..6) {
        0 => {
            map.scan_ref(
                Included(&low),
                Excluded(&high),
                |k, v| {
                    seen.push((k.to_vec(), *v.borrow()));
                    true
                },
                &guard,
            );
            keys.judge(&seen, &low, Some(&high));
        }
        1 => {
            map.scan_rev(
                Included(&low),
                Excluded(&high),
                |k, v| {
                    seen.push((k.to_vec(), *v.borrow()));
                    true
                },
                &guard,
            );
            seen.reverse();
            keys.judge(&seen, &low, Some(&high));
        }
        2 => {
            // From both ends at once, until they meet.
            let mut range = map.range(Included(&low), Excluded(&high), &guard);
            let mut tail = Vec::new();
            loop {
                let front = rng.random_bool(0.5);
                let Some(entry) = (if front {
                    range.next()
                } else {
                    range.next_back()
                }) else {
                    break;
                };
                let pair = (entry.key().to_vec(), *entry.value().borrow());
                if front {
                    seen.push(pair)
                } else {
                    tail.push(pair)
                }
            }
            seen.extend(tail.into_iter().rev());
            keys.judge(&seen, &low, Some(&high));
        }
        3 => {
            let mut cursor = map.cursor(&guard);
            let mut more = cursor.seek_first();
            while more {
                let value = *cursor.value().unwrap().borrow();
                seen.push((cursor.key().unwrap().to_vec(), value));
                more = cursor.next();
            }
            keys.judge(&seen, b"", None);
        }
        4 => {
            let mut cursor = map.cursor(&guard);
            let mut more = cursor.seek_last();
            while more {
                let value = *cursor.value().unwrap().borrow();
                seen.push((cursor.key().unwrap().to_vec(), value));
                more = cursor.prev();
            }
            seen.reverse();
            keys.judge(&seen, b"", None);
        }
        _ => {
            seen.extend(
                map.iter(&guard)
                    .rev()
                    .map(|e| (e.key().to_vec(), *e.value().borrow())),
            );
            seen.reverse();
            keys.judge(&seen, b"", None);
        }
    }
}

fn beside_writers<S, const W: usize, const I: usize>(shapes: &[KeyShape])
where
    S: Storage<Value = u64>,
    for<'g> S::Ref<'g>: std::borrow::Borrow<u64>,
{
    for &shape in shapes {
        let keys = Keys::new(shape);
        let map: Map<S, W, I> = Map::new();
        for key in &keys.steady {
            map.insert(key, mark(key)).unwrap();
        }
        let done = AtomicBool::new(false);
        run_threads(4, shape as u64, LIMIT, |Worker { index, seed, .. }| {
            let mut rng = SmallRng::seed_from_u64(seed);
            if index < 2 {
                while !done.load(Relaxed) {
                    write(&map, &keys, &mut rng);
                }
                return;
            }
            for _ in 0..scale(400) {
                walk(&map, &keys, &mut rng);
            }
            done.store(true, Relaxed);
        });
        assert!(map.range(Unbounded, Unbounded, &map.guard()).count() >= keys.steady.len());
    }
}

#[test]
fn keys_that_stay_are_seen_once_beside_writers_in_narrow_nodes() {
    beside_writers::<Inline<u64>, 10, 3>(&KeyShape::ALL);
}

#[test]
fn keys_that_stay_are_seen_once_beside_writers_in_width_24() {
    beside_writers::<Shared<u64>, 24, 27>(&[
        KeyShape::Mixed,
        KeyShape::Nested,
        KeyShape::SharedPrefix,
    ]);
}

#[test]
fn a_scan_sees_what_its_visitor_wrote_before_it_came_there() {
    let map = masstree::MassTreeInline::<u64>::new();
    let long = |i: u64| format!("{i:08} and a rest that is in a record");
    for i in 0..20_u64 {
        map.insert(&i.to_be_bytes(), i).unwrap();
        map.insert(long(i).as_bytes(), i).unwrap();
    }
    let guard = map.guard();
    let mut seen = Vec::new();
    let mut visit = |key: &[u8], value: u64| {
        seen.push(value);
        let at = |i: u64| match key.len() {
            8 => i.to_be_bytes().to_vec(),
            _ => long(i).into_bytes(),
        };
        match value {
            3 => map.update(&at(4), |_| 104, &guard).map(drop).unwrap(),
            5 => map.remove(&at(6)).map(drop).unwrap(),
            7 => map
                .insert(&[&at(7)[..], b"+"].concat(), 107)
                .map(drop)
                .unwrap(),
            _ => {}
        }
        true
    };
    map.scan(Unbounded, Unbounded, &mut visit, &guard);
    let once = [0, 1, 2, 3, 104, 5, 7, 107].into_iter().chain(8..20);
    assert!(
        seen.iter().copied().eq(once.clone().chain(once)),
        "{seen:?}"
    );
}
