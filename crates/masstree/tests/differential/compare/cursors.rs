//! A cursor that is sent to keys, to the ends, and on in both directions, while the map may change between its steps.

use super::keys::{expected, key};
use super::{Dice, Numbers, Pair};

use std::ops::Bound::{Excluded, Included, Unbounded};

/// Where the model says that the cursor is.
#[derive(Clone, Debug, PartialEq)]
enum At {
    BeforeFirst,
    On(Vec<u8>),
    AfterLast,
}

impl At {
    fn key(&self) -> Option<&[u8]> {
        match self {
            At::On(key) => Some(key),
            _ => None,
        }
    }

    fn or(found: Option<(&Vec<u8>, &u64)>, otherwise: At) -> At {
        found.map_or(otherwise, |(key, _)| At::On(key.clone()))
    }
}

impl<S: Numbers, const W: usize, const I: usize> Pair<S, W, I> {
    pub fn cursor<D: Dice>(&mut self, dice: &mut D) {
        let guard = self.map.guard();
        let mut cursor = self.map.cursor(&guard);
        let mut at = At::BeforeFirst;
        assert_eq!(cursor.key(), None);
        for _ in 0..1 + dice.below(30) {
            let model = &self.model;
            match dice.below(20) {
                0 => {
                    assert_eq!(cursor.seek_first(), !model.is_empty(), "seek_first");
                    at = At::or(model.first_key_value(), At::AfterLast);
                }
                1 => {
                    assert_eq!(cursor.seek_last(), !model.is_empty(), "seek_last");
                    at = At::or(model.last_key_value(), At::BeforeFirst);
                }
                2 | 3 => {
                    let key = key(dice);
                    assert_eq!(cursor.seek(&key), model.contains_key(&key), "seek {key:?}");
                    at = At::or(
                        expected(model, Included(&key), Unbounded).next(),
                        At::AfterLast,
                    );
                }
                4 | 5 => {
                    let key = key(dice);
                    assert_eq!(
                        cursor.seek_for_prev(&key),
                        model.contains_key(&key),
                        "seek_for_prev {key:?}"
                    );
                    at = At::or(
                        expected(model, Unbounded, Included(&key)).next_back(),
                        At::BeforeFirst,
                    );
                }
                6 => {
                    // Takes out or brings in what is near: the cursor goes on from its key, there or not.
                    let near = at
                        .key()
                        .map_or_else(|| key(dice), |key| [key, b"+"].concat());
                    let own = dice
                        .one_in(2)
                        .then(|| at.key())
                        .flatten()
                        .map(<[u8]>::to_vec);
                    if let Some(own) = own {
                        self.map.remove(&own).unwrap();
                        self.model.remove(&own);
                    } else if self.map.insert(&near, self.step).is_ok() {
                        self.model.insert(near, self.step);
                    }
                    continue;
                }
                7..14 => {
                    at = match &at {
                        At::BeforeFirst => At::or(model.first_key_value(), At::AfterLast),
                        At::On(key) => At::or(
                            expected(model, Excluded(key), Unbounded).next(),
                            At::AfterLast,
                        ),
                        At::AfterLast => At::AfterLast,
                    };
                    assert_eq!(cursor.next(), at.key().is_some(), "next");
                }
                _ => {
                    at = match &at {
                        At::AfterLast => At::or(model.last_key_value(), At::BeforeFirst),
                        At::On(key) => At::or(
                            expected(model, Unbounded, Excluded(key)).next_back(),
                            At::BeforeFirst,
                        ),
                        At::BeforeFirst => At::BeforeFirst,
                    };
                    assert_eq!(cursor.prev(), at.key().is_some(), "prev");
                }
            }
            assert_eq!(cursor.key(), at.key());
            let value = at.key().map(|key| self.model[key]);
            assert_eq!(cursor.value().map(S::seen), value, "the value at {at:?}");
        }
    }
}
