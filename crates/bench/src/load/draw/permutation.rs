//! A bijection on the numbers below n, so that hot ranks lie all over the key space and each key keeps the rank's own probability.

/// `rank * factor + offset` modulo `n`; the factor has no divisor in common with `n`, and is near its golden section.
#[derive(Clone, Copy, Debug)]
pub struct Permutation {
    n: u64,
    factor: u64,
    offset: u64,
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Permutation {
    /// Of the numbers below `n`, which is at least 1.
    #[must_use]
    pub fn new(n: u64) -> Self {
        let n = n.max(1);
        let mut factor = ((n as f64 * 0.618_033_988_75) as u64).max(1);
        while common_divisor(factor, n) != 1 {
            factor += 1;
        }
        let offset = n / 3;
        Self { n, factor, offset }
    }

    /// Where `rank` goes.
    #[inline]
    #[must_use]
    pub fn place(&self, rank: u64) -> u64 {
        let product = u128::from(rank) * u128::from(self.factor) + u128::from(self.offset);
        (product % u128::from(self.n)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_taken_once() {
        for n in [1, 2, 3, 4, 6, 100, 1000, 1 << 12, 4999] {
            let permutation = Permutation::new(n);
            let mut places: Vec<u64> = (0..n).map(|rank| permutation.place(rank)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..n).collect::<Vec<_>>(), "{n}");
        }
    }
}
