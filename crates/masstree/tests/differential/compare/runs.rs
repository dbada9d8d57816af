//! Many operations under one guard, whose fingers they share: in order and in none, with changes in between that the guard knows nothing of.

use super::keys::key;
use super::points::refusal;
use super::{Dice, Numbers, Pair, number};

impl<S: Numbers, const W: usize, const I: usize> Pair<S, W, I> {
    pub fn run<D: Dice>(&mut self, dice: &mut D) {
        let keys = keys(dice);
        let order = dice.below(4);
        // What is done to a stretch of the keys, so that leaves and layers fill and empty under the fingers.
        let mut stretches = Vec::new();
        for _ in 0..2 + dice.below(6) {
            let start = dice.below(keys.len());
            let length = 1 + dice.below(keys.len() - start);
            stretches.push((dice.below(5), start..start + length));
        }
        let Self { map, model, step } = self;
        let guard = map.guard();
        for (what, stretch) in stretches {
            let mut stretch = keys[stretch].to_vec();
            match order {
                0 => stretch.sort(),
                1 => stretch.sort_by(|left, right| right.cmp(left)),
                _ => {}
            }
            for key in stretch {
                let refusal = refusal(&key);
                match what {
                    0 => {
                        let got = map.remove(&key).map(number);
                        assert_eq!(got, Ok(model.remove(&key)), "remove without a guard");
                    }
                    1 if refusal.is_none() => {
                        let got = map.insert(&key, *step).map(number);
                        assert_eq!(got, Ok(model.insert(key, *step)), "insert without a guard");
                    }
                    2 if refusal.is_none() => {
                        let got = map.insert_with_guard(&key, *step, &guard).map(number);
                        assert_eq!(got, Ok(model.insert(key, *step)), "insert in a run");
                    }
                    3 => {
                        let got = map.remove_with_guard(&key, &guard).map(number);
                        assert_eq!(got, Ok(model.remove(&key)), "remove in a run");
                    }
                    _ => {
                        let got = map.get_ref(&key, &guard).map(S::seen);
                        assert_eq!(got, model.get(&key).copied(), "get in a run");
                    }
                }
            }
        }
    }
}

/// Keys of every shape, or variants of one: the finger of a layer helps those alone that share what lies above.
fn keys<D: Dice>(dice: &mut D) -> Vec<Vec<u8>> {
    let count = 2 + dice.below(40);
    if dice.one_in(3) {
        return (0..count).map(|_| key(dice)).collect();
    }
    let mut stem = key(dice);
    stem.truncate(400);
    let short = stem.len() / 2;
    let family = dice.one_in(2);
    (0..count)
        .map(|_| {
            let mut variant = stem.clone();
            if dice.one_in(8) {
                variant.truncate(short);
            }
            // Two families that differ in their first slice alone.
            if family && dice.one_in(2) && !variant.is_empty() {
                variant[0] ^= 1;
            }
            variant.extend((0..dice.below(12)).map(|_| b'a' + dice.below(2) as u8));
            variant
        })
        .collect()
}
