//! What the documentation promises beyond the order of keys, promise by promise: limits, panics of the caller's code, long keys, iteration beside
//! writers, atomic updates, guards, and every value dropped once. Values whose drop panics have a process of their own: `panicking_drops.rs`.
#![cfg(not(any(loom, shuttle)))]

mod drops;
mod fill;
mod guards;
mod iteration;
mod long_keys;
mod memory_limit;
mod panics;
mod too_long;
mod updates;

use std::collections::BTreeMap;
use std::time::Duration;

use masstree::{Map, RangeBound, Storage};

/// No test here takes longer, by far, unless something hangs.
const LIMIT: Duration = Duration::from_secs(300);

/// All entries, checked to be in order, with the values as `value` shows them.
fn contents<S: Storage, const W: usize, const I: usize>(
    map: &Map<S, W, I>,
    mut value: impl FnMut(S::Ref<'_>) -> u64,
) -> BTreeMap<Vec<u8>, u64> {
    let mut entries: Vec<(Vec<u8>, u64)> = Vec::new();
    map.scan_ref(
        RangeBound::Unbounded,
        RangeBound::Unbounded,
        |key, word| {
            entries.push((key.to_vec(), value(word)));
            true
        },
        &map.guard(),
    );
    assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
    assert_eq!(entries.len(), map.len());
    entries.into_iter().collect()
}
