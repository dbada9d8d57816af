//! A cursor: a place between or on entries that the caller moves.

use crate::guard::Guard;
use crate::map::Map;
use crate::storage::Storage;
use crate::walk::{BACKWARD, FORWARD, Origin, Walk};

/// Where a cursor stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeFirst,
    Entry,
    AfterLast,
}

/// A place in the map: see [`Map::cursor`]. Keys are borrowed from the cursor, so nothing is allocated an entry.
///
/// The current entry is as it was when the cursor came to it; moving on sees the map as it is then.
pub struct Cursor<'g, S: Storage, const W: usize, const I: usize> {
    walk: Walk<'g, S, W, I>,
    place: Place,
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// A cursor before the first entry.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// map.insert(b"b", 1).unwrap();
    /// map.insert(b"d", 2).unwrap();
    /// let guard = map.guard();
    /// let mut cursor = map.cursor(&guard);
    /// assert!(!cursor.seek(b"c")); // not there: the cursor is on the next key
    /// assert_eq!(cursor.key(), Some(&b"d"[..]));
    /// assert!(cursor.prev());
    /// assert_eq!(cursor.key(), Some(&b"b"[..]));
    /// assert_eq!(cursor.value(), Some(1));
    /// ```
    pub fn cursor<'g>(&'g self, guard: &'g Guard<'_>) -> Cursor<'g, S, W, I> {
        Cursor {
            walk: Walk::new(self, guard),
            place: Place::BeforeFirst,
        }
    }
}

impl<'g, S: Storage, const W: usize, const I: usize> Cursor<'g, S, W, I> {
    /// Goes to `key`, or to the first key above it, or behind the last. Whether `key` itself is there.
    pub fn seek(&mut self, key: &[u8]) -> bool {
        let found = self.walk.seek::<FORWARD>(key, Origin::At);
        self.arrive(found, Place::AfterLast) && self.walk.key() == key
    }

    /// Goes to `key`, or to the last key below it, or before the first. Whether `key` itself is there.
    pub fn seek_for_prev(&mut self, key: &[u8]) -> bool {
        let found = self.walk.seek::<BACKWARD>(key, Origin::At);
        self.arrive(found, Place::BeforeFirst) && self.walk.key() == key
    }

    /// Goes to the first entry; whether there is one.
    pub fn seek_first(&mut self) -> bool {
        let found = self.walk.seek::<FORWARD>(&[], Origin::Edge);
        self.arrive(found, Place::AfterLast)
    }

    /// Goes to the last entry; whether there is one.
    pub fn seek_last(&mut self) -> bool {
        let found = self.walk.seek::<BACKWARD>(&[], Origin::Edge);
        self.arrive(found, Place::BeforeFirst)
    }

    /// Goes to the next entry; whether there is one. Before the first it goes to the first; behind the last it stays.
    #[expect(
        clippy::should_implement_trait,
        reason = "a cursor lends its key, an iterator cannot"
    )]
    pub fn next(&mut self) -> bool {
        match self.place {
            Place::BeforeFirst => self.seek_first(),
            Place::AfterLast => false,
            Place::Entry => {
                let found = self.walk.step::<FORWARD>();
                self.arrive(found, Place::AfterLast)
            }
        }
    }

    /// Goes to the previous entry; whether there is one. Behind the last it goes to the last; before the first it stays.
    pub fn prev(&mut self) -> bool {
        match self.place {
            Place::AfterLast => self.seek_last(),
            Place::BeforeFirst => false,
            Place::Entry => {
                let found = self.walk.step::<BACKWARD>();
                self.arrive(found, Place::BeforeFirst)
            }
        }
    }

    /// The current key.
    pub fn key(&mut self) -> Option<&[u8]> {
        if self.walk.is_on_entry() {
            Some(self.walk.key())
        } else {
            None
        }
    }

    /// The current value.
    pub fn value(&self) -> Option<S::Ref<'g>> {
        self.walk.value()
    }

    fn arrive(&mut self, found: bool, otherwise: Place) -> bool {
        self.place = if found { Place::Entry } else { otherwise };
        found
    }
}

impl<S: Storage, const W: usize, const I: usize> std::fmt::Debug for Cursor<'_, S, W, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cursor")
    }
}
