//! Guards "same as `BTreeMap`": random operations of every kind against it, over keys of every shape, with the widths in use and with the smallest
//! that the design allows, so that splits, layers and unlinking are common.

use std::collections::BTreeMap;
use std::ops::Bound;

use masstree::{Inline, Map, RangeBound, Shared, Storage};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// A key from a bounded population, of a shape that the seed's dice choose: short over few letters, eight bytes, long with shared prefixes,
/// prefixes of one another, trailing NULs, empty.
fn key(rng: &mut SmallRng) -> Vec<u8> {
    let letters = [b'a', b'b', 0, 0xFF];
    let mut random = |length: usize, letters: &[u8]| -> Vec<u8> {
        (0..length)
            .map(|_| letters[rng.random_range(0..letters.len())])
            .collect()
    };
    let dice = random(1, &[0, 1, 2, 3, 4, 5, 6, 7])[0];
    match dice {
        0 => {
            let length = random(1, &[0, 1, 2, 3])[0].into();
            random(length, &letters)
        }
        1 => random(8, &letters[..2]),
        2 => {
            let length = random(1, &[0, 3, 7, 8, 9, 12, 16, 17, 24])[0].into();
            vec![b'p'; length]
        }
        3 => {
            let length = random(1, &[0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11])[0].into();
            [b"nul".to_vec(), vec![0; length]].concat()
        }
        4 => [vec![b's'; 120], random(3, &letters)].concat(),
        5 => [b"https://example.org/".to_vec(), random(9, &letters[..2])].concat(),
        6 => {
            let shared = 8 * usize::from(random(1, &[1, 2, 3, 5])[0]);
            [vec![b's'; shared], random(2, &letters)].concat()
        }
        _ => random(
            2,
            &[
                0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170,
            ],
        ),
    }
}

fn bound<'a>(rng: &mut SmallRng, key: &'a [u8]) -> (Bound<&'a [u8]>, RangeBound<'a>) {
    let bound = match rng.random_range(0..5) {
        0 => Bound::Unbounded,
        1 | 2 => Bound::Included(key),
        _ => Bound::Excluded(key),
    };
    (bound, bound.into())
}

/// What `BTreeMap` says of a range; nothing where it would panic.
fn expected(
    model: &BTreeMap<Vec<u8>, u64>,
    start: Bound<&[u8]>,
    end: Bound<&[u8]>,
) -> Vec<(Vec<u8>, u64)> {
    match (start, end) {
        (Bound::Included(s) | Bound::Excluded(s), Bound::Included(e) | Bound::Excluded(e))
            if s > e =>
        {
            Vec::new()
        }
        (Bound::Excluded(s), Bound::Excluded(e)) if s == e => Vec::new(),
        _ => model
            .range::<[u8], _>((start, end))
            .map(|(k, v)| (k.clone(), *v))
            .collect(),
    }
}

