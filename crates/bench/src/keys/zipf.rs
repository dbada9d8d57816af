//! Ranks with a zipfian distribution, and uniform ones, from fixed seeds.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};

/// The exponent of every skewed workload.
pub const EXPONENT: f64 = 0.99;

/// `count` numbers below `below`, the smallest drawn the most.
#[must_use]
pub fn zipfian(below: usize, count: usize, seed: u64) -> Vec<u32> {
    let mut rng = SmallRng::seed_from_u64(seed);
    // The distribution exists for every size of at least one and every positive exponent.
    let Ok(zipf) = Zipf::new(below.max(1) as f64, EXPONENT) else {
        return uniform(below, count, seed);
    };
    (0..count)
        .map(|_| (zipf.sample(&mut rng) as usize).clamp(1, below.max(1)) as u32 - 1)
        .collect()
}

/// `count` numbers below `below`, each as likely as the others.
#[must_use]
pub fn uniform(below: usize, count: usize, seed: u64) -> Vec<u32> {
    let mut rng = SmallRng::seed_from_u64(seed);
    (0..count)
        .map(|_| rng.random_range(0..below.max(1)) as u32)
        .collect()
}

/// `count` draws that are true `percent` times in a hundred.
#[must_use]
pub fn chance(percent: u32, count: usize, seed: u64) -> Vec<bool> {
    let mut rng = SmallRng::seed_from_u64(seed);
    (0..count)
        .map(|_| rng.random_range(0..100) < percent)
        .collect()
}

/// Puts `items` into a random order.
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed);
    for last in (1..items.len()).rev() {
        items.swap(last, rng.random_range(0..=last));
    }
}
