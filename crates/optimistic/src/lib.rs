//! What the optimistic trees of this workspace stand on.
//!
//! A reader of such a tree takes no lock: it remembers a node's version, reads, and checks that the version still
//! stands. This crate holds the parts of that which do not depend on the shape of the tree:
//!
//! - [`version`]: the versioned lock in a node's first word,
//! - [`latch`]: a latch of its own around any data, with optimistic, shared and exclusive access,
//! - [`epoch`]: guards, and memory that is freed when no guard can see it any more,
//! - [`chain`]: values of one key, the newest first, and how older ones are taken out,
//! - [`backoff`]: how to wait,
//! - [`striped`]: counters that threads do not fight over,
//! - [`sync`]: the one place that names an atomic; std's, loom's or shuttle's,
//! - [`order`]: the memory orderings of the protocols by name, so that a model can weaken one at a time.

pub mod backoff;
pub mod chain;
pub mod epoch;
pub mod latch;
#[cfg(loom)]
mod model;
pub mod order;
pub mod striped;
pub mod sync;
pub mod version;

pub use chain::{Annex, Chained, Claimed, Word};
pub use epoch::Guard;
pub use striped::Striped;
pub use version::{Locked, Stamp, VersionLock};
