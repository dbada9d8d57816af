//! New layers: when a key shares its slice with a key that goes on, and when a key leaves a layer's prefix in the middle.
//!
//! Both build the new layer complete, in memory that nobody sees, and publish it with one word under the leaf's mark. A reader sees what was
//! there before or all of it.

use std::ptr::{self, NonNull};

use optimistic::Locked;
use optimistic::order::FOLLOW_NODE;
use optimistic::sync::Ordering::Relaxed;

use crate::build::Builder;
use crate::descend::Restart;
use crate::guard::Guard;
use crate::key::shared_slices;
use crate::map::Map;
use crate::node::Node;
use crate::node::layer::{Layer, free_layer};
use crate::node::leaf::{KIND_LAYER, KIND_RECORD, Leaf, SMALLEST, Slot};
use crate::node::record::{Record, free_record};
use crate::split::hangs_on;
use crate::storage::{Storage, Word};
use crate::write::Stop;

/// A new key whose leaf is locked: the slot with its slice, what is left of it from that slice on, and its value.
pub(crate) struct Newcomer<'k> {
    pub index: usize,
    pub rest: &'k [u8],
    pub value: Word,
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Turns a record into a layer that holds its key and the new one.
    pub(crate) fn deepen(
        &self,
        leaf: Leaf<'_>,
        mut lock: Locked<'_>,
        record: Record<'_>,
        new: &Newcomer<'_>,
        guard: &Guard<'_>,
    ) -> Result<(), Stop> {
        let (old, rest) = (record.suffix(), &new.rest[8..]);
        let cut = shared_slices(old, rest);
        let mut builder = Builder::<I>::new(&self.account);
        let old_slot = builder.slot(&old[cut..], record.value())?;
        let new_slot = builder.slot(&rest[cut..], new.value)?;
        let root = builder.leaf(SMALLEST)?;
        fill(root, old_slot, new_slot);
        let layer = builder.layer(&rest[..cut], root.as_node())?;
        builder.publish();
        lock.mark_change();
        leaf.put(new.index, KIND_LAYER, layer.into_word());
        drop(lock);
        record.discount(&self.account);
        // SAFETY: the slot was the only way to the record, and whoever takes it out of its slot, here, retires it.
        unsafe { guard.epoch.retire(record.into_word().cast(), free_record) };
        event!("layer made", prefix = cut);
        Ok(())
    }

    /// Cuts a layer's prefix where the new key leaves it: a layer with the shared part, in it the new key and a layer with the remainder.
    pub(crate) fn cut_prefix(
        &self,
        leaf: Leaf<'_>,
        mut lock: Locked<'_>,
        layer: Layer<'_>,
        new: &Newcomer<'_>,
        guard: &Guard<'_>,
    ) -> Result<(), Stop> {
        let (prefix, rest) = (layer.prefix(), &new.rest[8..]);
        let cut = shared_slices(prefix, rest);
        let top: *mut Node = layer.anchor().load(FOLLOW_NODE);
        let top_node = NonNull::new(top).ok_or(Restart)?;
        // SAFETY: a root loaded under a guard is allocated (I3).
        let top_lock = unsafe { top_node.as_ref() }.try_lock().ok_or(Restart)?;
        if !hangs_on(layer.anchor(), top) {
            return Err(Stop::Restart);
        }
        let mut builder = Builder::<I>::new(&self.account);
        let new_slot = builder.slot(&rest[cut..], new.value)?;
        let lower = builder.layer(&prefix[cut + 8..], top)?;
        let mut slice = [0; 8];
        slice.copy_from_slice(&prefix[cut..cut + 8]);
        let old_slot = Slot {
            slice: u64::from_be_bytes(slice),
            kind: KIND_LAYER,
            word: lower.into_word(),
        };
        let root = builder.leaf(SMALLEST)?;
        fill(root, old_slot, new_slot);
        let upper = builder.layer(&prefix[..cut], root.as_node())?;
        builder.publish();
        lock.mark_change();
        // Whoever comes through the old anchor to change it finds it given up (I7).
        layer.anchor().store(ptr::null_mut(), Relaxed);
        leaf.put(new.index, KIND_LAYER, upper.into_word());
        drop(lock);
        drop(top_lock);
        layer.discount(&self.account);
        // SAFETY: the slot was the only way to the old layer; its tree lives on below the new one.
        unsafe { guard.epoch.retire(layer.into_word().cast(), free_layer) };
        event!("layer cut", prefix = cut);
        Ok(())
    }
}

/// Puts two entries into a fresh leaf.
fn fill(root: Leaf<'_>, old: Slot, new: Slot) {
    debug_assert!(old.part() != new.part() && old.kind.min(new.kind) <= KIND_RECORD);
    root.insert(0, old);
    root.insert(root.rank(&root.order(), new.part()), new);
}
