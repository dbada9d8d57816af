//! A concurrent B+tree for any ordered keys: any number of threads read, write and iterate at once, readers take no lock, and iterators hold none.
//!
//! It is built on optimistic lock coupling (LeanStore, Umbra): a reader remembers each node's version, reads, and checks that the version still stands; a writer
//! locks the nodes that it changes. How that works, and why it is enough, is told in `docs/ferntree.md` of the repository. The crate
//! `masstree` next to this one is a map made for keys that are bytes.
//!
//! - [Quick start](#quick-start)
//! - [Keys and values](#keys-and-values)
//! - [In order](#in-order)
//! - [Atomic updates](#atomic-updates)
//! - [What it costs](#what-it-costs)
//! - [Features](#features)
//!
//! # Quick start
//! ```
//! use ferntree::Tree;
//!
//! let tree = Tree::new();
//! tree.insert("apple", "red".to_string());
//! tree.insert("pear", "green".to_string());
//!
//! std::thread::scope(|scope| {
//!     scope.spawn(|| tree.insert("plum", "blue".to_string()));
//!     scope.spawn(|| tree.remove("apple"));
//! });
//!
//! assert_eq!(tree.lookup("plum", |colour| colour.len()), Some(4));
//! assert!(tree.keys().eq(["pear", "plum"]));
//! ```
//! All operations take `&self`: share a tree as `&Tree` between scoped threads, or in an [`Arc`](std::sync::Arc). [`GenericTree`] lets the capacities of nodes be chosen.
//!
//! # Keys and values
//! Any `K: Ord` and any `V`. They are `Send` and `'static`, because what is removed may be dropped later and by another thread; a tree that is shared between threads
//! needs them `Sync` as well.
//!
//! - **Numbers** and what is made of them, of at most 16 bytes (integers, `bool`, `char`, floats, arrays, tuples), lie in the nodes.
//! - **Strings and byte strings** as keys are reached from the node without a box between, and compared by eight bytes in the node first.
//! - **Everything else** lies in a box that never changes; replacing a value makes another box.
//!
//! A lookup borrows the value for a closure ([`lookup`](GenericTree::lookup)), which runs once, outside of all locks, and never sees a value that is half written or freed.
//! What returns a value, returns a clone, since others may be looking at the value itself; where `V` is not `Clone`, use
//! [`insert_defer`](GenericTree::insert_defer) and [`remove_defer`](GenericTree::remove_defer).
//!
//! A type's `Ord`, `Clone` and `Drop`, and all closures, run while nothing is locked: they may use the tree, and may panic. A panic in a comparison leaves
//! the tree as it was before the operation, or as it is after it. An `Ord` that contradicts itself makes answers worthless, and nothing else.
//!
//! # In order
//! [`range`](GenericTree::range), [`range_rev`](GenericTree::range_rev), [`iter`](GenericTree::iter), [`keys`](GenericTree::keys), [`values`](GenericTree::values) are
//! `Iterator`s from both ends over std's `RangeBounds`; their items are clones. [`raw_iter`](GenericTree::raw_iter) is a cursor that lends references and
//! clones nothing, and [`raw_iter_mut`](GenericTree::raw_iter_mut) one that also inserts and removes at its place.
//!
//! An iterator holds an epoch guard and remembers a key. It blocks no writer, in no state, and the thread that has it may write to the same tree. What is removed
//! while it is alive is freed after it is dropped. See [`iter`] for what an iteration beside writers sees.
//!
//! # Atomic updates
//! ```
//! let hits = ferntree::Tree::<String, u64>::new();
//! hits.fetch_update("/".to_string(), |n| Some(n.unwrap_or(&0) + 1));
//! hits.entry("/".to_string()).and_modify(|n| *n += 1).or_insert(1);
//! assert_eq!(hits.compare_exchange("/".to_string(), Some(&2), Some(0)), Ok(Some(2)));
//! ```
//! [`get_or_insert_with`](GenericTree::get_or_insert_with), [`update`](GenericTree::update), [`fetch_update`](GenericTree::fetch_update),
//! [`compare_exchange`](GenericTree::compare_exchange), [`entry`](GenericTree::entry), [`remove_if`](GenericTree::remove_if),
//! [`pop_first`](GenericTree::pop_first), [`pop_last`](GenericTree::pop_last): each is one step. Every operation on one key, and `first`, `last` and the pops,
//! happen at one moment between call and return: the tree is linearizable. [`clear`](GenericTree::clear) and iterations are many steps.
//!
//! # What it costs
//! | operation | time |
//! |---|---|
//! | lookup, insert, remove, seek | a descent; in each node a search of its keys |
//! | next entry of an iteration | constant |
//! | [`len`](GenericTree::len) | a few counters, whatever the size |
//! | [`bulk_load`](GenericTree::bulk_load) | linear, without a search |
//!
//! Leaves that become empty are unlinked by the remover, and sparse ones merged with a sibling; nothing has to be called for it.
//!
//! # Features
//! | feature | what it does |
//! |---|---|
//! | `bytes` | [`OptimisticRead`] for `bytes::Bytes` |
//! | `test-utils` | the module `alloc`: an allocator that counts, for leak tests |
#[cfg(feature = "test-utils")]
pub mod alloc;
pub mod atomic_slot;
mod bits;
mod bulk;
mod bytes_key;
mod check;
mod clear;
mod collect;
mod descend;
mod edges;
mod entry;
pub mod error;
mod finger;
pub mod iter;
mod key;
mod node;
pub mod optimistic;
mod plain;
mod read;
mod remove;
mod split;
mod tree;
mod unlink;
mod update;
mod value;
mod walk;
mod write;

/// A latch with optimistic, shared and exclusive access.
pub use ::optimistic::latch;
pub use entry::{Entry, Modify};
pub use optimistic::OptimisticRead;
pub use tree::GenericTree;

/// A B+tree with 64 keys an inner node and 64 entries a leaf.
pub type Tree<K, V> = GenericTree<K, V, 64, 64>;
