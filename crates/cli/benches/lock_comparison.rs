//! `cargo bench --bench lock_comparison`: our map beside a `BTreeMap` under a mutex and under a reader-writer lock, on 1 to all threads.
#![allow(missing_docs)]

mod common;

use common::{measure, threads};
use divan::Bencher;
use masstree_bench::contestant::Contestant;
use masstree_bench::contestants::{
    locked_btree::{MutexBTree, RwLockBTree},
    ours::{Ours15, Ours24},
};
use masstree_bench::keys::shape::Shape;
use masstree_bench::workloads::Task;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many keys a map holds, and how many under high contention.
const SIZE: usize = 100_000;
const FEW: usize = 100;

fn main() {
    divan::main();
}

/// Declares benchmarks over the maps: name, shape of the keys, how many, and the task.
macro_rules! workloads {
    ($($name:ident: $shape:expr, $size:expr, $task:expr;)*) => {
        $(
            #[divan::bench(
                types = [Ours24, Ours15, MutexBTree<Box<[u8]>>, RwLockBTree<Box<[u8]>>],
                threads = threads(),
                sample_count = 50,
            )]
            fn $name<M: Contestant>(bencher: Bencher<'_, '_>) {
                measure::<M>(bencher, $shape, $size, $task);
            }
        )*
    };
}

workloads! {
    read_8_byte_keys: Shape::Random8, SIZE, Task::Get;
    read_16_byte_keys: Shape::Random16, SIZE, Task::Get;
    read_24_byte_keys: Shape::Random24, SIZE, Task::Get;
    read_32_byte_keys: Shape::Random32, SIZE, Task::Get;
    read_16_byte_keys_8_shared: Shape::Shared(8), SIZE, Task::Get;
    read_24_byte_keys_16_shared: Shape::Shared(16), SIZE, Task::Get;
    read_32_byte_keys_24_shared: Shape::Shared(24), SIZE, Task::Get;
    mixed_90_10_uniform: Shape::Random16, SIZE, Task::Mixed90;
    mixed_50_50_zipfian: Shape::Random16, SIZE, Task::Mixed50;
    mixed_90_10_high_contention: Shape::Random16, FEW, Task::Mixed90;
    mixed_90_10_one_hot_key: Shape::Random16, SIZE, Task::Hot;
}
