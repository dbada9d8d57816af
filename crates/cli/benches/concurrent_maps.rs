//! `cargo bench --bench concurrent_maps`: the concurrent maps on lookups and mixed workloads, on 1 to all threads.
//!
//! Each benchmark is one workload, generic over the map, and has a line for each map and number of threads.
#![allow(missing_docs)]

mod common;

use common::{measure, threads};
use divan::Bencher;
use masstree_bench::contestant::Contestant;
#[cfg(feature = "peers")]
use masstree_bench::contestants::{
    art_map::ArtMap08, ferntree_07::Ferntree07, index_set::IndexsetMap, masstree_095::Masstree095,
    skip_map::CrossbeamSkipMap, tree_index::SccTreeIndex,
};
use masstree_bench::contestants::{
    locked_btree::RwLockBTree,
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

/// Declares benchmarks over all maps: name, shape of the keys, how many, and the task.
macro_rules! workloads {
    ($($name:ident: $shape:expr, $size:expr, $task:expr;)*) => {
        $(
            #[cfg(feature = "peers")]
            #[divan::bench(
                types = [
                    Ours24,
                    Ours15,
                    Masstree095,
                    Ferntree07<Vec<u8>>,
                    SccTreeIndex<Box<[u8]>>,
                    CrossbeamSkipMap<Box<[u8]>>,
                    ArtMap08<Vec<u8>>,
                    IndexsetMap<Box<[u8]>>,
                    RwLockBTree<Box<[u8]>>,
                ],
                threads = threads(),
                sample_count = 50,
            )]
            fn $name<M: Contestant>(bencher: Bencher<'_, '_>) {
                measure::<M>(bencher, $shape, $size, $task);
            }

            #[cfg(not(feature = "peers"))]
            #[divan::bench(types = [Ours24, Ours15, RwLockBTree<Box<[u8]>>], threads = threads(), sample_count = 50)]
            fn $name<M: Contestant>(bencher: Bencher<'_, '_>) {
                measure::<M>(bencher, $shape, $size, $task);
            }
        )*
    };
}

workloads! {
    mixed_90_10_uniform: Shape::Random16, SIZE, Task::Mixed90;
    mixed_50_50_zipfian: Shape::Random16, SIZE, Task::Mixed50;
    mixed_90_10_high_contention: Shape::Random16, FEW, Task::Mixed90;
    mixed_90_10_one_hot_key: Shape::Random16, SIZE, Task::Hot;
    read_uniform: Shape::Random16, SIZE, Task::Get;
    read_zipfian: Shape::Random16, SIZE, Task::GetZipf;
    read_8_byte_keys: Shape::Random8, SIZE, Task::Get;
    read_16_byte_keys_8_shared: Shape::Shared(8), SIZE, Task::Get;
    read_24_byte_keys: Shape::Random24, SIZE, Task::Get;
    read_24_byte_keys_16_shared: Shape::Shared(16), SIZE, Task::Get;
    read_32_byte_keys: Shape::Random32, SIZE, Task::Get;
    read_32_byte_keys_24_shared: Shape::Shared(24), SIZE, Task::Get;
}
