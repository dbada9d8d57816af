//! A concurrent ordered map of byte keys.
#[macro_use]
mod trace;

mod batch;
mod bound;
mod build;
mod bulk;
mod cursor;
mod deepen;
mod descend;
mod ends;
mod entry;
mod error;
mod get;
mod guard;
mod key;
mod map;
mod node;
#[cfg(feature = "rayon")]
pub mod parallel;
mod range;
mod remove;
mod scan;
mod split;
#[cfg(feature = "serde")]
mod serialize;
mod stats;
mod storage;
mod sweep;
pub mod typed;
mod unlink;
mod update;
mod walk;
mod write;

pub use bound::RangeBound;
pub use bulk::IntoIter;
pub use cursor::Cursor;
pub use entry::MapEntry;
pub use error::{InsertError, MAX_KEY_LEN, RemoveError};
pub use guard::Guard;
pub use map::{INNER_WIDTH, Map};
pub use range::{Entry, Range};
pub use stats::{LayerShape, Stats};
pub use storage::{Inline, Shared, Storage};
pub use typed::{OrderedMap, OrderedSet};
pub use update::CompareError;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A map of byte keys to any values, shared out as `Arc<V>` or borrowed under a guard; 24 entries a leaf.
pub type MassTree<V> = Map<Shared<V>, 24>;
/// [`MassTree`] with 15 entries a leaf.
pub type MassTree15<V> = Map<Shared<V>, 15>;
/// A map of byte keys to plain values of at most 8 bytes, in the leaf itself; 24 entries a leaf.
pub type MassTreeInline<V> = Map<Inline<V>, 24>;
/// [`MassTreeInline`] with 15 entries a leaf.
pub type MassTree15Inline<V> = Map<Inline<V>, 15>;
/// The fastest map for plain values, as measured.
pub type MassTreeIndex<V> = MassTreeInline<V>;
