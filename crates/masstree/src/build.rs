//! What a writer makes before it changes anything, and unmakes if it cannot go on.

use std::ptr;

use crate::error::InsertError;
use crate::key::Part;
use crate::node::Node;
use crate::node::inner::{InnerRef, free_inner};
use crate::node::layer::{Layer, free_layer};
use crate::node::leaf::{Leaf, free_leaf};
use crate::node::memory::Account;
use crate::node::record::{Record, free_record};
use crate::node::slot::{KIND_RECORD, Slot};
use crate::node::tail::Tail;
use crate::storage::Word;

enum Made<'g, const I: usize> {
    Leaf(Leaf<'g>),
    Inner(InnerRef<'g, I>),
    Layer(Layer<'g>),
    Record(Record<'g>),
}

/// Collects fresh nodes, records and layers; frees them when dropped, unless they were published.
pub(crate) struct Builder<'a, 'g, const I: usize> {
    account: &'a Account,
    made: Vec<Made<'g, I>>,
}

impl<'a, 'g, const I: usize> Builder<'a, 'g, I> {
    pub fn new(account: &'a Account) -> Self {
        Self {
            account,
            made: Vec::new(),
        }
    }

    fn keep(&mut self) -> Result<(), InsertError> {
        self.made
            .try_reserve(1)
            .map_err(|_| InsertError::OutOfMemory)
    }

    pub fn leaf(
        &mut self,
        capacity: usize,
        tailed: bool,
        depth: usize,
    ) -> Result<Leaf<'g>, InsertError> {
        self.keep()?;
        let leaf = Leaf::new(capacity, tailed, depth, self.account)?;
        self.made.push(Made::Leaf(leaf));
        Ok(leaf)
    }

    pub fn inner(&mut self, height: u32) -> Result<InnerRef<'g, I>, InsertError> {
        self.keep()?;
        let inner = InnerRef::new(height, ptr::null_mut(), self.account)?;
        self.made.push(Made::Inner(inner));
        Ok(inner)
    }

    pub fn layer(&mut self, prefix: &[u8], root: *mut Node) -> Result<Layer<'g>, InsertError> {
        self.keep()?;
        let layer = Layer::new(prefix, root, self.account)?;
        self.made.push(Made::Layer(layer));
        Ok(layer)
    }

    /// The slot in `leaf` for a key of which `rest` is left, with its record if it needs one.
    pub fn slot(&mut self, leaf: Leaf<'_>, rest: &[u8], value: Word) -> Result<Slot, InsertError> {
        self.keep()?;
        let (slot, record) = new_slot(leaf, Part::of(rest), rest, value, self.account)?;
        self.made.extend(record.map(Made::Record));
        Ok(slot)
    }

    /// Everything made is part of the map from now on.
    pub fn publish(mut self) {
        self.made.clear();
    }
}

impl<const I: usize> Drop for Builder<'_, '_, I> {
    fn drop(&mut self) {
        for made in self.made.drain(..) {
            // SAFETY: never published, so nobody else has the pointer; each is in the list once.
            unsafe {
                match made {
                    Made::Leaf(leaf) => {
                        leaf.discount(self.account);
                        free_leaf(leaf.as_raw());
                    }
                    Made::Inner(inner) => {
                        inner.discount(self.account);
                        free_inner(inner.as_raw());
                    }
                    Made::Layer(layer) => {
                        layer.discount(self.account);
                        free_layer(layer.into_word().cast());
                    }
                    Made::Record(record) => {
                        record.discount(self.account);
                        free_record(record.into_word().cast());
                    }
                }
            }
        }
    }
}

/// The slot in `leaf` for a key of which `rest` is left, and the record that was made for it.
#[inline]
pub(crate) fn new_slot<'g>(
    leaf: Leaf<'_>,
    part: Part,
    rest: &[u8],
    value: Word,
    account: &Account,
) -> Result<(Slot, Option<Record<'g>>), InsertError> {
    let slot = |kind, word, tail| Slot {
        slice: part.slice,
        kind,
        word,
        tail,
    };
    if part.class < KIND_RECORD {
        return Ok((slot(part.class, value, 0), None));
    }
    if let Some(tail) = Tail::of(rest)
        && leaf.is_tailed()
    {
        return Ok((slot(tail.kind, value, tail.bits), None));
    }
    let record = Record::new(&rest[8..], leaf.depth(), value, account)?;
    Ok((slot(KIND_RECORD, record.into_word(), 0), Some(record)))
}
