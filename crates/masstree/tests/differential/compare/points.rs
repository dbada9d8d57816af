//! Operations on one key.

use std::collections::btree_map;

use masstree::{CompareError, InsertError, MAX_KEY_LEN, RemoveError};

use super::keys::key;
use super::{Dice, Numbers, Pair, number};

/// What a write of `key` has to give instead of an answer, if the key is too long.
pub fn refusal(key: &[u8]) -> Option<InsertError> {
    (key.len() > MAX_KEY_LEN).then_some(InsertError::KeyTooLong { len: key.len() })
}

impl<S: Numbers, const W: usize, const I: usize> Pair<S, W, I> {
    pub fn insert<D: Dice>(&mut self, dice: &mut D) {
        let key = key(dice);
        let got = if dice.one_in(2) {
            self.map.insert(&key, self.step)
        } else {
            self.map
                .insert_with_guard(&key, self.step, &self.map.guard())
        };
        match refusal(&key) {
            Some(error) => assert_eq!(got.err(), Some(error)),
            None => assert_eq!(
                got.map(number),
                Ok(self.model.insert(key, self.step)),
                "insert"
            ),
        }
    }

    pub fn remove<D: Dice>(&mut self, dice: &mut D) {
        let key = key(dice);
        let got: Result<_, RemoveError> = if dice.one_in(2) {
            self.map.remove(&key)
        } else {
            self.map.remove_with_guard(&key, &self.map.guard())
        };
        assert_eq!(
            got.map(number),
            Ok(self.model.remove(&key)),
            "remove {key:?}"
        );
    }

    /// Any other operation on a key that may be there.
    pub fn point<D: Dice>(&mut self, dice: &mut D) {
        let key = key(dice);
        match dice.below(12) {
            0..3 => self.get(&key),
            3 => self.fetch_update(dice, &key),
            4 => self.update(&key),
            5 => self.get_or_insert_with(&key),
            6 | 7 => self.entry(dice, &key),
            8 | 9 => self.compare_exchange(dice, &key),
            10 => self.remove_if(&key),
            _ => self.counters(),
        }
    }

    fn get(&self, key: &[u8]) {
        let guard = self.map.guard();
        let want = self.model.get(key).copied();
        assert_eq!(number(self.map.get(key)), want, "get {key:?}");
        assert_eq!(
            number(self.map.get_with_guard(key, &guard)),
            want,
            "get_with_guard {key:?}"
        );
        assert_eq!(
            self.map.get_ref(key, &guard).map(S::seen),
            want,
            "get_ref {key:?}"
        );
        assert_eq!(
            self.map.contains_key(key),
            want.is_some(),
            "contains_key {key:?}"
        );
    }

    fn fetch_update<D: Dice>(&mut self, dice: &mut D, key: &[u8]) {
        let (old, step, stay) = (self.model.get(key).copied(), self.step, dice.one_in(4));
        let change =
            |value: Option<u64>| (!stay).then(|| value.map_or(step, |value| value.wrapping_mul(3)));
        let got = self
            .map
            .fetch_update(key, |value| change(value.map(S::seen)), &self.map.guard());
        match (refusal(key), change(old)) {
            (Some(error), Some(_)) => assert_eq!(got.err(), Some(error)),
            (_, new) => {
                assert_eq!(got.map(number), Ok(old), "fetch_update {key:?}");
                self.model.extend(new.map(|new| (key.to_vec(), new)));
            }
        }
    }

    fn update(&mut self, key: &[u8]) {
        let got = self
            .map
            .update(key, |value| S::seen(value) ^ 1, &self.map.guard());
        assert_eq!(
            got.map(number),
            Ok(self.model.get(key).copied()),
            "update {key:?}"
        );
        self.model
            .get_mut(key)
            .into_iter()
            .for_each(|value| *value ^= 1);
    }

