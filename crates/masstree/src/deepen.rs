//! New layers: when a full leaf is crowded with keys of one slice that go on, and when a key leaves a layer's prefix in the middle.
//!
//! Both build the new layer complete, in memory that nobody sees, and publish it with one word under the leaf's mark. A reader sees what was
//! there before or all of it.

use std::ops::Range;
use std::ptr::{self, NonNull};

use optimistic::Locked;
use optimistic::order::FOLLOW_NODE;
use optimistic::sync::Ordering::Relaxed;

use crate::build::Builder;
use crate::descend::Restart;
use crate::guard::Guard;
use crate::key::{Part, shared_slices};
use crate::map::Map;
use crate::node::Node;
use crate::node::fingerprint;
use crate::node::layer::{Layer, free_layer};
use crate::node::leaf::Leaf;
use crate::node::record::{Record, free_record};
use crate::node::slot::{KIND_LAYER, KIND_RECORD, Slot};
use crate::node::tail::{Suffix, Tail};
use crate::split::hangs_on;
use crate::storage::{Storage, Word};
use crate::write::Stop;

/// A new key whose leaf is locked: the slot with its slice, what is left of it from that slice on, and its value.
pub(crate) struct Newcomer<'k> {
    pub slot: usize,
    pub rest: &'k [u8],
    pub value: Word,
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Moves the keys at `run`, which have one slice and go on, into a layer, and unlocks the leaf.
    #[cold]
    pub(crate) fn deepen(
        &self,
        leaf: Leaf<'_>,
        mut lock: Locked<'_>,
        run: Range<usize>,
        guard: &Guard<'_>,
    ) -> Result<(), Stop> {
        let order = leaf.order();
        leaf.prefetch_targets(&order);
        let moved: Vec<(Slot, Suffix<'_>)> = order
            .slots()
            .skip(run.start)
            .take(run.len())
            .map(|slot| {
                let entry = leaf.slot(slot);
                // SAFETY: the leaf is locked, so kinds and words belong together and what they point to is alive.
                (entry, unsafe { entry.suffix(leaf.depth()) })
            })
            .collect();
        let (Some((_, first)), Some((_, last))) = (moved.first(), moved.last()) else {
            return Err(Stop::Restart);
        };
        // What the first and the last share all share, for they are sorted.
        let cut = shared_slices(first, last);
        let tailed = moved
            .iter()
            .any(|(_, suffix)| Tail::of(&suffix[cut..]).is_some());
        let mut builder = Builder::<I>::new(&self.account);
        let root = builder.leaf(W, tailed, leaf.depth() + 8 + cut)?;
        let mut left = Vec::new();
        for (position, (entry, suffix)) in moved.iter().enumerate() {
            let rest = &suffix[cut..];
            // SAFETY: as above.
            let record =
                (entry.kind == KIND_RECORD).then(|| unsafe { Record::from_word(entry.word) });
            let slot = if record.is_some_and(|record| moves_along(record, rest, root.depth())) {
                Slot {
                    slice: Part::of(rest).slice,
                    ..*entry
                }
            } else {
                left.extend(record);
                // SAFETY: as above.
                builder.slot(root, rest, unsafe { entry.value() })?
            };
            root.insert(position, slot, slot.part().fingerprint(rest));
        }
        let layer = builder.layer(&first[..cut], root.as_node())?;
        builder.publish();
        let slice = leaf.slice(order.slot(run.start));
        lock.mark_change();
        leaf.put(
            order.slot(run.start),
            KIND_LAYER,
            layer.into_word(),
            fingerprint::of(slice, KIND_LAYER),
        );
        leaf.remove_run(run.start + 1..run.end);
        drop(lock);
        for record in left {
            record.discount(&self.account);
            // SAFETY: the slot was the only way to the record, and whoever takes it out of its slot, here, retires it.
            unsafe { guard.epoch.retire(record.into_word().cast(), free_record) };
        }
        event!("layer made", prefix = cut, keys = moved.len());
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
        let depth = leaf.depth() + 8 + cut;
        let root = builder.leaf(W, Tail::of(&rest[cut..]).is_some(), depth)?;
        let new_slot = builder.slot(root, &rest[cut..], new.value)?;
        let lower = builder.layer(&prefix[cut + 8..], top)?;
        let mut slice = [0; 8];
        slice.copy_from_slice(&prefix[cut..cut + 8]);
        let old_slot = Slot {
            slice: u64::from_be_bytes(slice),
            kind: KIND_LAYER,
            word: lower.into_word(),
            tail: 0,
        };
        root.insert(0, old_slot, fingerprint::of(old_slot.slice, KIND_LAYER));
        let (part, left) = (new_slot.part(), &rest[cut..]);
        root.insert(
            root.rank(&root.order(), part),
            new_slot,
            part.fingerprint(left),
        );
        let upper = builder.layer(&prefix[..cut], root.as_node())?;
        builder.publish();
        lock.mark_change();
        // Whoever comes through the old anchor to change it finds it given up (I7).
        layer.anchor().store(ptr::null_mut(), Relaxed);
        let slice = leaf.slice(new.slot);
        leaf.put(
            new.slot,
            KIND_LAYER,
            upper.into_word(),
            fingerprint::of(slice, KIND_LAYER),
        );
        drop(lock);
        drop(top_lock);
        layer.discount(&self.account);
        // SAFETY: the slot was the only way to the old layer; its tree lives on below the new one.
        unsafe { guard.epoch.retire(layer.into_word().cast(), free_layer) };
        event!("layer cut", prefix = cut);
        Ok(())
    }
}

/// So many bytes that a record has no use for any more move with it at most.
const UNUSED: usize = 32;

/// Whether a record goes along to a layer at `depth`, where `rest` of its key is left. That costs neither an allocation, nor a copy, nor garbage.
fn moves_along(record: Record<'_>, rest: &[u8], depth: usize) -> bool {
    Part::of(rest).class == KIND_RECORD
        && Tail::of(rest).is_none()
        && record.before(depth) <= UNUSED
}
