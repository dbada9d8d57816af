//! Point reads: no lock, no store.

use optimistic::Stamp;
use optimistic::sync::spin_loop;

use crate::descend::{Restart, Stamped};
use crate::error::MAX_KEY_LEN;
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::layer::Layer;
use crate::node::leaf::Leaf;
use crate::node::record::Record;
use crate::node::slot::{KIND_LAYER, KIND_RECORD};
use crate::node::tail::Tail;
use crate::storage::{Storage, Word};

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The value of `key`, to keep.
    ///
    /// # Consistency
    /// Linearizable. Never waits for a writer except while one is in the middle of changing the key's own leaf.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTree::<String>::new();
    /// map.insert(b"k", "v".to_string()).unwrap();
    /// assert_eq!(map.get(b"k").as_deref().map(String::as_str), Some("v"));
    /// assert_eq!(map.get(b"absent"), None);
    /// ```
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<S::Owned> {
        self.get_with_guard(key, &self.guard())
    }

    /// The value of `key`, to keep, under a guard of the caller's.
    #[inline]
    pub fn get_with_guard(&self, key: &[u8], guard: &Guard<'_>) -> Option<S::Owned> {
        // SAFETY: found under the guard, so not released before this returns (I4).
        self.find(key, guard).map(|word| unsafe { S::owned(word) })
    }

    /// The value of `key`, borrowed from the map for as long as the guard is held (copied, if values are inline).
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTree::<u64>::new();
    /// let guard = map.guard();
    /// map.insert_with_guard(b"k", 1, &guard).unwrap();
    /// let value: &u64 = map.get_ref(b"k", &guard).unwrap();
    /// map.remove_with_guard(b"k", &guard).unwrap();
    /// assert_eq!(*value, 1); // as it was seen
    /// ```
    #[inline]
    pub fn get_ref<'g>(&self, key: &[u8], guard: &'g Guard<'_>) -> Option<S::Ref<'g>> {
        // SAFETY: found under the guard, which is borrowed for 'g (I4).
        self.find(key, guard)
            .map(|word| unsafe { S::reference(word) })
    }

    /// Whether `key` is there.
    #[inline]
    pub fn contains_key(&self, key: &[u8]) -> bool {
        self.find(key, &self.guard()).is_some()
    }

    /// The word of `key`'s value; what it owns stays alive while the guard is held.
    #[inline]
    pub(crate) fn find(&self, key: &[u8], guard: &Guard<'_>) -> Option<Word> {
        let part = Part::of(key);
        // The way of a longer key would lead there too, in a quarter more instructions.
        if part.class < KIND_RECORD {
            return self.find_end(part, guard);
        }
        self.find_behind(key, guard)
    }

    /// The same for a key that ends within its first slice.
    fn find_end(&self, part: Part, guard: &Guard<'_>) -> Option<Word> {
        loop {
            let leaf = self.locate(part, guard);
            if let Ok((found, _)) = leaf.and_then(|leaf| look_for_end(leaf, part)) {
                return found.map(|(_, word)| word);
            }
            spin_loop();
        }
    }

    /// The same for a key that goes on behind its first slice.
    fn find_behind(&self, key: &[u8], guard: &Guard<'_>) -> Option<Word> {
        if key.len() > MAX_KEY_LEN {
            return None;
        }
        loop {
            if let Ok((_, found)) = self.try_find(key, guard) {
                return found.value().map(|(_, word, _)| word);
            }
            spin_loop();
        }
    }

    /// The leaf in which the way of `key` ends, and what it says of it.
    #[inline(always)]
    pub(crate) fn try_find<'g, 'k>(
        &'g self,
        key: &'k [u8],
        guard: &'g Guard<'_>,
    ) -> Result<(Stamped<'g>, Found<'g, 'k>), Restart> {
        let mut way = self.set_out(key, guard)?;
        loop {
            let (found, stamp) = look(way.leaf, way.part, way.rest)?;
            let Found::Layer(layer, rest) = found else {
                return Ok(((way.leaf.0, stamp), found));
            };
            self.enter(&mut way, layer.anchor(), rest, guard)?;
        }
    }
}

