//! Allocation that can fail, and the account of it.
//!
//! Every node, record and layer of a map is allocated here, so that out of memory is an error and a map knows its size.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;

use optimistic::Striped;

use crate::error::InsertError;

/// What is counted; the index of a counter of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Count {
    Entries,
    Leaves,
    LeafBytes,
    Slots,
    Inners,
    Layers,
    Records,
    /// Bytes of layers and records: what lies beside the nodes.
    KeyBytes,
}

/// Counters of one map, and its limit.
#[derive(Debug)]
pub(crate) struct Account {
    counters: Striped<8>,
    limit: usize,
    inner_bytes: usize,
}

impl Account {
    pub fn new(limit: usize, inner_bytes: usize) -> Self {
        Self {
            counters: Striped::new(),
            limit,
            inner_bytes,
        }
    }

    #[inline]
    pub fn add(&self, what: Count, by: isize) {
        self.counters.add(what as usize, by);
    }

    pub fn sum(&self, what: Count) -> usize {
        usize::try_from(self.counters.sum(what as usize)).unwrap_or(0)
    }

    /// Bytes of nodes, records and layers that are part of the map now.
    pub fn bytes(&self) -> usize {
        self.sum(Count::LeafBytes)
            + self.sum(Count::KeyBytes)
            + self.sum(Count::Inners) * self.inner_bytes
    }

    /// The same account with another limit.
    pub fn limited(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Allocates, unless that takes the map over its limit.
    pub fn allocate(&self, layout: Layout) -> Result<NonNull<u8>, InsertError> {
        if self.limit != usize::MAX && self.bytes() + layout.size() > self.limit {
            return Err(InsertError::LimitReached { limit: self.limit });
        }
        // SAFETY: no layout in this crate is of size zero: each has a header.
        NonNull::new(unsafe { alloc(layout) }).ok_or(InsertError::OutOfMemory)
    }
}

/// Frees what [`Account::allocate`] gave.
///
/// # Safety
/// `pointer` came from `allocate` with the same layout and is not used again.
pub(crate) unsafe fn free(pointer: *mut u8, layout: Layout) {
    // SAFETY: by contract.
    unsafe { dealloc(pointer, layout) };
}
