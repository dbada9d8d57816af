//! Guards "same as `BTreeMap`": random operations of every kind against it, over keys of every shape, with the widths in use and with the smallest
//! that the design allows, so that splits, layers and unlinking are common.
//!
//! `MASSTREE_OPERATIONS` says how many operations each width runs, `MASSTREE_SEED` which. `ci/differential.sh` runs ten million.
//! The comparison itself is also what the fuzz target of the repository's `fuzz` folder drives.
#![cfg(not(any(loom, shuttle)))]

mod compare;

use compare::{Dice, compare};
use masstree::{INNER_WIDTH, Inline, Shared};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

struct Random {
    rng: SmallRng,
    left: usize,
}

impl Dice for Random {
    fn below(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n)
    }

    fn operation(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }
}

fn variable(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is `{text}`, not a number"))
    })
}

/// Each width draws from a stream of its own.
fn random(stream: u64) -> Random {
    let seed = variable("MASSTREE_SEED", 0);
    println!("MASSTREE_SEED={seed}, stream {stream}");
    Random {
        rng: SmallRng::seed_from_u64(seed.wrapping_mul(100) + stream),
        left: variable("MASSTREE_OPERATIONS", 40_000) as usize,
    }
}

#[test]
fn narrowest_nodes_with_shared_values() {
    compare::<_, Shared<u64>, 10, 3>(&mut random(1));
}

#[test]
fn narrowest_nodes_with_inline_values() {
    compare::<_, Inline<u64>, 10, 3>(&mut random(2));
}

#[test]
fn leaves_of_10_under_wide_inner_nodes() {
    compare::<_, Inline<u64>, 10, INNER_WIDTH>(&mut random(3));
}

#[test]
fn leaves_of_15_with_shared_values() {
    compare::<_, Shared<u64>, 15, INNER_WIDTH>(&mut random(4));
}

#[test]
fn leaves_of_15_with_inline_values_under_narrow_inner_nodes() {
    compare::<_, Inline<u64>, 15, 3>(&mut random(5));
}

#[test]
fn leaves_of_24_with_shared_values() {
    compare::<_, Shared<u64>, 24, INNER_WIDTH>(&mut random(6));
}

#[test]
fn leaves_of_24_with_inline_values() {
    compare::<_, Inline<u64>, 24, INNER_WIDTH>(&mut random(7));
}

#[test]
fn leaves_of_24_under_narrow_inner_nodes() {
    compare::<_, Shared<u64>, 24, 3>(&mut random(8));
}
