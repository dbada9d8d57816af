//! The comparison: a map and a `BTreeMap` are given the same operations, chosen by dice, and have to give the same answers.
//!
//! | operations | module |
//! |---|---|
//! | on one key | `points` |
//! | on many keys at once, and of std's collection traits | `batches` |
//! | under one guard | `runs` |
//! | scans, iterators, bounds | `ranges` |
//! | cursors | `cursors` |
//! | that take out: pops, ranges, conditions, all | `sweeps` |
//!
//! The dice are a random generator in the tests, and the fuzzer's bytes in the fuzz target, which has this folder as a module.

mod batches;
mod cursors;
mod keys;
mod points;
mod ranges;
mod runs;
mod sweeps;

use std::collections::BTreeMap;
use std::sync::Arc;

use masstree::{Map, Storage};

/// What decides.
pub trait Dice {
    /// A number from 0 up to and without `n`.
    fn below(&mut self, n: usize) -> usize;

    /// Whether there is to be another operation.
    fn operation(&mut self) -> bool;

    /// Yes once in `n` times.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of several.
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A value to keep, of either storage, as the number that it is.
pub trait Number {
    fn number(&self) -> u64;
}

impl Number for u64 {
    fn number(&self) -> u64 {
        *self
    }
}

impl Number for Arc<u64> {
    fn number(&self) -> u64 {
        **self
    }
}

fn number<N: Number>(value: Option<N>) -> Option<u64> {
    value.map(|value| value.number())
}

/// Storages of numbers; `seen` is a borrowed value as the number that it is.
pub trait Numbers: Storage<Value = u64, Owned: Number + std::fmt::Debug> {
    fn seen(value: Self::Ref<'_>) -> u64;
}

impl Numbers for masstree::Inline<u64> {
    fn seen(value: u64) -> u64 {
        value
    }
}

impl Numbers for masstree::Shared<u64> {
    fn seen(value: &u64) -> u64 {
        *value
    }
}

type Model = BTreeMap<Vec<u8>, u64>;

/// The map under test beside the model, and the number of operations so far.
struct Pair<S: Storage, const W: usize, const I: usize> {
    map: Map<S, W, I>,
    model: Model,
    step: u64,
}

impl<S: Storage, const W: usize, const I: usize> Drop for Pair<S, W, I> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "in operation {}, beside {} entries",
                self.step,
                self.model.len()
            );
        }
    }
}

/// Runs operations until the dice say stop.
pub fn compare<D: Dice, S: Numbers, const W: usize, const I: usize>(dice: &mut D) {
    let mut pair = Pair::<S, W, I> {
        map: Map::new(),
        model: Model::new(),
        step: 0,
    };
    let phase = dice.pick(&[64, 512, 4096]);
    while dice.operation() {
        pair.step += 1;
        // Phases that grow and phases that shrink, so that nodes fill and empty.
        let growing = pair.step / phase % 3 != 2;
        let group = dice.below(100);
        match group {
            0..25 if growing => pair.insert(dice),
            0..25 => pair.remove(dice),
            25..60 => pair.point(dice),
            60..65 => pair.run(dice),
            65..76 => pair.batch(dice),
            76..90 => pair.range(dice),
            90..95 => pair.cursor(dice),
            _ => pair.sweep(dice, growing),
        }
        if pair.step.is_multiple_of(16_384) {
            pair.whole();
        }
    }
    pair.whole();
    pair.clear();
}

impl<S: Numbers, const W: usize, const I: usize> Pair<S, W, I> {
    /// Everything that is there, and the counters.
    fn whole(&self) {
        let guard = self.map.guard();
        let entries = self
            .map
            .iter(&guard)
            .map(|e| (e.key().to_vec(), S::seen(e.value())));
        assert!(entries.eq(self.model.clone()), "ascending");
        let entries = self
            .map
            .iter(&guard)
            .rev()
            .map(|e| (e.key().to_vec(), S::seen(e.value())));
        assert!(
            entries.eq(self.model.clone().into_iter().rev()),
            "descending"
        );
        self.counters();
        let stats = self.map.stats();
        let shape = self.map.shape(&guard);
        let sum = |part: fn(&masstree::LayerShape) -> usize| shape.iter().map(part).sum::<usize>();
        assert_eq!(stats.layers + 1, sum(|row| row.trees), "layers");
        assert_eq!(stats.leaves, sum(|row| row.leaves), "leaves");
        assert_eq!(stats.inner_nodes, sum(|row| row.inner_nodes), "inner nodes");
        assert!(stats.records <= stats.entries && stats.entries + stats.layers <= stats.slots);
    }

    fn counters(&self) {
        assert_eq!(self.map.len(), self.model.len(), "len");
        assert_eq!(self.map.is_empty(), self.model.is_empty(), "is_empty");
        assert_eq!(self.map.stats().entries, self.model.len(), "entries");
    }

    fn clear(&mut self) {
        self.map.clear();
        self.model.clear();
        self.counters();
        let stats = self.map.stats();
        let left = (
            stats.leaves,
            stats.inner_nodes,
            stats.layers,
            stats.records,
            stats.key_bytes,
        );
        assert_eq!(left, (1, 0, 0, 0, 0), "an empty map is one leaf");
    }
}
