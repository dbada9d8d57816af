//! Numbers that were drawn ahead, handed out again and again in ever new orders.
//!
//! A million draws are as good as the distribution itself for what is measured here, but the order must not repeat: a pass goes through
//! the ring with a stride and an offset of its own, so that all numbers come once in each pass.

use rand::RngExt;
use rand::rngs::SmallRng;

/// The most numbers of a ring.
const MOST: usize = 1 << 20;

/// Numbers that were drawn ahead.
#[derive(Clone, Debug)]
pub struct Ring {
    numbers: Box<[u64]>,
    mask: usize,
    at: usize,
    stride: usize,
    left: usize,
    rng: SmallRng,
}

impl Ring {
    /// Draws `wanted` numbers, rounded up to a power of two, but a million at most.
    pub fn fill(
        wanted: u64,
        mut rng: SmallRng,
        mut number: impl FnMut(&mut SmallRng) -> u64,
    ) -> Self {
        let wanted = usize::try_from(wanted).unwrap_or(MOST).clamp(64, MOST);
        let len = wanted.next_power_of_two();
        let numbers = (0..len).map(|_| number(&mut rng)).collect();
        Self {
            numbers,
            mask: len - 1,
            at: 0,
            stride: 1,
            left: len,
            rng,
        }
    }

    /// The next number.
    #[inline]
    pub fn draw(&mut self) -> u64 {
        if self.left == 0 {
            self.turn();
        }
        self.left -= 1;
        let number = self.numbers[self.at & self.mask];
        self.at = self.at.wrapping_add(self.stride);
        number
    }

    /// Begins another pass. An odd stride meets each place of a ring of a power of two once.
    #[cold]
    fn turn(&mut self) {
        self.left = self.numbers.len();
        self.at = self.rng.random::<u32>() as usize;
        self.stride = self.rng.random::<u32>() as usize | 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_pass_has_all_numbers_in_another_order() {
        let mut drawn = 0;
        let mut ring = Ring::fill(100, SmallRng::seed_from_u64(1), |_| {
            drawn += 1;
            drawn
        });
        let pass = |ring: &mut Ring| -> Vec<u64> { (0..128).map(|_| ring.draw()).collect() };
        let (first, second) = (pass(&mut ring), pass(&mut ring));
        assert_ne!(first, second);
        for mut numbers in [first, second] {
            numbers.sort_unstable();
            assert_eq!(numbers, (1..=128).collect::<Vec<u64>>());
        }
    }
}
