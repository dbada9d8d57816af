//! What one thread does, written down before the clock starts, with what it must find.
//!
//! A [`Script`] is a list of operations with their keys end to end in the order of use. A value tells which key it belongs to: it
//! is the key's id shifted by eight bits, with a nonce below, so that an update changes the value and any reader can still tell
//! a right answer from a wrong one. Scans are checked by sums over the sorted keys ([`Truth`]).

use crate::keys::{KeySet, Keys};

/// One operation. Its slot is an id or a rank, as said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// A lookup that must find the key's id (slot: the id).
    Get,
    /// A lookup that must find nothing.
    GetAbsent,
    /// A lookup that may find nothing, or the key's id (slot: the id).
    GetMaybe,
    /// An insert or update (slot: the id).
    Put,
    /// A remove that must find the key.
    Remove,
    /// A remove that may find nothing.
    RemoveMaybe,
    /// 100 values in ascending order from the key on (slot: its rank).
    Scan,
    /// The same with keys.
    ScanKeys,
    /// 100 entries in descending order (slot: the rank).
    ScanRev,
    /// All values in ascending order.
    Full,
    /// The same with keys.
    FullKeys,
    /// All entries in descending order.
    FullRev,
    /// 100 entries from the key on while others write: keys are decimal numbers, ascend, and belong to their values.
    ScanDecimal,
    /// A walk over decimal keys, which must be as many as the slot says.
    CountDecimal,
}

/// How many entries a bounded scan visits.
pub const SCAN: usize = 100;

/// How many keys a batch has.
pub const BATCH: usize = 32;

/// The value of the key `id`.
#[inline]
#[must_use]
pub fn value_of(id: u32, nonce: usize) -> u64 {
    u64::from(id) << 8 | (nonce & 0xff) as u64
}

/// The id that a value belongs to.
#[inline]
#[must_use]
pub fn id_of(value: u64) -> u64 {
    value >> 8
}

/// Up to eight bytes from the end of a key, to sum keys up.
#[inline]
#[must_use]
pub fn tag(key: &[u8]) -> u64 {
    match key.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => key.iter().fold(1, |tag, byte| tag << 8 | u64::from(*byte)),
    }
}

/// What one thread does.
#[derive(Debug, Default)]
pub struct Script {
    /// The operations.
    pub ops: Vec<Op>,
    /// What belongs to each of them.
    pub slots: Vec<u32>,
    /// The key of each of them.
    pub keys: Keys,
}

impl Script {
    /// An empty script with room for `ops` operations on keys of some 16 bytes.
    #[must_use]
    pub fn with_capacity(ops: usize) -> Self {
        Self {
            ops: Vec::with_capacity(ops),
            slots: Vec::with_capacity(ops),
            keys: Keys::with_capacity(ops, 16 * ops),
        }
    }

    /// Adds an operation.
    pub fn push(&mut self, op: Op, slot: u32, key: &[u8]) {
        self.ops.push(op);
        self.slots.push(slot);
        self.keys.push(key);
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// What the script counts for on a map of `entries`: an entry for each that a scan visits, one for any other operation.
    #[must_use]
    pub fn units(&self, entries: usize) -> u64 {
        let each = self.ops.iter().zip(&self.slots).map(|(op, slot)| match op {
            Op::Scan | Op::ScanKeys => (entries - *slot as usize).min(SCAN) as u64,
            Op::ScanRev => (*slot as usize + 1).min(SCAN) as u64,
            Op::Full | Op::FullKeys | Op::FullRev => entries as u64,
            _ => 1,
        });
        each.sum()
    }
}

/// Sums over the sorted keys: entry `r` covers the first `r` keys.
#[derive(Debug, Default)]
pub struct Truth {
    ids: Vec<u64>,
    tags: Vec<u64>,
}

impl Truth {
    /// Sums up a key set.
    #[must_use]
    pub fn new(set: &KeySet) -> Self {
        let mut truth = Self {
            ids: vec![0],
            tags: vec![0],
        };
        for (rank, (key, id)) in set.in_order().enumerate() {
            truth.ids.push(truth.ids[rank].wrapping_add(u64::from(id)));
            truth.tags.push(truth.tags[rank].wrapping_add(tag(key)));
        }
        truth
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len().saturating_sub(1)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of the ids of the ranks from `start` up to `end`, left out.
    #[inline]
    #[must_use]
    pub fn ids(&self, start: usize, end: usize) -> u64 {
        self.ids[end].wrapping_sub(self.ids[start])
    }

    /// The sum of the tags of the ranks from `start` up to `end`, left out.
    #[inline]
    #[must_use]
    pub fn tags(&self, start: usize, end: usize) -> u64 {
        self.tags[end].wrapping_sub(self.tags[start])
    }
}
