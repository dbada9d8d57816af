//! What both benchmark programs share: loaded maps, and one iteration of a workload on them.
//!
//! A map and its scripts are made once for each map, keys and workload, and stay until the program ends, since the threads of a
//! benchmark borrow them. An iteration plays the next block of a script that is as long as a run is likely to need and then starts
//! anew, so that it does not always touch the same nodes.

use std::any::type_name;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use divan::Bencher;
use divan::counter::ItemsCount;
use masstree_bench::contestant::{Contestant, Session};
use masstree_bench::keys::shape::Shape;
use masstree_bench::play::play;
use masstree_bench::script::{Script, Truth, value_of};
use masstree_bench::workloads::Task;

/// How many operations an iteration has.
const BLOCK: usize = 1_000;

/// How many blocks are drawn.
const BLOCKS: usize = 64;

/// 1, 2, 4 and so on, and all cores.
pub fn threads() -> Vec<usize> {
    let all = masstree_bench::race::parallelism();
    let mut threads: Vec<usize> = (0..10)
        .map(|power| 1 << power)
        .filter(|threads| *threads < all)
        .collect();
    threads.push(all);
    threads
}

/// Measures `task` on a map of `size` keys. Wrong answers of a peer are told, those of our map end the program.
pub fn measure<M: Contestant>(bencher: Bencher<'_, '_>, shape: Shape, size: usize, task: Task) {
    let keys = shape.key_set(size);
    let map = M::new();
    for (id, key) in keys.present.iter().enumerate() {
        map.session().insert(key, value_of(id as u32, id));
    }
    let drawn = task.plan(&keys, BLOCK * BLOCKS, 1);
    let blocks: Vec<Script> = drawn.scripts.iter().flat_map(cut).collect();
    let truth = Truth::default();
    let next = AtomicUsize::new(0);
    let wrong = AtomicU64::new(0);
    bencher.counter(ItemsCount::new(BLOCK)).bench(|| {
        let block = next.fetch_add(1, Ordering::Relaxed) % blocks.len();
        wrong.fetch_add(play(&map, &blocks[block], &truth), Ordering::Relaxed);
    });
    let (wrong, map) = (wrong.into_inner(), type_name::<M>());
    assert!(
        wrong == 0 || !map.contains("::ours::"),
        "{wrong} wrong answers from {map}"
    );
    if wrong > 0 {
        eprintln!("{wrong} wrong answers from {map}");
    }
}

/// Cuts a script into blocks.
fn cut(script: &Script) -> Vec<Script> {
    let block = |first: usize| {
        let mut block = Script::with_capacity(BLOCK);
        for i in first..(first + BLOCK).min(script.len()) {
            block.push(script.ops[i], script.slots[i], script.keys.get(i));
        }
        block
    };
    (0..script.len()).step_by(BLOCK).map(block).collect()
}
