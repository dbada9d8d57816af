//! Random operations of every kind against `BTreeMap`: integer, string and composite keys, plain and boxed values, nodes so small that splits,
//! merges and unlinking are common. The tree's own invariants are checked after each thousand.
#![cfg(not(any(loom, shuttle)))]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Bound;

use ferntree::GenericTree;
use ferntree::error::Differs;
use masstree_testkit::stress::{mix, scale};

/// A stream of random numbers.
struct Dice(u64, u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.1 += 1;
        mix(self.0, self.1) % sides
    }
}

struct Pair<K: 'static, V: 'static, const IC: usize, const LC: usize> {
    tree: GenericTree<K, V, IC, LC>,
    model: BTreeMap<K, V>,
    dice: Dice,
    /// How many different keys there are.
    space: u64,
    key: fn(u64) -> K,
    value: fn(u64) -> V,
}

impl<K, V, const IC: usize, const LC: usize> Pair<K, V, IC, LC>
where
    K: Ord + Clone + Debug + Send + 'static,
    V: PartialEq + Clone + Debug + Send + 'static,
{
    fn random_key(&mut self) -> K {
        (self.key)(self.dice.roll(self.space))
    }

    fn random_value(&mut self) -> V {
        (self.value)(self.dice.roll(1000))
    }

    fn bounds(&mut self) -> (Bound<K>, Bound<K>) {
        let (mut low, mut high) = (self.random_key(), self.random_key());
        if low > high {
            std::mem::swap(&mut low, &mut high);
        }
        let kinds = self.dice.roll(9);
        let bound = |kind: u64, key: K| match kind {
            0 => Bound::Unbounded,
            1 => Bound::Included(key),
            _ => Bound::Excluded(key),
        };
        let bounds = (bound(kinds % 3, low), bound(kinds / 3, high));
        match bounds {
            // The one pair of bounds at which `BTreeMap` panics.
            (Bound::Excluded(low), Bound::Excluded(high)) if low == high => {
                (Bound::Included(low), Bound::Excluded(high))
            }
            other => other,
        }
    }

    fn write(&mut self) {
        let (key, value) = (self.random_key(), self.random_value());
        let before = self.model.get(&key).cloned();
        let (tree, model) = (&self.tree, &mut self.model);
        match self.dice.roll(14) {
            0..4 => assert_eq!(
                tree.insert(key.clone(), value.clone()),
                model.insert(key, value)
            ),
            4..7 => assert_eq!(tree.remove(&key), model.remove(&key)),
            7 => assert_eq!(tree.remove_entry(&key), model.remove_entry(&key)),
            8 => assert_eq!(
                tree.get_or_insert(key.clone(), value.clone()),
                *model.entry(key).or_insert(value)
            ),
            9 => {
                let old = tree.update(&key, |_| value.clone());
                assert_eq!(old, before);
                if before.is_some() {
                    model.insert(key, value);
                }
            }
            10 => {
                let expected = if self.dice.roll(2) == 0 {
                    before.clone()
                } else {
                    Some(value.clone())
                };
                let new = (self.dice.roll(2) == 0).then_some(value);
                let outcome = tree.compare_exchange(key.clone(), expected.as_ref(), new.clone());
                if expected == before {
                    assert_eq!(outcome, Ok(before));
                    match new {
                        Some(new) => model.insert(key, new),
                        None => model.remove(&key),
                    };
                } else {
                    assert_eq!(outcome, Err(Differs(before)));
                }
            }
            11 => {
                let after = tree
                    .entry(key.clone())
                    .and_modify(|old| *old = value.clone())
                    .or_insert_with(|| value.clone());
                assert_eq!(after, value);
                model.insert(key, value);
            }
            12 => {
                let take = self.dice.roll(2) == 0;
                let taken = tree.remove_if(&key, |_| take);
                assert_eq!(taken, before.filter(|_| take));
                if take {
                    model.remove(&key);
                }
            }
            _ => {
                let mut iter = tree.raw_iter_mut();
                if iter.seek_exact(&key) {
                    assert_eq!(iter.next(), Some((&key, model.get(&key).unwrap())));
                    assert_eq!(iter.remove_here(), model.remove_entry(&key));
                    assert_eq!(iter.remove_here(), None);
                } else {
                    assert!(iter.insert_here(key.clone(), value.clone()));
                    assert_eq!(iter.peek(), Some((&key, &value)));
                    model.insert(key, value);
                }
            }
        }
    }

    fn read(&mut self) {
        let key = self.random_key();
        let bounds = self.bounds();
        let take = self.dice.roll(20) as usize;
        let kind = self.dice.roll(9);
        let (tree, model) = (&self.tree, &self.model);
        let mine = tree.range::<K, _>(bounds.clone());
        let other = model
            .range(bounds.clone())
            .map(|(k, v)| (k.clone(), v.clone()));
        match kind {
            0 => assert_eq!(tree.get(&key), model.get(&key).cloned()),
            1 => assert_eq!(tree.contains_key(&key), model.contains_key(&key)),
            2 => assert!(mine.take(take).eq(other.take(take)), "{bounds:?}"),
            3 => assert!(
                tree.range_rev::<K, _>(bounds.clone())
                    .take(take)
                    .eq(other.rev().take(take)),
                "{bounds:?}"
            ),
            4 => self.both_ends(bounds, take),
            5 => self.cursor(key),
            6 => {
                let first = tree.first(|k, v| (k.clone(), v.clone()));
                assert_eq!(
                    first,
                    model.iter().next().map(|(k, v)| (k.clone(), v.clone()))
                );
                let last = tree.last(|k, v| (k.clone(), v.clone()));
                assert_eq!(
                    last,
                    model
                        .iter()
                        .next_back()
                        .map(|(k, v)| (k.clone(), v.clone()))
                );
            }
            7 => assert_eq!(tree.len(), model.len()),
            _ => assert!(mine.take(3).eq(other.take(3))),
        }
    }

    fn both_ends(&mut self, bounds: (Bound<K>, Bound<K>), steps: usize) {
        let mut mine = self.tree.range::<K, _>(bounds.clone());
        let mut other = self.model.range(bounds);
        for _ in 0..steps {
            let (mine, other) = if self.dice.roll(2) == 0 {
                (mine.next(), other.next())
            } else {
                (mine.next_back(), other.next_back())
            };
            assert_eq!(mine, other.map(|(k, v)| (k.clone(), v.clone())));
        }
    }

    /// Moves a cursor about while its own thread writes elsewhere.
    fn cursor(&mut self, key: K) {
        let mut iter = self.tree.raw_iter();
        // The gap is behind all keys below (or up to) this bound.
        let mut gap = match self.dice.roll(4) {
            0 => {
                iter.seek_to_first();
                Bound::Unbounded
            }
            1 => {
                iter.seek_for_prev(&key);
                Bound::Excluded(key)
            }
            _ => {
                assert_eq!(iter.seek_exact(&key), self.model.contains_key(&key));
                Bound::Included(key)
            }
        };
        for _ in 0..self.dice.roll(12) {
            let next = self.model.range((gap.clone(), Bound::Unbounded)).next();
            let before = match gap.clone() {
                Bound::Unbounded => None,
                Bound::Included(key) => self.model.range(..key).next_back(),
                Bound::Excluded(key) => self.model.range(..=key).next_back(),
            };
            let moved = match self.dice.roll(4) {
                0 => {
                    assert_eq!(iter.next(), next);
                    next.map(|(key, _)| Bound::Excluded(key.clone()))
                }
                1 => {
                    assert_eq!(iter.prev(), before);
                    before.map(|(key, _)| Bound::Included(key.clone()))
                }
                2 => {
                    assert_eq!(iter.peek(), next);
                    None
                }
                _ => {
                    assert_eq!(iter.peek_prev(), before);
                    None
                }
            };
            gap = moved.unwrap_or(gap);
        }
    }

    fn run(&mut self, operations: usize) {
        for operation in 0..operations {
            match self.dice.roll(100) {
                0..60 => self.write(),
                60..64 => assert_eq!(self.tree.pop_first(), self.model.pop_first()),
                64..68 => assert_eq!(self.tree.pop_last(), self.model.pop_last()),
                _ => self.read(),
            }
            if operation % 1000 == 999 {
                self.tree.assert_invariants();
                let all = self.model.iter().map(|(k, v)| (k.clone(), v.clone()));
                assert!(self.tree.iter().eq(all));
                if self.dice.roll(50) == 0 {
                    self.tree.clear();
                    self.model.clear();
                    self.tree.assert_invariants();
                }
                // From nearly empty to well filled.
                let bits = self.dice.roll(14);
                self.space = 1 + self.dice.roll(1 << bits);
            }
        }
    }
}

