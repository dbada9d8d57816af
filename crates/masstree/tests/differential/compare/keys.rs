//! Keys from a bounded population, so that operations meet what is there: short, long, with shared prefixes, prefixes of one another, with trailing
//! NULs, empty.

use std::ops::Bound;

use super::{Dice, Model};

const LETTERS: [u8; 4] = [b'a', b'b', 0, 0xFF];

fn word<D: Dice>(dice: &mut D, length: usize, letters: &[u8]) -> Vec<u8> {
    (0..length).map(|_| dice.pick(letters)).collect()
}

pub fn key<D: Dice>(dice: &mut D) -> Vec<u8> {
    match dice.below(10) {
        0 => {
            let length = dice.below(4);
            word(dice, length, &LETTERS)
        }
        1 => word(dice, 8, &LETTERS[..2]),
        2 => vec![b'p'; dice.pick(&[0, 3, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33])],
        3 => [b"nul".to_vec(), vec![0; dice.below(20)]].concat(),
        4 => [vec![b's'; 120], word(dice, 3, &LETTERS)].concat(),
        5 => [
            b"https://example.org/".to_vec(),
            word(dice, 9, &LETTERS[..2]),
        ]
        .concat(),
        6 => {
            let shared = 8 * dice.pick(&[1, 2, 3, 5]);
            [vec![b's'; shared], word(dice, 2, &LETTERS)].concat()
        }
        7 => (dice.below(2000) as u64).to_be_bytes().to_vec(),
        8 if dice.one_in(100) => long(dice),
        8 => {
            let length = 1 + dice.below(20);
            word(dice, length, &LETTERS[..2])
        }
        _ => format!("{}", dice.below(1500)).into_bytes(),
    }
}

/// Up to the limit, and just above it, where nothing is ever there.
fn long<D: Dice>(dice: &mut D) -> Vec<u8> {
    let length = dice.pick(&[255, 1000, 4095, 4096, 4097, 20_000, 65_535, 65_536, 65_537]);
    let mut key = vec![b'L'; length];
    // A byte of its own at the end, or somewhere before.
    let at = if dice.one_in(2) {
        length - 1
    } else {
        dice.below(length)
    };
    key[at] = dice.pick(&LETTERS);
    key
}

pub fn bound<'k, D: Dice>(dice: &mut D, key: &'k [u8]) -> Bound<&'k [u8]> {
    match dice.below(5) {
        0 => Bound::Unbounded,
        1 | 2 => Bound::Included(key),
        _ => Bound::Excluded(key),
    }
}

/// What the model says of a range; nothing where std would panic.
pub fn expected<'m>(
    model: &'m Model,
    start: Bound<&[u8]>,
    end: Bound<&[u8]>,
) -> impl DoubleEndedIterator<Item = (&'m Vec<u8>, &'m u64)> {
    let crossed = match (start, end) {
        (Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) => start > end,
    };
    let range = (!crossed).then(|| model.range::<[u8], _>((start, end)));
    range.into_iter().flatten()
}
