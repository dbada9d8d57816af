//! Walking the entries in order, either way: what scans, iterators and cursors are made of.
//!
//! A walk holds a frame for each layer that it is in: a leaf, its version, its permutation and kinds, a position. An entry is read and validated
//! against the frame's version; if that fails, the walk seeks anew past the last entry that it gave out, so it yields strictly ascending (or
//! descending) keys, each that is there all the time once, and none that was not there at the moment at which it was read.
//! Nothing recurses: each layer above the innermost costs a frame on the heap.

use std::cmp;
use std::mem;

use optimistic::sync::spin_loop;

use crate::descend::{Restart, Toward};
use crate::frame::{At, Frame};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::Anchor;
use crate::node::layer::Layer;
use crate::node::slot::{KIND_LAYER, Slot};
use crate::place::Run;
pub(crate) use crate::place::{BACKWARD, FORWARD};
use crate::spelled::Spelled;
use crate::storage::{Storage, Word};

/// Where a walk starts, or goes on, seen from the key that it remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// At the end of the map from which it comes.
    Edge,
    /// At the key, if it is there.
    At,
    /// Past the key.
    Past,
}

/// An entry that a walk came to, and the room in which its key is put together.
pub(crate) struct Here<'w> {
    /// The key's bytes above the entry's layer, and the whole key once it is asked for.
    key: &'w mut Spelled,
    base: usize,
    run: Run<'w>,
    built: bool,
}

impl Here<'_> {
    /// The key.
    #[inline(always)]
    pub fn key(&mut self) -> &[u8] {
        if !self.built {
            // SAFETY: the entry was validated, under a guard that is held as long as there is a walk.
            unsafe { self.run.spell(self.key, self.base) };
            self.built = true;
        }
        self.key.as_slice()
    }

    /// The slice of a key of the outermost layer.
    #[inline]
    pub fn first_slice(&self) -> Option<u64> {
        (self.base == 0).then_some(self.run.slice)
    }

    /// The value's word.
    #[inline]
    pub fn word(&self) -> Word {
        // SAFETY: as for `key`.
        unsafe { self.run.value() }
    }
}

/// A walk under a guard.
pub(crate) struct Walk<'g, S: Storage, const W: usize, const I: usize> {
    map: &'g Map<S, W, I>,
    /// The layers above that of `frame`, the outermost first.
    above: Vec<Frame<'g, I>>,
    /// In the innermost layer. None before the first seek and behind the last entry.
    frame: Option<Frame<'g, I>>,
    /// The current key's bytes above the innermost layer, and the whole key once it is asked for.
    key: Spelled,
    /// The entry that was given out last, in the layer of `frame`.
    entry: Option<Slot>,
    built: bool,
    /// Where to seek if a validation fails while there is no entry.
    target: Vec<u8>,
    origin: Origin,
}

impl<'g, S: Storage, const W: usize, const I: usize> Walk<'g, S, W, I> {
    pub fn new(map: &'g Map<S, W, I>, _guard: &'g Guard<'_>) -> Self {
        Self {
            map,
            above: Vec::new(),
            frame: None,
            key: Spelled::default(),
            entry: None,
            built: false,
            target: Vec::new(),
            origin: Origin::Edge,
        }
    }

    /// Goes to the first entry on the way `WAY` from `origin`; whether there is one.
    pub fn seek<const WAY: bool>(&mut self, key: &[u8], origin: Origin) -> bool {
        loop {
            self.entry = None;
            match self.seek_once::<WAY>(key, origin) {
                Ok(true) => return true,
                Ok(false) => {
                    key.clone_into(&mut self.target);
                    self.origin = origin;
                    return false;
                }
                Err(Restart) => spin_loop(),
            }
        }
    }

    /// Goes to the next entry on the way `WAY`; whether there is one. Without a current entry it goes where it was going.
    #[inline]
    pub fn step<const WAY: bool>(&mut self) -> bool {
        if let (Some(entry), Some(frame)) = (&mut self.entry, &mut self.frame) {
            let mut run = frame.place.run(entry);
            if run.step::<WAY>() {
                (*entry, self.built) = (run.entry(), false);
                frame.place.position = run.position;
                return true;
            }
        }
        self.step_out::<WAY>()
    }

    /// The same where the next entry is not in the leaf, or may not be.
    #[inline(never)]
    fn step_out<const WAY: bool>(&mut self) -> bool {
        let result = match (&self.entry, &self.frame) {
            (Some(_), Some(frame)) => {
                let candidate = frame.place.following::<WAY>();
                self.settle::<WAY>(candidate)
            }
            _ => Err(Restart),
        };
        result.unwrap_or_else(|Restart| self.seek_anew::<WAY>())
    }

    /// Gives the current entry and those that follow to `visit` until it says no.
    #[inline]
    pub fn run<const WAY: bool>(&mut self, mut visit: impl FnMut(&mut Here<'_>) -> bool) {
        while let (Some(entry), Some(frame)) = (&mut self.entry, &mut self.frame) {
            let mut here = Here {
                key: &mut self.key,
                base: frame.base,
                run: frame.place.run(entry),
                built: self.built,
            };
            let more = loop {
                if !visit(&mut here) {
                    break false;
                }
                if !here.run.step::<WAY>() {
                    break true;
                }
                here.built = false;
            };
            (*entry, self.built) = (here.run.entry(), here.built);
            frame.place.position = here.run.position;
            if !more || !self.step_out::<WAY>() {
                return;
            }
        }
    }

    /// Whether there is a current entry.
    #[inline]
    pub fn is_on_entry(&self) -> bool {
        self.entry.is_some()
    }

    /// The current key. Empty without a current entry.
    #[inline]
    pub fn key(&mut self) -> &[u8] {
        self.build();
        self.key.as_slice()
    }

    /// The value's word of the current entry.
    #[inline]
    pub fn word(&self) -> Option<Word> {
        // SAFETY: the entry was validated, and the guard is held for 'g.
        self.entry.map(|entry| unsafe { entry.value() })
    }

    /// The current value.
    #[inline]
    pub fn value(&self) -> Option<S::Ref<'g>> {
        // SAFETY: the word was in the map under the guard, which is held for 'g.
        self.word().map(|word| unsafe { S::reference(word) })
    }

