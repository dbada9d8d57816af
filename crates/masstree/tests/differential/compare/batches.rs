//! Many keys at once: batches, bulk loads, and std's collection traits.

use std::num::NonZero;

use masstree::Map;

use super::keys::key;
use super::points::refusal;
use super::{Dice, Numbers, Pair};

impl<S: Numbers, const W: usize, const I: usize> Pair<S, W, I> {
    pub fn batch<D: Dice>(&mut self, dice: &mut D) {
        // Beside and beyond the size of a group that walks the tree together.
        let count = dice.pick(&[0, 1, 2, 15, 16, 17, 40]);
        let keys: Vec<Vec<u8>> = (0..count).map(|_| key(dice)).collect();
        match dice.below(100) {
            0..40 => self.get_many(&keys),
            40..65 => self.insert_many(keys),
            65..98 => self.remove_many(&keys),
            98 => self.bulk_load(dice, keys),
            _ => self.collected(keys),
        }
    }

    fn get_many(&self, keys: &[Vec<u8>]) {
        let guard = self.map.guard();
        let want: Vec<_> = keys
            .iter()
            .map(|key| self.model.get(key).copied())
            .collect();
        let got = self
            .map
            .get_many(keys, &guard)
            .into_iter()
            .map(|value| value.map(S::seen));
        assert!(got.eq(want.iter().copied()), "get_many");
        let mut next = 0;
        self.map.get_many_with(keys, &guard, |index, value| {
            assert_eq!(
                (index, value.map(S::seen)),
                (next, want[next]),
                "get_many_with"
            );
            next += 1;
        });
        assert_eq!(next, keys.len());
    }

    /// Puts the keys into the model as a batch does: in order, up to the first that is refused.
    fn model_many(&mut self, keys: Vec<Vec<u8>>) -> Result<usize, masstree::InsertError> {
        let mut fresh = 0;
        for (key, value) in keys.into_iter().zip(self.step..) {
            if let Some(error) = refusal(&key) {
                return Err(error);
            }
            fresh += usize::from(self.model.insert(key, value).is_none());
        }
        Ok(fresh)
    }

    fn insert_many(&mut self, keys: Vec<Vec<u8>>) {
        let pairs = keys.iter().zip(self.step..);
        let got = self.map.insert_many(pairs, &self.map.guard());
        assert_eq!(got, self.model_many(keys), "insert_many");
    }

    fn remove_many(&mut self, keys: &[Vec<u8>]) {
        let got = self.map.remove_many(keys, &self.map.guard());
        let there = keys
            .iter()
            .filter(|key| self.model.remove(*key).is_some())
            .count();
        assert_eq!(got, Ok(there), "remove_many");
    }

    /// Into the map as it is, or into an empty one that becomes the map.
    fn bulk_load<D: Dice>(&mut self, dice: &mut D, mut keys: Vec<Vec<u8>>) {
        if dice.one_in(4) {
            let pairs: Vec<_> = self.model.clone().into_iter().collect();
            let count = pairs.len();
            self.clear();
            assert_eq!(
                self.map
                    .bulk_load(pairs.clone(), NonZero::new(1 + dice.below(3))),
                Ok(count)
            );
            self.model.extend(pairs);
            self.whole();
            return;
        }
        if dice.one_in(2) {
            keys.sort();
        }
        let pairs = keys.iter().zip(self.step..).collect();
        let got = self.map.bulk_load(pairs, NonZero::new(2));
        assert_eq!(got, self.model_many(keys), "bulk_load");
    }

    /// `FromIterator`, `Extend`, `Default` and `IntoIterator`, from both ends.
    fn collected(&self, mut keys: Vec<Vec<u8>>) {
        keys.retain(|key| refusal(key).is_none());
        let model: super::Model = keys.iter().cloned().zip(self.step..).collect();
        let map: Map<S, W, I> = keys.iter().zip(self.step..).collect();
        let mut extended = Map::<S, W, I>::default();
        extended.extend(keys.iter().zip(self.step..));
        assert_eq!(extended.len(), model.len());
        let (mut got, mut want) = (map.into_iter(), model.into_iter());
        while got.size_hint().0 > 0 {
            let number = |pair: Option<(Vec<u8>, S::Owned)>| {
                pair.map(|(k, v)| (k, super::Number::number(&v)))
            };
            assert_eq!(number(got.next()), want.next(), "into_iter");
            assert_eq!(
                number(got.next_back()),
                want.next_back(),
                "into_iter, from behind"
            );
        }
        assert_eq!(want.next(), None);
    }
}
