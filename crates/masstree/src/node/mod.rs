//! The nodes: what lies where, and how it is made and freed. How nodes work together is told by the modules above.

pub(crate) mod fingerprint;
pub(crate) mod inner;
pub(crate) mod layer;
pub(crate) mod leaf;
mod leaf_search;
pub(crate) mod memory;
pub(crate) mod order;
pub(crate) mod record;
pub(crate) mod slot;
pub(crate) mod tail;

use optimistic::VersionLock;
use optimistic::sync::AtomicPtr;

/// The first word of every node; a pointer to it stands for a node whose kind is not known yet.
pub(crate) type Node = VersionLock;

/// A pointer to the root of a layer; null once the layer is given up.
pub(crate) type Anchor = AtomicPtr<Node>;
