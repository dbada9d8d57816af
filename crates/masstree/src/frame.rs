//! What a walk knows in one layer: its place in a leaf, and the way to the neighbours of that leaf.

use std::cmp;
use std::ptr::NonNull;

use crate::ahead::Ahead;
use crate::descend::{Restart, Stamped, Toward};
use crate::key::Part;
use crate::map::Map;
use crate::node::Anchor;
use crate::node::layer::Layer;
use crate::node::leaf::Leaf;
use crate::node::slot::{KIND_LAYER, Slot, goes_on};
use crate::place::Place;
use crate::storage::Storage;

pub(crate) struct Frame<'g, const I: usize> {
    anchor: &'g Anchor,
    pub place: Place<'g>,
    /// How much of the key lies above this layer.
    pub base: usize,
    ahead: Option<Ahead<'g, I>>,
}

/// What is next to the place in a leaf at which a key was sought.
pub(crate) enum At<'g> {
    /// An entry behind the key, or none.
    Behind,
    /// The key's entry.
    On,
    /// The layer that the key would be in if it had its prefix.
    Layer(Layer<'g>),
}

impl<'g, const I: usize> Frame<'g, I> {
    /// A frame for the leaf under `anchor` that lies `toward`.
    #[inline]
    pub fn descend<S: Storage, const W: usize, const WAY: bool>(
        map: &Map<S, W, I>,
        anchor: &'g Anchor,
        toward: Toward,
        base: usize,
    ) -> Result<Self, Restart> {
        let ((leaf, stamp), above) = map.descend_placed(anchor, toward)?;
        let place = Place::new(leaf, stamp);
        let ahead = above.map(|(parent, index)| Ahead::start::<WAY>(parent, index));
        leaf.prefetch_tails();
        leaf.prefetch_targets(&place.order);
        Ok(Self {
            anchor,
            place,
            base,
            ahead,
        })
    }

    /// Goes to the neighbour on the way `WAY`; whether there is one.
    pub fn leave<S: Storage, const W: usize, const WAY: bool>(
        &mut self,
        map: &Map<S, W, I>,
    ) -> Result<bool, Restart> {
        let pointer = if WAY {
            self.place.leaf.next()
        } else {
            self.place.leaf.prev()
        };
        let Some(header) = NonNull::new(pointer) else {
            self.place.validate()?;
            return Ok(false);
        };
        // SAFETY: a neighbour loaded from a leaf under the guard is allocated (I3).
        let neighbour = unsafe { Leaf::from_raw(header.cast()) };
        let stamp = neighbour.version().stable();
        if stamp.is_deleted() || (!WAY && neighbour.next() != self.place.leaf.as_raw()) {
            return Err(Restart);
        }
        self.place.validate()?;
        self.move_to::<S, W, WAY>(map, (neighbour, stamp));
        Ok(true)
    }

    /// Goes to the neighbour `leaf`, which was the next one at `stamp`.
    #[inline]
    fn move_to<S: Storage, const W: usize, const WAY: bool>(
        &mut self,
        map: &Map<S, W, I>,
        (leaf, stamp): Stamped<'g>,
    ) {
        self.place = Place::new(leaf, stamp);
        if !self.ahead.as_mut().is_some_and(Ahead::advance::<WAY>)
            && let Some(first) = self.place.entry(0)
        {
            let part = first.part();
            self.ahead = map
                .descend_placed(self.anchor, Toward::Part(part))
                .ok()
                .and_then(|(_, above)| above)
                .map(|(parent, index)| Ahead::start::<WAY>(parent, index));
            leaf.prefetch_targets(&self.place.order);
        }
    }

    /// How many entries lie before a key of which `rest`, that begins with `part`, is left here, and what is next. The entries of a layer
    /// at its slice count as one.
    pub fn search(&self, part: Part, rest: &[u8]) -> Result<(usize, At<'g>), Restart> {
        let rank = self.place.leaf.rank(&self.place.order, part);
        let next = |position: usize| {
            self.place
                .entry(position)
                .filter(|slot| slot.part() == part)
        };
        let first = next(rank);
        let at = match first {
            None => At::Behind,
            Some(Slot {
                kind: KIND_LAYER,
                word,
                ..
            }) => {
                self.place.validate()?;
                // SAFETY: validated under the guard.
                At::Layer(unsafe { Layer::from_word(word) })
            }
            Some(Slot { kind, .. }) if goes_on(kind) => {
                for position in rank.. {
                    let Some(slot) = next(position) else {
                        self.place.validate()?;
                        return Ok((position, At::Behind));
                    };
                    self.place.validate()?;
                    // SAFETY: validated under the guard; of the entries at one part, one goes on if all do.
                    let suffix = unsafe { slot.suffix(self.base) };
                    match (*suffix).cmp(&rest[8..]) {
                        cmp::Ordering::Less => {}
                        cmp::Ordering::Equal => return Ok((position, At::On)),
                        cmp::Ordering::Greater => return Ok((position, At::Behind)),
                    }
                }
                At::Behind
            }
            Some(_) => At::On,
        };
        self.place.validate()?;
        Ok((rank, at))
    }
}
