//! A map at its memory limit: every write path gives the error, nothing has changed after it, and removals make room.

use std::collections::BTreeMap;
use std::num::NonZero;

use masstree::{CompareError, Inline, InsertError, Map, RangeBound::Unbounded};
use masstree_testkit::keys::{KeyGen, KeyShape};
use masstree_testkit::stress::scale;

use super::contents;

type Small = Map<Inline<u64>, 10, 3>;

const BYTES: usize = 24 * 1024;
const REFUSED: InsertError = InsertError::LimitReached { limit: BYTES };

/// Every way to bring a new key in; whether it came.
fn insert_by(path: usize, map: &Small, key: &[u8], value: u64) -> Result<(), InsertError> {
    let guard = map.guard();
    match path {
        0 => map.insert(key, value).map(drop),
        1 => map.fetch_update(key, |_| Some(value), &guard).map(drop),
        2 => map.get_or_insert_with(key, || value, &guard).map(drop),
        3 => map.entry(key, &guard).or_insert(value).map(drop),
        4 => map
            .entry(key, &guard)
            .and_modify(|_| value)
            .or_insert_with(|| value)
            .map(drop),
        5 => map.entry(key, &guard).insert(value).map(drop),
        6 => match map.compare_exchange(key, None, Some(value), &guard) {
            Ok(_) | Err(CompareError::Differs(_)) => Ok(()),
            Err(CompareError::Insert(error)) => Err(error),
        },
        7 => map.insert_many([(key, value)], &guard).map(drop),
        _ => map.bulk_load(vec![(key, value)], NonZero::new(1)).map(drop),
    }
}

const PATHS: usize = 9;

#[test]
fn at_the_limit_every_write_path_refuses_and_changes_nothing() {
    for shape in [
        KeyShape::Eight,
        KeyShape::SharedPrefix,
        KeyShape::Nested,
        KeyShape::Mixed,
    ] {
        let map = Small::with_memory_limit(BYTES);
        let mut model = BTreeMap::new();
        let mut keys = KeyGen::new(shape, 1);
        let mut refused = [0; PATHS];
        for step in 0..scale(6_000) {
            let key = if step % 2 == 0 {
                keys.key()
            } else {
                keys.near_key()
            };
            let path = step % PATHS;
            if step % 50 == 49 {
                // Makes room, so that the limit is met again in another state.
                for _ in 0..20 {
                    let key = keys.key();
                    assert_eq!(map.remove(&key).unwrap(), model.remove(&key));
                }
                continue;
            }
            if model.contains_key(&key) {
                continue;
            }
            match insert_by(path, &map, &key, step as u64) {
                Ok(()) => assert_eq!(model.insert(key, step as u64), None),
                Err(error) => {
                    assert_eq!(error, REFUSED);
                    refused[path] += 1;
                    assert_eq!(map.get(&key), None);
                    if refused[path] % 8 == 1 {
                        assert_eq!(contents(&map, |v| v), model, "{shape:?}");
                    }
                }
            }
            assert!(map.stats().bytes() <= BYTES);
        }
        assert_eq!(contents(&map, |v| v), model);
        if shape != KeyShape::Eight || scale(100) >= 100 {
            assert!(refused.iter().all(|&n| n > 0), "{shape:?}: {refused:?}");
        }
        map.clear();
        let stats = map.stats();
        assert_eq!(
            (stats.leaves, stats.inner_nodes, stats.key_bytes),
            (1, 0, 0)
        );
    }
}

#[test]
fn what_needs_no_memory_works_at_the_limit() {
    let map = Small::with_memory_limit(BYTES);
    let key = |i: u64| format!("{i:04}, a key with a record of its own").into_bytes();
    let full = (0..)
        .find(|&i| map.insert(&key(i), i) == Err(REFUSED))
        .unwrap();
    let guard = map.guard();
    for i in 0..full {
        assert_eq!(map.insert(&key(i), i + 1), Ok(Some(i)));
        assert_eq!(map.update(&key(i), |v| v - 1, &guard), Ok(Some(i + 1)));
        assert_eq!(
            map.entry(&key(i), &guard)
                .and_modify(|v| v + 1)
                .or_insert(0),
            Ok(i + 1)
        );
        assert_eq!(
            map.compare_exchange(&key(i), Some(&(i + 1)), Some(i), &guard),
            Ok(Some(i + 1))
        );
    }
    assert_eq!(map.get_many(&[key(0), key(full)], &guard), [Some(0), None]);
    // What leaves is gone at once for the limit, whatever guards still see.
    for i in 0..full {
        assert_eq!(map.remove(&key(i)), Ok(Some(i)));
        assert_eq!(map.insert(&key(i), i), Ok(None));
    }
    assert_eq!(map.remove_range(Unbounded, Unbounded, &guard) as u64, full);
    assert!(map.is_empty());
}

#[test]
fn a_limit_below_an_empty_map_refuses_what_needs_memory() {
    let map = Small::with_memory_limit(0);
    let refused = Err(InsertError::LimitReached { limit: 0 });
    assert_eq!(map.insert(b"a key with a record of its own", 1), refused);
    let inserted = (0..100_u64)
        .take_while(|i| map.insert(&i.to_be_bytes(), *i).is_ok())
        .count();
    assert_eq!(inserted, 10, "as many as the first leaf has slots");
    assert_eq!(map.len(), 10);
}

#[test]
fn a_batch_keeps_what_came_before_the_limit() {
    let key = |i: u64| format!("{i:08}, a key with a record of its own").into_bytes();
    let map = Small::with_memory_limit(BYTES);
    assert_eq!(
        map.insert_many((0..10_000).map(|i| (key(i), i)), &map.guard()),
        Err(REFUSED)
    );
    let all = contents(&map, |v| v);
    assert!(!all.is_empty() && all.into_values().eq(0..map.len() as u64));
    let map = Small::with_memory_limit(BYTES);
    let pairs = (0..20_000).map(|i| (key(i), i)).collect();
    assert_eq!(map.bulk_load(pairs, NonZero::new(2)), Err(REFUSED));
    assert!(!map.is_empty());
    assert!(contents(&map, |v| v).into_iter().all(|(k, v)| k == key(v)));
}
