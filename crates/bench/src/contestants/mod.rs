//! Who takes part: our maps, and with the feature `peers` those of the registry.
//!
//! A peer that is generic over its keys comes twice, with integer keys where all keys have 8 bytes and with byte strings
//! otherwise, since that is how a program would use it. To add a map: write its file, and add its line to [`all`].

#[cfg(feature = "peers")]
pub mod art_map;
#[cfg(feature = "peers")]
pub mod congee;
pub mod ferntree;
#[cfg(feature = "peers")]
pub mod ferntree_07;
#[cfg(feature = "peers")]
pub mod index_set;
pub mod locked_btree;
#[cfg(feature = "peers")]
pub mod masstree_095;
pub mod ours;
#[cfg(feature = "peers")]
pub mod skip_map;
pub mod sorted_array;
#[cfg(feature = "peers")]
pub mod tree_index;

use crate::contestant::Contestant;
use crate::keys::KeySet;
use crate::race::{Racer, racer};

/// What part a contestant has in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A map of this workspace.
    Ours,
    /// A map of someone else.
    Peer,
    /// No map: what the machine allows.
    Limit,
}

/// Makes an empty map, or a read-only contestant that holds the keys.
type Make = fn(Option<&KeySet>) -> Box<dyn Racer>;

/// A contestant, its type hidden.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name that `--maps` takes.
    pub id: &'static str,
    /// The name in the table.
    pub title: &'static str,
    /// What part it has.
    pub part: Part,
    /// The longest key that it takes.
    pub max_key_len: usize,
    /// Whether it walks in descending order.
    pub reverse: bool,
    /// Whether it has a lookup of many keys in one call.
    pub get_many: bool,
    /// Whether it never changes.
    pub read_only: bool,
    integer: Make,
    bytes: Make,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.id)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

impl Entry {
    /// The map `I` for keys of 8 bytes and the map `B` for others.
    fn of<I: Contestant, B: Contestant>(id: &'static str, title: &'static str, part: Part) -> Self {
        Self {
            id,
            title,
            part,
            max_key_len: B::MAX_KEY_LEN,
            reverse: B::REVERSE,
            get_many: B::GET_MANY,
            read_only: B::READ_ONLY,
            integer: racer::<I>,
            bytes: racer::<B>,
        }
    }

    /// An empty map for keys that are or are not all of 8 bytes; a read-only contestant holds `keys`.
    #[must_use]
    pub fn make(&self, integer: bool, keys: Option<&KeySet>) -> Box<dyn Racer> {
        if integer {
            (self.integer)(keys)
        } else {
            (self.bytes)(keys)
        }
    }

    /// Whether it takes keys of up to `longest` bytes, and if it takes 8-byte keys alone, whether all are so.
    #[must_use]
    pub fn takes(&self, longest: usize, integer: bool) -> bool {
        longest <= self.max_key_len && (self.max_key_len != 8 || integer)
    }
}

/// All contestants, in the order of the table.
#[must_use]
pub fn all() -> Vec<Entry> {
    use locked_btree::{MutexBTree, RwLockBTree};
    type Boxed = Box<[u8]>;
    let mut all = vec![
        Entry::of::<ours::Ours24, ours::Ours24>("ours", "masstree", Part::Ours),
        Entry::of::<ours::Ours15, ours::Ours15>("ours15", "masstree, 15 wide", Part::Ours),
        Entry::of::<ferntree::Ferntree<u64>, ferntree::Ferntree<Vec<u8>>>(
            "ferntree",
            "ferntree",
            Part::Ours,
        ),
    ];
    #[cfg(feature = "peers")]
    all.extend([
        Entry::of::<masstree_095::Masstree095, masstree_095::Masstree095>(
            "masstree095",
            "masstree 0.9.5",
            Part::Peer,
        ),
        Entry::of::<ferntree_07::Ferntree07<u64>, ferntree_07::Ferntree07<Vec<u8>>>(
            "ferntree07",
            "ferntree 0.7",
            Part::Peer,
        ),
        Entry::of::<tree_index::SccTreeIndex<u64>, tree_index::SccTreeIndex<Boxed>>(
            "treeindex",
            "scc TreeIndex",
            Part::Peer,
        ),
        Entry::of::<skip_map::CrossbeamSkipMap<u64>, skip_map::CrossbeamSkipMap<Boxed>>(
            "skipmap",
            "skipmap",
            Part::Peer,
        ),
        Entry::of::<art_map::ArtMap08<[u8; 8]>, art_map::ArtMap08<Vec<u8>>>(
            "artmap",
            "artmap 0.8",
            Part::Peer,
        ),
        Entry::of::<congee::Congee04, congee::Congee04>("congee", "congee", Part::Peer),
        Entry::of::<index_set::IndexsetMap<u64>, index_set::IndexsetMap<Boxed>>(
            "indexset",
            "indexset",
            Part::Peer,
        ),
    ]);
    all.extend([
        Entry::of::<RwLockBTree<u64>, RwLockBTree<Boxed>>("rwlock", "RwLock BTreeMap", Part::Peer),
        Entry::of::<MutexBTree<u64>, MutexBTree<Boxed>>("mutex", "Mutex BTreeMap", Part::Peer),
        Entry::of::<sorted_array::SortedArray, sorted_array::SortedArray>(
            "array",
            "(sorted array)",
            Part::Limit,
        ),
    ]);
    all
}

#[cfg(test)]
mod tests;
