//! Sizes and counts: fixed, uniform, or normal between two ends.

use rand::RngExt;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Normal};

use super::Ring;
use crate::load::file::{Distribution, Spread};

/// A spread with all its defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numbers {
    /// Always this one.
    Fixed(u64),
    /// Each of these, both ends included.
    Uniform(u64, u64),
    /// Normal, rounded, drawn again when it falls outside.
    Normal {
        /// The mean before the ends are cut off.
        mean: f64,
        /// The standard deviation before the ends are cut off.
        std_dev: f64,
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
}

impl Numbers {
    /// What a spread says; a fixed one without a number is `usual`.
    #[must_use]
    pub fn new(spread: &Spread, usual: u64) -> Self {
        match spread.distribution {
            Distribution::Fixed => Self::Fixed(spread.size.unwrap_or(usual)),
            Distribution::Uniform => {
                let max = spread.max.unwrap_or(2 * usual.max(spread.min.unwrap_or(0)));
                Self::Uniform(spread.min.unwrap_or(1).min(max), max)
            }
            Distribution::Normal => {
                let mean = spread.mean.unwrap_or(usual as f64);
                let std_dev = spread.std_dev.unwrap_or(mean / 4.0);
                let min = spread.min.unwrap_or(0);
                let far = (mean + 8.0 * std_dev).ceil() as u64;
                let max = spread.max.unwrap_or(far.max(min));
                Self::Normal {
                    mean,
                    std_dev,
                    min,
                    max,
                }
            }
        }
    }

    /// The largest that is drawn.
    #[must_use]
    pub fn most(&self) -> u64 {
        match self {
            Self::Fixed(number) => *number,
            Self::Uniform(_, max) | Self::Normal { max, .. } => *max,
        }
    }

    /// One number.
    pub fn sample(&self, rng: &mut SmallRng) -> u64 {
        match *self {
            Self::Fixed(number) => number,
            Self::Uniform(min, max) => rng.random_range(min..=max),
            Self::Normal {
                mean,
                std_dev,
                min,
                max,
            } => {
                let Ok(normal) = Normal::new(mean, std_dev) else {
                    return min;
                };
                // So many tries find the range unless next to nothing of the distribution lies in it.
                for _ in 0..1_000 {
                    let number = normal.sample(rng).round();
                    if number >= min as f64 && number <= max as f64 {
                        return number as u64;
                    }
                }
                (mean.max(0.0) as u64).clamp(min, max)
            }
        }
    }
}

/// Numbers for a thread.
#[derive(Clone, Debug)]
pub enum NumberDraw {
    /// Drawn as they are needed.
    Now(Numbers, SmallRng),
    /// Drawn ahead.
    Ahead(Ring),
}

impl NumberDraw {
    /// Of these numbers, of which the thread will need about `wanted`.
    #[must_use]
    pub fn new(numbers: Numbers, wanted: u64, rng: SmallRng) -> Self {
        match numbers {
            Numbers::Normal { .. } => Self::Ahead(Ring::fill(wanted.min(1 << 16), rng, |rng| {
                numbers.sample(rng)
            })),
            _ => Self::Now(numbers, rng),
        }
    }

    /// The next one.
    #[inline]
    pub fn draw(&mut self) -> u64 {
        match self {
            Self::Now(Numbers::Fixed(number), _) => *number,
            Self::Now(numbers, rng) => numbers.sample(rng),
            Self::Ahead(ring) => ring.draw(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::{ks_fits, normal_cdf, reaches_chi_square};
    use super::*;
    use rand::SeedableRng;

    fn draws(numbers: Numbers, count: usize) -> Vec<u64> {
        let mut draw = NumberDraw::new(numbers, 1 << 16, SmallRng::seed_from_u64(7));
        (0..count).map(|_| draw.draw()).collect()
    }

    #[test]
    fn fixed_numbers_are_fixed() {
        assert!(
            draws(Numbers::Fixed(256), 1000)
                .iter()
                .all(|size| *size == 256)
        );
    }

    #[test]
    fn uniform_sizes_fit_by_chi_square() {
        let mut counts = vec![0_u64; 100];
        for size in draws(Numbers::Uniform(512, 611), 100_000) {
            counts[size as usize - 512] += 1;
        }
        assert!(!reaches_chi_square(&counts, &vec![1.0 / 100.0; 100]));
    }

    #[test]
    fn normal_sizes_fit_by_kolmogorov_and_smirnov() {
        let numbers = Numbers::Normal {
            mean: 1024.0,
            std_dev: 256.0,
            min: 128,
            max: 8192,
        };
        let sizes = draws(numbers, 50_000);
        assert!(sizes.iter().all(|size| (128..=8192).contains(size)));
        let below = |x: f64| normal_cdf((x - 1024.0) / 256.0);
        let inside = below(8192.5) - below(127.5);
        assert!(ks_fits(&sizes, |size| (below(size as f64 + 0.5)
            - below(127.5))
            / inside));
        // The same sizes are no normal distribution of another mean.
        assert!(!ks_fits(&sizes, |size| normal_cdf(
            (size as f64 - 1040.0) / 256.0
        )));
    }

    #[test]
    fn defaults_follow_the_usual_number() {
        let spread = |distribution| Spread {
            distribution,
            ..Spread::default()
        };
        assert_eq!(
            Numbers::new(&spread(Distribution::Fixed), 100),
            Numbers::Fixed(100)
        );
        assert_eq!(
            Numbers::new(&spread(Distribution::Uniform), 100),
            Numbers::Uniform(1, 200)
        );
        let normal = Numbers::new(&spread(Distribution::Normal), 100);
        assert_eq!(normal.most(), 300);
    }
}
