//! The map that is modelled, and how a model is run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use masstree::{Map, RangeBound, Shared};
use optimistic::sync::AtomicU64;

/// The narrowest map there is, so that few entries fill a leaf.
pub type Tree = Map<Shared<Value>, 10, 3>;

/// A value that loom sees being made and read.
pub struct Value(AtomicU64);

impl Value {
    pub fn new(number: u64) -> Self {
        Self(AtomicU64::new(number))
    }

    pub fn number(&self) -> u64 {
        self.0.load(optimistic::sync::Ordering::Relaxed)
    }
}

/// The `i`-th of the short keys, with room for another between any two.
pub fn key(i: u8) -> [u8; 1] {
    [2 * i]
}

/// A map of the first `count` short keys, each with its index.
pub fn short_keys(count: u8) -> impl Fn(&Tree) + Clone + Send + Sync {
    move |tree| {
        for i in 0..count {
            insert(tree, &key(i), u64::from(i));
        }
    }
}

/// Puts `key` to `number`; the number that it had.
pub fn insert(tree: &Tree, key: &[u8], number: u64) -> Option<u64> {
    let old = tree.insert(key, Value::new(number)).unwrap();
    old.map(|value| value.number())
}

/// The number of `key`.
pub fn get(tree: &Tree, key: &[u8]) -> Option<u64> {
    tree.get(key).map(|value| value.number())
}

/// Takes `key` out; the number that it had.
pub fn remove(tree: &Tree, key: &[u8]) -> Option<u64> {
    tree.remove(key).unwrap().map(|value| value.number())
}

/// The numbers of all entries, by key.
pub fn scan(tree: &Tree) -> Vec<u64> {
    scan_from(tree, RangeBound::Unbounded)
}

/// The numbers of all entries from `start` on, by key.
pub fn scan_from(tree: &Tree, start: RangeBound<'_>) -> Vec<u64> {
    let mut numbers = Vec::new();
    let visit = |_: &[u8], value: &Value| {
        numbers.push(value.number());
        true
    };
    tree.scan_ref(start, RangeBound::Unbounded, visit, &tree.guard());
    numbers
}

/// The numbers of all entries up to `end`, by descending key.
pub fn scan_back(tree: &Tree, end: RangeBound<'_>) -> Vec<u64> {
    let mut numbers = Vec::new();
    let visit = |_: &[u8], value: &Value| {
        numbers.push(value.number());
        true
    };
    tree.scan_rev(RangeBound::Unbounded, end, visit, &tree.guard());
    numbers
}

/// How long a model runs if `LOOM_MAX_DURATION` does not say otherwise: the largest are not finished by then.
const TIME: Duration = Duration::from_secs(12);

/// Runs `left` in a thread of its own beside `right`, on a map that `prepare` has filled, then `after` with what `left` returned; in every execution with
/// at most `preemptions` preemptions for which there is time.
pub fn model<L: 'static>(
    preemptions: usize,
    prepare: impl Fn(&Tree) + Send + Sync + 'static,
    left: impl Fn(&Tree) -> L + Clone + Send + Sync + 'static,
    right: impl Fn(&Tree) + Send + Sync + 'static,
    after: impl Fn(&Tree, L) + Send + Sync + 'static,
) {
    let start = Instant::now();
    let executions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 100_000;
    builder.preemption_bound = Some(preemptions);
    builder.checkpoint_interval = 100;
    let time = builder.max_duration.unwrap_or(TIME);
    builder.max_duration = Some(time);
    builder.check(move || {
        counter.fetch_add(1, Relaxed);
        let tree = Arc::new(Tree::new());
        prepare(&tree);
        let other = {
            let (tree, left) = (Arc::clone(&tree), left.clone());
            loom::thread::spawn(move || left(&tree))
        };
        right(&tree);
        let left = other.join().unwrap();
        after(&tree, left);
    });
    let took = start.elapsed();
    println!(
        "{}: {}{} executions with at most {preemptions} preemptions in {:.1} s",
        std::thread::current().name().unwrap_or_default(),
        if took < time { "all " } else { "the first " },
        executions.load(Relaxed),
        took.as_secs_f64()
    );
}
