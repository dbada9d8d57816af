//! Choices: which key, which operation, how large, when. All follow from the seed, and differ from thread to thread.
//!
//! What takes long to draw (ranks of a zipfian distribution, normal numbers) is drawn before the clock starts, into a [`Ring`]; the rest
//! costs a few nanoseconds and is drawn as it is needed.

pub mod arrivals;
pub mod keys;
pub mod mix;
pub mod numbers;
mod permutation;
mod ring;
#[cfg(test)]
mod statistics;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::keys::shape::mix;

pub use ring::Ring;

/// What a generator is for, so that no two of them draw the same.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The choice of an operation.
    Mix,
    /// Keys of the table of this number.
    Keys(usize),
    /// Sizes of the command of this number.
    Size(usize),
    /// Counts of the command of this number.
    Count(usize),
    /// When requests are sent.
    Arrivals,
    /// What values are filled with.
    Values,
    /// Accounts and amounts.
    Transfers,
}

/// The random numbers of a thread for a purpose.
#[must_use]
pub fn generator(seed: u64, thread: usize, purpose: Purpose) -> SmallRng {
    let (kind, index) = match purpose {
        Purpose::Mix => (1, 0),
        Purpose::Keys(index) => (2, index),
        Purpose::Size(index) => (3, index),
        Purpose::Count(index) => (4, index),
        Purpose::Arrivals => (5, 0),
        Purpose::Values => (6, 0),
        Purpose::Transfers => (7, 0),
    };
    let salted = mix(mix(seed) ^ thread as u64) ^ (kind << 32 | index as u64);
    SmallRng::seed_from_u64(mix(salted))
}