fn compare<K, V, const IC: usize, const LC: usize>(
    key: fn(u64) -> K,
    value: fn(u64) -> V,
    operations: usize,
) where
    K: Ord + Clone + Debug + Send + 'static,
    V: PartialEq + Clone + Debug + Send + 'static,
{
    let widths = mix(
        IC as u64,
        (LC as u64) << 8 | std::mem::size_of::<K>() as u64,
    );
    let seed = std::env::var("MASSTREE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.map_or(widths, |seed| mix(seed, widths));
    let mut pair = Pair::<K, V, IC, LC> {
        tree: GenericTree::new(),
        model: BTreeMap::new(),
        dice: Dice(seed, 0),
        space: 100,
        key,
        value,
    };
    pair.run(scale(operations));
}

const OPERATIONS: usize = 60_000;

fn number(i: u64) -> u64 {
    i.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Short ones, equal prefixes, zeros at the end.
fn text(i: u64) -> String {
    match i % 4 {
        0 => format!("{i}"),
        1 => format!("a long prefix that many share {i}"),
        2 => "\0".repeat((i % 19) as usize),
        _ => format!("{:08}{}", i % 7, i / 7),
    }
}

#[test]
fn integers() {
    compare::<u64, u64, 4, 4>(number, |i| i, OPERATIONS);
    compare::<u64, u64, 3, 3>(number, |i| i, OPERATIONS);
    compare::<u64, u64, 64, 64>(number, |i| i, OPERATIONS);
}

#[test]
fn integers_of_other_sizes() {
    compare::<i32, u8, 5, 7>(|i| i as i32 - 500, |i| i as u8, OPERATIONS);
    compare::<u128, u128, 4, 5>(|i| u128::from(i) << 60, u128::from, OPERATIONS);
    compare::<char, bool, 8, 8>(
        |i| char::from_u32(i as u32 % 0xd000).unwrap(),
        |i| i % 2 == 0,
        OPERATIONS,
    );
}

#[test]
fn strings() {
    compare::<String, u64, 4, 4>(text, |i| i, OPERATIONS);
    compare::<String, String, 16, 8>(text, text, OPERATIONS);
    compare::<Vec<u8>, Vec<u8>, 64, 64>(
        |i| text(i).into_bytes(),
        |i| text(i).into_bytes(),
        OPERATIONS,
    );
}

/// Text whose characters have one to four bytes, so that a separator has to end between two of them.
fn wide_text(i: u64) -> String {
    let wide = ["a", "é", "è", "語", "誤", "😀", "😁"];
    let picked = (0..i % 5).map(|at| wide[(i >> (2 * at)) as usize % wide.len()]);
    picked.collect()
}

#[test]
fn other_runs_of_bytes() {
    compare::<Box<str>, u32, 4, 4>(|i| wide_text(i).into(), |i| i as u32, OPERATIONS);
    compare::<String, u32, 3, 3>(wide_text, |i| i as u32, OPERATIONS);
    compare::<Box<[u8]>, Box<str>, 5, 4>(
        |i| text(i).into_bytes().into(),
        |i| text(i).into(),
        OPERATIONS,
    );
    compare::<&'static str, &'static str, 4, 4>(
        |i| ["", "a", "ab", "abc", "b", "ba", "c", "d", "e\0", "e"][i as usize % 10],
        |_| "value",
        OPERATIONS,
    );
    compare::<Vec<u8>, u64, 4, 4>(
        |i| vec![(i % 3) as u8; (i % 40) as usize],
        |i| i,
        OPERATIONS,
    );
}

#[test]
fn composites() {
    compare::<(u64, u64), (u32, u32), 4, 4>(|i| (i % 9, i), |i| (i as u32, 1), OPERATIONS);
    compare::<(String, u8), Option<String>, 4, 6>(
        |i| (text(i / 3), (i % 3) as u8),
        |i| (i % 3 > 0).then(|| text(i)),
        OPERATIONS,
    );
    compare::<[u8; 12], f64, 6, 4>(
        |i| std::array::from_fn(|at| (i >> at) as u8),
        |i| i as f64,
        OPERATIONS,
    );
    compare::<Option<Box<u64>>, (), 4, 4>(|i| i.checked_sub(1).map(Box::new), |_| (), OPERATIONS);
}
