//! Which operation comes next.

use rand::RngExt;
use rand::rngs::SmallRng;

/// Draws from a few choices in proportion to their weights.
#[derive(Clone, Debug)]
pub struct Mix {
    /// Up to which number of 2^64 a choice goes.
    ends: Vec<u64>,
    rng: SmallRng,
}

impl Mix {
    /// Of the choices with these weights, of which one at least is more than 0.
    #[must_use]
    pub fn new(weights: &[f64], rng: SmallRng) -> Self {
        let sum: f64 = weights.iter().sum();
        let mut so_far = 0.0;
        let mut ends: Vec<u64> = weights
            .iter()
            .map(|weight| {
                so_far += weight;
                (so_far / sum * 18_446_744_073_709_551_616.0) as u64
            })
            .collect();
        // What rounding leaves over belongs to the last choice that can be drawn, not to one of weight 0 behind it.
        let last = weights
            .iter()
            .rposition(|weight| *weight > 0.0)
            .unwrap_or(0);
        ends.iter_mut().skip(last).for_each(|end| *end = u64::MAX);
        Self { ends, rng }
    }

    /// The next choice.
    #[inline]
    pub fn draw(&mut self) -> usize {
        if self.ends.len() <= 1 {
            return 0;
        }
        let drawn = self.rng.random::<u64>();
        self.ends
            .iter()
            .position(|end| drawn < *end)
            .unwrap_or_else(|| self.last())
    }

    fn last(&self) -> usize {
        self.ends
            .iter()
            .position(|end| *end == u64::MAX)
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::reaches_chi_square;
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn shares_fit_the_weights_by_chi_square() {
        let weights = [0.6, 0.3, 0.0, 0.0999, 0.0001, 0.0];
        let mut mix = Mix::new(&weights, SmallRng::seed_from_u64(3));
        let mut counts = vec![0_u64; weights.len()];
        (0..500_000).for_each(|_| counts[mix.draw()] += 1);
        assert_eq!((counts[2], counts[5]), (0, 0));
        assert!(!reaches_chi_square(&counts, &weights));
        assert!(counts[4] > 20);
    }
}
