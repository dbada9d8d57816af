//! Random operations of every kind, on keys of every shape, against a model that keeps all versions of each key: every answer is compared.
//!
//! One thread; snapshots, iterators and transactions stay open across the writes of others. `MASSTREE_SEED` repeats a run, `MASSTREE_OPERATIONS` is
//! the number of operations for each shape of keys.

mod readers;
mod session;
mod singles;
mod transactions;
mod versions;

use std::time::Duration;

use masstree_store::Options;
use masstree_testkit::keys::{KeyPopulation, KeyShape};
use masstree_testkit::stress::{Watchdog, mix, scale};
use session::Session;

/// About 200,000 in all.
const OPERATIONS: usize = 9_000;

const KEYS: usize = 120;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("the variable is a number"))
}

fn run(shape: KeyShape, history: bool) {
    let seed = number("MASSTREE_SEED").unwrap_or(1);
    let operations = number("MASSTREE_OPERATIONS").map_or(scale(OPERATIONS), |n| n as usize);
    println!("{shape:?}, history {history}: MASSTREE_SEED={seed} MASSTREE_OPERATIONS={operations}");
    let _watchdog = Watchdog::start("the model", Duration::from_secs(3600));
    let options = Options {
        key_limit: 1 << 16,
        history: history.then_some(Duration::from_secs(3600)),
        ..Options::default()
    };
    let population = KeyPopulation::new(shape, KEYS, seed);
    let mut session = Session::new(options, &population, mix(seed, shape as u64));
    for _ in 0..operations {
        session.step();
    }
    session.end();
}

#[test]
fn answers_are_those_of_the_model() {
    for shape in KeyShape::ALL {
        run(shape, false);
    }
}

#[test]
fn answers_are_those_of_the_model_with_history() {
    for shape in KeyShape::ALL {
        run(shape, true);
    }
}
