//! One program for two libraries: readers, writers, iterators and removals at once, through what ours and ferntree 0.7 both offer.
//!
//! With `--cfg ferntree_07` it runs on ferntree 0.7. `ci/tsan.sh` expects ThreadSanitizer to be silent about ours and to report races of the other.
#![cfg(not(any(loom, shuttle)))]

#[cfg(not(ferntree_07))]
use ferntree::GenericTree;
#[cfg(ferntree_07)]
use ferntree_07::GenericTree;

use std::time::Duration;

use masstree_testkit::stress::{mix, run_threads, scale};

const LIMIT: Duration = Duration::from_secs(600);
const KEYS: u64 = 64;

/// What one thread does to a tree, a library's generic bounds being its own.
macro_rules! play {
    ($tree:expr, $key:expr, $value:expr) => {{
        let tree = $tree;
        let rounds = scale(20_000) as u64;
        run_threads(3, 7, LIMIT, |worker| {
            for i in 0..rounds {
                let number = mix(worker.seed, i) % KEYS;
                let key = $key(number);
                match worker.index {
                    0 if i % 2 == 0 => drop(tree.insert(key, $value(number))),
                    0 => drop(tree.remove(&key)),
                    1 => {
                        if let Some(value) = tree.lookup(&key, Clone::clone) {
                            assert_eq!(value, $value(number));
                        }
                    }
                    _ => {
                        let mut iter = tree.raw_iter();
                        iter.seek(&key);
                        for _ in 0..5 {
                            let Some((key, value)) = iter.next() else {
                                break;
                            };
                            assert!((0..KEYS).any(|i| $key(i) == *key && $value(i) == *value));
                        }
                    }
                }
            }
        });
    }};
}

#[test]
fn integers() {
    play!(
        GenericTree::<u64, u64, 4, 4>::new(),
        |i: u64| i * 3,
        |i: u64| i + 1
    );
}

#[test]
fn strings() {
    play!(
        GenericTree::<String, String, 4, 4>::new(),
        |i: u64| format!("key {i:04}"),
        |i: u64| format!("a value of key {i}")
    );
}
