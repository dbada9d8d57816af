//! What takes entries out other than by their key: pops, ranges, conditions, everything.

use super::keys::{bound, expected, key};
use super::{Dice, Numbers, Pair};

impl<S: Numbers, const W: usize, const I: usize> Pair<S, W, I> {
    /// A small one mostly; one that takes out much while the map shrinks.
    pub fn sweep<D: Dice>(&mut self, dice: &mut D, growing: bool) {
        match dice.below(if growing { 200 } else { 100 }) {
            0..40 => self.pop(dice),
            40..70 => self.remove_neighbours(dice),
            70..72 => self.remove_range(dice),
            72 => self.retain(dice),
            73 => self.copy(),
            74 if dice.one_in(20) => self.clear(),
            _ => self.counters(),
        }
    }

    fn pop<D: Dice>(&mut self, dice: &mut D) {
        let guard = self.map.guard();
        for _ in 0..dice.below(12) {
            let (got, want) = if dice.one_in(2) {
                (self.map.pop_first(&guard), self.model.pop_first())
            } else {
                (self.map.pop_last(&guard), self.model.pop_last())
            };
            assert_eq!(
                got.map(|(key, value)| (key, super::Number::number(&value))),
                want,
                "pop"
            );
        }
    }

    fn take_range(&mut self, start: std::ops::Bound<&[u8]>, end: std::ops::Bound<&[u8]>) {
        let removed = self
            .map
            .remove_range(start.into(), end.into(), &self.map.guard());
        let gone: Vec<_> = expected(&self.model, start, end)
            .map(|(key, _)| key.clone())
            .collect();
        assert_eq!(removed, gone.len(), "remove_range {start:?} {end:?}");
        for key in gone {
            self.model.remove(&key);
        }
    }

    /// What begins with a key, and little else.
    fn remove_neighbours<D: Dice>(&mut self, dice: &mut D) {
        let low = key(dice);
        let high = [&low[..], &[dice.pick(&[0, b'b', 0xFF])]].concat();
        let start = if dice.one_in(2) {
            std::ops::Bound::Included(&low[..])
        } else {
            std::ops::Bound::Excluded(&low[..])
        };
        self.take_range(start, std::ops::Bound::Excluded(&high));
    }

    fn remove_range<D: Dice>(&mut self, dice: &mut D) {
        let (low, high) = (key(dice), key(dice));
        let (start, end) = (bound(dice, &low), bound(dice, &high));
        self.take_range(start, end);
    }

    fn retain<D: Dice>(&mut self, dice: &mut D) {
        let (of, rest) = (2 + dice.below(5) as u64, dice.below(2) as u64);
        let mut asked = Vec::new();
        let removed = self.map.retain(
            |key, value| {
                asked.push((key.to_vec(), S::seen(value)));
                S::seen(value) % of != rest
            },
            &self.map.guard(),
        );
        assert!(
            asked.into_iter().eq(self.model.clone()),
            "retain asks once for each entry, in order"
        );
        let before = self.model.len();
        self.model.retain(|_, value| *value % of != rest);
        assert_eq!(removed, before - self.model.len(), "retain");
        self.whole();
    }

    /// Goes on with a copy, made from an iteration.
    fn copy(&mut self) {
        let guard = self.map.guard();
        let copy = self
            .map
            .iter(&guard)
            .map(|entry| (entry.key().to_vec(), S::seen(entry.value())));
        let copy = copy.collect();
        drop(guard);
        self.map = copy;
        self.whole();
    }
}