fn run<S, const W: usize, const I: usize>(seed: u64, operations: usize)
where
    S: Storage<Value = u64>,
    for<'g> S::Ref<'g>: Number,
    S::Owned: Number,
{
    let mut rng = SmallRng::seed_from_u64(seed);
    let map: Map<S, W, I> = Map::new();
    let mut model: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for step in 0..operations as u64 {
        let guard = map.guard();
        let k = key(&mut rng);
        // Phases that grow and phases that shrink.
        let growing = (step / 4000) % 2 == 0;
        match rng.random_range(0..100) {
            0..30 if growing => assert_eq!(
                number(map.insert(&k, step).unwrap()),
                model.insert(k.clone(), step),
                "insert {k:?}"
            ),
            0..40 => assert_eq!(
                number(map.remove(&k).unwrap()),
                model.remove(&k),
                "remove {k:?}"
            ),
            40..55 => assert_eq!(
                number(map.get_ref(&k, &guard)),
                model.get(&k).copied(),
                "get {k:?}"
            ),
            55..60 => {
                let old = map
                    .fetch_update(&k, |v| v.map(|v| v.number() + 1), &guard)
                    .unwrap();
                assert_eq!(number(old), model.get(&k).copied());
                model.entry(k).and_modify(|v| *v += 1);
            }
            60..64 => {
                let value = map.get_or_insert_with(&k, || step, &guard).unwrap();
                assert_eq!(value.number(), *model.entry(k).or_insert(step));
            }
            64..67 => {
                let old = map.get_with_guard(&k, &guard);
                assert!(
                    map.compare_exchange(&k, old.as_ref(), Some(step), &guard)
                        .is_ok()
                );
                model.insert(k, step);
            }
            67..72 => {
                let keys: Vec<Vec<u8>> = (0..rng.random_range(0..40))
                    .map(|_| key(&mut rng))
                    .collect();
                let found: Vec<_> = map
                    .get_many(&keys, &guard)
                    .into_iter()
                    .map(number)
                    .collect();
                assert_eq!(
                    found,
                    keys.iter()
                        .map(|k| model.get(k).copied())
                        .collect::<Vec<_>>()
                );
            }
            72..82 => {
                let other = key(&mut rng);
                let (start, from) = bound(&mut rng, &k);
                let (end, to) = bound(&mut rng, &other);
                let want = expected(&model, start, end);
                let mut seen = Vec::new();
                map.scan_ref(
                    from,
                    to,
                    |k, v| {
                        seen.push((k.to_vec(), v.number()));
                        seen.len() < 50
                    },
                    &guard,
                );
                assert_eq!(seen, want[..want.len().min(50)], "scan {from:?} {to:?}");
                seen.clear();
                map.scan_rev(
                    from,
                    to,
                    |k, v| {
                        seen.push((k.to_vec(), v.number()));
                        seen.len() < 50
                    },
                    &guard,
                );
                assert_eq!(
                    seen,
                    want.iter().rev().take(50).cloned().collect::<Vec<_>>(),
                    "reverse scan {from:?} {to:?}"
                );
            }
            82..86 => {
                let other = key(&mut rng);
                let (start, from) = bound(&mut rng, &k);
                let (end, to) = bound(&mut rng, &other);
                let mut want = expected(&model, start, end).into_iter();
                let mut range = map.range(from, to, &guard);
                for _ in 0..60 {
                    let front = rng.random_bool(0.5);
                    let (got, want) = if front {
                        (range.next(), want.next())
                    } else {
                        (range.next_back(), want.next_back())
                    };
                    assert_eq!(
                        got.map(|e| (e.key().to_vec(), e.value().number())),
                        want,
                        "range {from:?} {to:?}"
                    );
                }
            }
            86..89 => {
                let prefix = &k[..k.len().min(rng.random_range(0..20))];
                let mut seen = Vec::new();
                map.scan_prefix(
                    prefix,
                    |k, v| {
                        seen.push((k.to_vec(), v.number()));
                        true
                    },
                    &guard,
                );
                let want: Vec<_> = model
                    .iter()
                    .filter(|(k, _)| k.starts_with(prefix))
                    .map(|(k, v)| (k.clone(), *v))
                    .collect();
                assert_eq!(seen, want, "prefix {prefix:?}");
            }
            89..93 => cursor_walk(&map, &model, &k, &mut rng),
            93..95 => {
                let want = model.first_key_value().map(|(k, v)| (k.clone(), *v));
                assert_eq!(
                    map.first(&guard)
                        .map(|e| (e.key().to_vec(), e.value().number())),
                    want
                );
                let want = model.last_key_value().map(|(k, v)| (k.clone(), *v));
                assert_eq!(
                    map.last(&guard)
                        .map(|e| (e.key().to_vec(), e.value().number())),
                    want
                );
            }
            95..97 if !growing => {
                assert_eq!(
                    map.pop_first(&guard).map(|(k, v)| (k, v.number())),
                    model.pop_first()
                );
                assert_eq!(
                    map.pop_last(&guard).map(|(k, v)| (k, v.number())),
                    model.pop_last()
                );
            }
            97 => {
                let want = map
                    .remove_if(&k, |v| v.number() % 2 == 0, &guard)
                    .map(|v| v.number());
                let even = model.get(&k).is_some_and(|v| v % 2 == 0);
                assert_eq!(want, if even { model.remove(&k) } else { None });
            }
            98 if !growing => {
                let mut end = k.clone();
                end.push(0x80);
                let removed =
                    map.remove_range(RangeBound::Included(&k), RangeBound::Excluded(&end), &guard);
                let gone: Vec<_> = model.range(k..end).map(|(k, _)| k.clone()).collect();
                assert_eq!(removed, gone.len());
                gone.iter().for_each(|k| {
                    model.remove(k);
                });
            }
            _ => assert_eq!(map.len(), model.len()),
        }
        if step % 20_000 == 19_999 {
            let (size, before) = (model.len(), map.len());
            assert_eq!(size, before);
            assert_eq!(
                map.iter(&guard)
                    .map(|e| (e.key().to_vec(), e.value().number()))
                    .collect::<BTreeMap<_, _>>(),
                model
            );
            let kept = map.retain(|_, v| v.number() % 3 != 0, &guard);
            model.retain(|_, v| *v % 3 != 0);
            assert_eq!(kept, size - model.len());
        }
    }
    map.clear();
    assert_eq!(
        (
            map.len(),
            map.stats().leaves,
            map.stats().inner_nodes,
            map.stats().key_bytes
        ),
        (0, 1, 0, 0)
    );
}