/// What a leaf says of a key, and the slot with it.
pub(crate) enum Found<'g, 'k> {
    Nothing,
    /// The key ends here, or with this slot's tail; its value's word.
    Ended(usize, Word),
    Record(usize, Record<'g>),
    /// The key goes on in this layer, with what is left of it.
    Layer(Layer<'g>, &'k [u8]),
    /// The key has the slice of this layer but not its prefix, so it is not there.
    Beside(usize, Layer<'g>),
}

impl<'g> Found<'g, '_> {
    /// The key's slot, its value's word, and the record that holds it if one does.
    #[inline]
    pub fn value(self) -> Option<(usize, Word, Option<Record<'g>>)> {
        match self {
            Self::Ended(slot, word) => Some((slot, word, None)),
            Self::Record(slot, record) => Some((slot, record.value(), Some(record))),
            Self::Nothing | Self::Layer(..) | Self::Beside(..) => None,
        }
    }
}

/// Looks a key up that ends in a leaf's slice, which covers it: its slot and word, and at which version.
#[inline(always)]
pub(crate) fn look_for_end(
    (leaf, mut stamp): Stamped<'_>,
    part: Part,
) -> Result<(Option<(usize, Word)>, Stamp), Restart> {
    let fingerprint = part.fingerprint(&[]);
    loop {
        let slot = leaf.matching(part.slice, part.class, fingerprint).next();
        let found = slot.map(|slot| (slot, leaf.word(slot)));
        if leaf.version().validate(stamp) {
            return Ok((found, stamp));
        }
        stamp = again(leaf, stamp)?;
    }
}

/// Looks a key up in a leaf that covers it, and tells at which version. `part` is the start of `rest`.
#[inline(always)]
pub(crate) fn look<'g, 'k>(
    leaf: Stamped<'g>,
    part: Part,
    rest: &'k [u8],
) -> Result<(Found<'g, 'k>, Stamp), Restart> {
    if part.class < KIND_RECORD {
        let (found, stamp) = look_for_end(leaf, part)?;
        let found = found.map_or(Found::Nothing, |(slot, word)| Found::Ended(slot, word));
        return Ok((found, stamp));
    }
    look_behind(leaf, part, rest)
}

/// The same as a call, for a loop that mostly finds its keys otherwise and needs the registers.
#[inline(never)]
pub(crate) fn call_look<'g, 'k>(
    leaf: Stamped<'g>,
    part: Part,
    rest: &'k [u8],
) -> Result<(Found<'g, 'k>, Stamp), Restart> {
    look(leaf, part, rest)
}

/// Looks a key up that goes on behind the slice.
#[inline]
fn look_behind<'g, 'k>(
    (leaf, mut stamp): Stamped<'g>,
    part: Part,
    rest: &'k [u8],
) -> Result<(Found<'g, 'k>, Stamp), Restart> {
    loop {
        match look_behind_once((leaf, stamp), part, rest) {
            Some(found) => return Ok((found, stamp)),
            None => stamp = again(leaf, stamp)?,
        }
    }
}

/// The same; nothing if the leaf is no longer at the version. Never inlined: the loop around it would keep ready what it almost never needs twice.
#[inline(never)]
fn look_behind_once<'g, 'k>(
    (leaf, stamp): Stamped<'g>,
    part: Part,
    rest: &'k [u8],
) -> Option<Found<'g, 'k>> {
    let fingerprint = part.fingerprint(rest);
    let stands = || leaf.version().validate(stamp).then_some(());
    if let Some(tail) = Tail::of(rest)
        && leaf.is_tailed()
    {
        for slot in leaf.matching(part.slice, tail.kind, fingerprint) {
            if leaf.tail(slot) == tail.bits {
                let word = leaf.word(slot);
                stands()?;
                return Some(Found::Ended(slot, word));
            }
        }
    }
    let suffix = &rest[8..];
    for slot in leaf.matching(part.slice, KIND_RECORD, fingerprint) {
        let word = leaf.word(slot);
        stands()?;
        // SAFETY: kind and word were validated together under the guard.
        let record = unsafe { Record::from_word(word) };
        if record.suffix(leaf.depth()) == suffix {
            return Some(Found::Record(slot, record));
        }
    }
    let layer = leaf.find_layer(part.slice);
    let found = layer.map(|slot| (slot, leaf.word(slot)));
    stands()?;
    // SAFETY: kind and word were validated together under the guard.
    Some(found.map_or(Found::Nothing, |(slot, word)| unsafe {
        into_layer(slot, word, suffix)
    }))
}

/// Looks a key up in a leaf that covers it where a guess says that `slot` may be of the key, if it ends there, or of the layer at its slice; nothing
/// if it is not, or the leaf is no longer at the version.
#[inline]
pub(crate) fn look_into<'g, 'k>(
    (leaf, stamp): Stamped<'g>,
    slot: usize,
    part: Part,
    rest: &'k [u8],
) -> Option<Found<'g, 'k>> {
    let ends = part.class < KIND_RECORD;
    let kind = if ends { part.class } else { KIND_LAYER };
    if leaf.kind(slot) != kind || leaf.slice(slot) != part.slice {
        return None;
    }
    let word = leaf.word(slot);
    if !leaf.version().validate(stamp) {
        return None;
    }
    Some(if ends {
        Found::Ended(slot, word)
    } else {
        // SAFETY: kind and word were validated together under the guard.
        unsafe { into_layer(slot, word, &rest[8..]) }
    })
}

/// What the layer at a key's slice says of the key, of which `suffix` is left behind the slice.
///
/// # Safety
/// The word was read with the kind of a layer and validated under a guard held for `'g`.
#[inline]
unsafe fn into_layer<'g, 'k>(slot: usize, word: Word, suffix: &'k [u8]) -> Found<'g, 'k> {
    // SAFETY: by contract.
    let layer = unsafe { Layer::from_word(word) };
    match layer.strip(suffix) {
        Some(deeper) => Found::Layer(layer, deeper),
        None => Found::Beside(slot, layer),
    }
}

/// The leaf's version after a failed validation, if it still covers what it covered.
#[cold]
pub(crate) fn again(leaf: Leaf<'_>, stamp: Stamp) -> Result<Stamp, Restart> {
    let later = leaf.version().stable();
    if stamp.same_range(later) {
        Ok(later)
    } else {
        Err(Restart)
    }
}
