//! A concurrent B+tree for any ordered keys: readers take no lock, iterators hold none.

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
