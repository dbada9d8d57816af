//! The key of the entry that a walk is on, put together in room that is used again for the next.

use crate::node::slot::{Kind, Slot, goes_on};

/// A key's bytes. What stands behind its end is left over from longer ones.
#[derive(Default)]
pub(crate) struct Spelled {
    room: Vec<u8>,
    len: usize,
}

impl Spelled {
    /// The key, or what of it was written.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        &self.room[..self.len]
    }

    /// How long it is.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Makes it empty.
    #[inline]
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Writes `slice` behind the first `base` bytes.
    #[inline]
    fn put_slice(&mut self, base: usize, slice: u64) {
        match self.room.get_mut(base..base + 8) {
            Some(room) => room.copy_from_slice(&slice.to_be_bytes()),
            None => self.put_in_new_room(base, &slice.to_be_bytes()),
        }
    }

    /// Writes `bytes` behind the first `base` bytes; the key ends with them.
    #[inline]
    fn put(&mut self, base: usize, bytes: &[u8]) {
        self.len = base + bytes.len();
        match self.room.get_mut(base..self.len) {
            Some(room) => room.copy_from_slice(bytes),
            None => self.put_in_new_room(base, bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn put_in_new_room(&mut self, base: usize, bytes: &[u8]) {
        let len = base + bytes.len();
        self.room.resize(len.next_power_of_two().max(32), 0);
        self.room[base..len].copy_from_slice(bytes);
    }

    /// The first `base` bytes, then `slice`, then a layer's `prefix`.
    pub fn enter(&mut self, base: usize, slice: u64, prefix: &[u8]) {
        self.put_slice(base, slice);
        self.put(base + 8, prefix);
    }

    /// The first `base` bytes, then `length` bytes of `slice`.
    #[inline]
    pub fn end(&mut self, base: usize, slice: u64, length: Kind) {
        self.put_slice(base, slice);
        self.len = base + usize::from(length);
    }

    /// The first `base` bytes, then what the entry has of the key.
    ///
    /// # Safety
    /// The entry was read and validated under a guard that is held.
    // In line, it would keep what is more frequent out of registers.
    #[inline(never)]
    pub unsafe fn finish(&mut self, base: usize, entry: &Slot) {
        self.end(base, entry.slice, entry.kind.min(8));
        if goes_on(entry.kind) {
            // SAFETY: by contract.
            self.put(base + 8, &unsafe { entry.suffix(base) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::slot::{KIND_TAIL, KIND_TAIL8};
    use crate::node::tail::Tail;

    fn entry(rest: &[u8]) -> Slot {
        let part = crate::key::Part::of(rest);
        let tail = Tail::of(rest);
        Slot {
            slice: part.slice,
            kind: tail.map_or(part.class, |tail| tail.kind),
            word: std::ptr::null_mut(),
            tail: tail.map_or(0, |tail| tail.bits),
        }
    }

    #[test]
    fn shorter_keys_keep_nothing_of_longer_ones() {
        let mut key = Spelled::default();
        assert_eq!(key.as_slice(), b"");
        key.enter(0, u64::from_be_bytes(*b"the long"), b"est key of this");
        assert_eq!(key.as_slice(), b"the longest key of this");
        for base in [23, 3, 0] {
            for rest in ["", "a", "entirely", "entirely!", "entirely another"] {
                let entry = entry(rest.as_bytes());
                assert!(entry.kind <= 8 || [KIND_TAIL, KIND_TAIL8].contains(&entry.kind));
                // SAFETY: a tail stands in the entry itself.
                unsafe { key.finish(base, &entry) };
                let expected = ["the longest key of this".split_at(base).0, rest].concat();
                assert_eq!(key.as_slice(), expected.as_bytes());
                assert_eq!(key.len(), expected.len());
            }
        }
        key.clear();
        assert_eq!(key.as_slice(), b"");
    }
}