    /// Writes the rest of the current key behind the bytes of the layers above.
    #[inline]
    fn build(&mut self) {
        let (false, Some(entry), Some(frame)) = (self.built, self.entry, &self.frame) else {
            return;
        };
        // SAFETY: the entry was validated, and the guard is held for 'g.
        unsafe { self.key.finish(frame.base, &entry) };
        self.built = true;
    }

    /// Remembers the current entry as the place to seek from, because its key is about to be overwritten.
    fn leave_entry(&mut self) {
        if self.entry.is_some() {
            self.build();
            self.key.as_slice().clone_into(&mut self.target);
            self.origin = Origin::Past;
            self.entry = None;
        }
    }

    /// Goes past the last entry that was given out, from the root.
    #[cold]
    fn seek_anew<const WAY: bool>(&mut self) -> bool {
        self.leave_entry();
        let target = mem::take(&mut self.target);
        let found = self.seek::<WAY>(&target, self.origin);
        self.target = target;
        found
    }

    /// One try to go from the root to the target.
    fn seek_once<const WAY: bool>(
        &mut self,
        target: &[u8],
        origin: Origin,
    ) -> Result<bool, Restart> {
        self.above.clear();
        self.frame = None;
        self.key.clear();
        self.built = false;
        let mut anchor: &'g Anchor = &self.map.root;
        let mut rest = target;
        if origin == Origin::Edge {
            let begin = self.enter::<WAY>(anchor)?;
            return self.settle::<WAY>(begin);
        }
        loop {
            let part = Part::of(rest);
            let toward = Toward::Part(part);
            let mut frame = Frame::descend::<S, W, WAY>(self.map, anchor, toward, self.key.len())?;
            let (rank, at) = frame.search(part, rest)?;
            frame.place.position = rank;
            self.above.extend(self.frame.replace(frame));
            // Whether the entry at `rank` lies before the target, on it, or behind it.
            let side = match at {
                At::Behind => cmp::Ordering::Greater,
                At::On => cmp::Ordering::Equal,
                At::Layer(layer) => {
                    if let Some(deeper) = layer.strip(&rest[8..]) {
                        self.key.enter(self.key.len(), part.slice, layer.prefix());
                        (anchor, rest) = (layer.anchor(), deeper);
                        continue;
                    }
                    // All keys of the layer are longer than its prefix.
                    layer.prefix().cmp(&rest[8..]).then(cmp::Ordering::Greater)
                }
            };
            let takes_equal = origin == Origin::At;
            let candidate = match (WAY, side) {
                (FORWARD, cmp::Ordering::Less) => rank + 1,
                (FORWARD, cmp::Ordering::Equal) => rank + usize::from(!takes_equal),
                (FORWARD, cmp::Ordering::Greater) | (BACKWARD, cmp::Ordering::Less) => rank,
                (BACKWARD, cmp::Ordering::Equal) if takes_equal => rank,
                (BACKWARD, _) => rank.wrapping_sub(1),
            };
            return self.settle::<WAY>(candidate);
        }
    }

    /// Goes to the first leaf on the way `WAY` of a layer below; the position there.
    fn enter<const WAY: bool>(&mut self, anchor: &'g Anchor) -> Result<usize, Restart> {
        let toward = if WAY { Toward::First } else { Toward::Last };
        let frame = Frame::descend::<S, W, WAY>(self.map, anchor, toward, self.key.len())?;
        let begin = frame.place.begin::<WAY>();
        self.above.extend(self.frame.replace(frame));
        Ok(begin)
    }

    /// Makes the entry at `candidate` of the innermost frame current, or the next one on the way; whether there is one.
    fn settle<const WAY: bool>(&mut self, mut candidate: usize) -> Result<bool, Restart> {
        while let Some(frame) = &mut self.frame {
            if let Some(entry) = frame.place.entry(candidate) {
                frame.place.validate()?;
                frame.place.position = candidate;
                if entry.kind != KIND_LAYER {
                    self.entry = Some(entry);
                    self.built = false;
                    return Ok(true);
                }
                candidate = self.enter_layer::<WAY>(entry)?;
            } else if frame.leave::<S, W, WAY>(self.map)? {
                candidate = frame.place.begin::<WAY>();
            } else {
                // Its key is that of the layer that is left.
                self.leave_entry();
                self.frame = self.above.pop();
                candidate = self
                    .frame
                    .as_ref()
                    .map_or(0, |frame| frame.place.following::<WAY>());
            }
        }
        Ok(false)
    }

    /// Goes into the layer that is the innermost frame's `entry`; the position there.
    fn enter_layer<const WAY: bool>(&mut self, entry: Slot) -> Result<usize, Restart> {
        self.leave_entry();
        let base = self.frame.as_ref().map_or(0, |frame| frame.base);
        // SAFETY: validated under the guard.
        let layer = unsafe { Layer::from_word(entry.word) };
        self.key.enter(base, entry.slice, layer.prefix());
        if let Some(frame) = &self.frame {
            frame.place.prefetch_next_root::<WAY>();
        }
        self.enter::<WAY>(layer.anchor())
    }
}