    fn get_or_insert_with(&mut self, key: &[u8]) {
        let (mut calls, step) = (0, self.step);
        let make = || {
            calls += 1;
            step
        };
        let got = self.map.get_or_insert_with(key, make, &self.map.guard());
        assert_eq!(
            calls,
            usize::from(!self.model.contains_key(key)),
            "calls for {key:?}"
        );
        match refusal(key) {
            Some(error) => assert_eq!(got.err(), Some(error)),
            None => {
                let want = *self.model.entry(key.to_vec()).or_insert(step);
                assert_eq!(number(got.ok()), Some(want), "get_or_insert_with {key:?}");
            }
        }
    }

    fn entry<D: Dice>(&mut self, dice: &mut D, key: &[u8]) {
        let (guard, step) = (self.map.guard(), self.step);
        let old = self.model.get(key).copied();
        let entry = self.map.entry(key, &guard);
        assert_eq!((entry.key(), number(entry.get())), (key, old));
        let change = |value: S::Ref<'_>| S::seen(value).wrapping_add(7);
        let changed = |value: u64| value.wrapping_add(7);
        let (got, want) = match dice.below(8) {
            0 => (entry.or_insert(step), old.unwrap_or(step)),
            1 => (entry.or_insert_with(|| step), old.unwrap_or(step)),
            2 => (entry.or_default(), old.unwrap_or_default()),
            3 => (
                entry.and_modify(change).or_insert(step),
                old.map_or(step, changed),
            ),
            4 => (
                entry.and_modify(change).or_insert_with(|| step),
                old.map_or(step, changed),
            ),
            5 => (
                entry.and_modify(change).or_default(),
                old.map_or(0, changed),
            ),
            6 => {
                let got = entry.insert(step);
                match refusal(key) {
                    Some(error) => assert_eq!(got.err(), Some(error)),
                    None => {
                        assert_eq!(got.map(number), Ok(old), "entry insert {key:?}");
                        self.model.insert(key.to_vec(), step);
                    }
                }
                return;
            }
            _ => {
                assert_eq!(
                    number(entry.remove()),
                    self.model.remove(key),
                    "entry remove {key:?}"
                );
                return;
            }
        };
        match refusal(key) {
            Some(error) => assert_eq!(got.err(), Some(error)),
            None => {
                assert_eq!(number(got.ok()), Some(want), "entry {key:?}");
                self.model.insert(key.to_vec(), want);
            }
        }
    }

    fn compare_exchange<D: Dice>(&mut self, dice: &mut D, key: &[u8]) {
        let guard = self.map.guard();
        let found = self.map.get_with_guard(key, &guard);
        let expected = match dice.below(4) {
            0 => None,
            1 => {
                let other = super::keys::key(dice);
                self.map.get_with_guard(&other, &guard)
            }
            _ => found.clone(),
        };
        let new = (!dice.one_in(3)).then_some(self.step);
        let same = match (&expected, &found) {
            (Some(expected), Some(found)) => S::identity(expected) == S::identity(found),
            (expected, found) => expected.is_none() && found.is_none(),
        };
        let got = self
            .map
            .compare_exchange(key, expected.as_ref(), new, &guard);
        match refusal(key) {
            Some(error) if new.is_some() => {
                assert_eq!(got.err().map(|e| e.to_string()), Some(error.to_string()));
            }
            _ if same => {
                assert_eq!(
                    got.ok().map(number),
                    Some(number(found)),
                    "compare_exchange {key:?}"
                );
                match (new, self.model.entry(key.to_vec())) {
                    (Some(new), entry) => drop(entry.insert_entry(new)),
                    (None, btree_map::Entry::Occupied(entry)) => drop(entry.remove()),
                    (None, btree_map::Entry::Vacant(_)) => {}
                }
            }
            _ => match got {
                Err(CompareError::Differs(now)) => assert_eq!(number(now), number(found)),
                other => panic!("compare_exchange {key:?}: {other:?}"),
            },
        }
    }

    fn remove_if(&mut self, key: &[u8]) {
        let even = |value: u64| value.is_multiple_of(2);
        let got = self
            .map
            .remove_if(key, |value| even(S::seen(value)), &self.map.guard());
        let want = self.model.get(key).copied().filter(|value| even(*value));
        assert_eq!(number(got), want, "remove_if {key:?}");
        if want.is_some() {
            self.model.remove(key);
        }
    }
}