fn cursor_walk<S, const W: usize, const I: usize>(
    map: &Map<S, W, I>,
    model: &BTreeMap<Vec<u8>, u64>,
    from: &[u8],
    rng: &mut SmallRng,
) where
    S: Storage,
{
    let guard = map.guard();
    let keys: Vec<&Vec<u8>> = model.keys().collect();
    let mut cursor = map.cursor(&guard);
    assert_eq!(cursor.seek(from), model.contains_key(from));
    // -1 is before the first, `keys.len()` behind the last.
    let mut at = keys.partition_point(|k| k.as_slice() < from) as isize;
    for _ in 0..20 {
        assert_eq!(
            cursor.key(),
            usize::try_from(at)
                .ok()
                .and_then(|i| keys.get(i))
                .map(|k| k.as_slice())
        );
        let forward = rng.random_bool(0.5);
        let moved = if forward {
            cursor.next()
        } else {
            cursor.prev()
        };
        at = if forward {
            (at + 1).min(keys.len() as isize)
        } else {
            (at - 1).max(-1)
        };
        assert_eq!(moved, usize::try_from(at).is_ok_and(|i| i < keys.len()));
    }
}

/// Values of both storages as the number that they are.
trait Number {
    fn number(&self) -> u64;
}

impl Number for u64 {
    fn number(&self) -> u64 {
        *self
    }
}

impl Number for &u64 {
    fn number(&self) -> u64 {
        **self
    }
}

impl Number for std::sync::Arc<u64> {
    fn number(&self) -> u64 {
        **self
    }
}

fn number<N: Number>(value: Option<N>) -> Option<u64> {
    value.map(|value| value.number())
}

fn operations() -> usize {
    std::env::var("MASSTREE_OPERATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(60_000)
}

#[test]
fn narrowest_widths_shared() {
    run::<Shared<u64>, 10, 3>(seed(1), operations());
}

#[test]
fn narrowest_widths_inline() {
    run::<Inline<u64>, 10, 3>(seed(2), operations());
}

#[test]
fn width_15() {
    run::<Shared<u64>, 15, 4>(seed(3), operations());
    run::<Inline<u64>, 15, 30>(seed(4), operations());
}

#[test]
fn width_24() {
    run::<Shared<u64>, 24, 30>(seed(5), operations());
    run::<Inline<u64>, 24, 3>(seed(6), operations());
}

fn seed(base: u64) -> u64 {
    std::env::var("MASSTREE_SEED")
        .ok()
        .and_then(|n| n.parse::<u64>().ok())
        .unwrap_or(0)
        * 100
        + base
}
