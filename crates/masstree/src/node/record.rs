//! A record: the value and the rest of a key that alone goes on behind its slice.
//!
//! One allocation: the value's word, and the bytes of the key from the depth on at which it was made. They never change; in a deeper layer, to which a
//! record moves as it is, fewer of them count. The value is exchanged under the lock of the leaf that holds the record; a record that has left the map
//! keeps its last value (a reader that still looks at it linearizes at that moment).

use std::alloc::Layout;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use optimistic::order::{PUBLISH_VALUE, READ_VALUE};
use optimistic::sync::AtomicPtr;

use super::memory::{Account, Count, free};
use crate::error::{InsertError, MAX_KEY_LEN};
use crate::storage::Word;

#[repr(C)]
pub(crate) struct Header {
    value: AtomicPtr<()>,
    /// How many bytes of the key lie before those here.
    from: u16,
    /// How many are here.
    length: u16,
}

const SUFFIX_AT: usize = std::mem::offset_of!(Header, length) + size_of::<u16>();
const _: () = assert!(MAX_KEY_LEN - 8 <= u16::MAX as usize);

/// A record that is alive for `'g`.
#[derive(Clone, Copy)]
pub(crate) struct Record<'g>(NonNull<Header>, PhantomData<&'g Header>);

fn layout(length: usize) -> Layout {
    let size = (SUFFIX_AT + length).max(size_of::<Header>());
    // A suffix is at most 64 KiB long, so the size is far from overflow and the alignment is a power of two.
    Layout::from_size_align(size, align_of::<Header>()).unwrap_or(Layout::new::<Header>())
}

impl<'g> Record<'g> {
    /// A fresh record that nobody else sees yet, for a key that goes on with `suffix` behind its slice in a layer at `depth`.
    pub fn new(
        suffix: &[u8],
        depth: usize,
        value: Word,
        account: &Account,
    ) -> Result<Self, InsertError> {
        debug_assert!(depth + 8 + suffix.len() <= MAX_KEY_LEN);
        let layout = layout(suffix.len());
        let header = account.allocate(layout)?.cast::<Header>();
        // SAFETY: freshly allocated with room for the header and the suffix; no one else has the pointer.
        unsafe {
            header.write(Header {
                value: AtomicPtr::new(value),
                from: (depth + 8) as u16,
                length: suffix.len() as u16,
            });
            ptr::copy_nonoverlapping(
                suffix.as_ptr(),
                header.cast::<u8>().as_ptr().add(SUFFIX_AT),
                suffix.len(),
            );
        }
        account.add(Count::Records, 1);
        account.add(Count::KeyBytes, layout.size() as isize);
        Ok(Self(header, PhantomData))
    }

    /// The record that a word of kind RECORD points to.
    ///
    /// # Safety
    /// The word was read with that kind and validated under a guard held for `'g`, or its leaf is locked or owned.
    #[inline]
    pub unsafe fn from_word(word: Word) -> Self {
        // SAFETY: such a word is never null.
        Self(unsafe { NonNull::new_unchecked(word.cast()) }, PhantomData)
    }

    /// The word to put into a slot.
    #[inline]
    pub fn into_word(self) -> Word {
        self.0.as_ptr().cast()
    }

    #[inline]
    fn header(self) -> &'g Header {
        // SAFETY: alive for 'g by construction (I4).
        unsafe { self.0.as_ref() }
    }

    /// All of the key that is here.
    #[inline]
    fn bytes(self) -> &'g [u8] {
        let length = self.header().length.into();
        // SAFETY: the allocation holds `length` bytes there, written before publication (I5) and never after.
        unsafe { std::slice::from_raw_parts(self.0.cast::<u8>().as_ptr().add(SUFFIX_AT), length) }
    }

    /// What follows the slice in a layer at `depth`, which is one that the record is or was in.
    #[inline]
    pub fn suffix(self, depth: usize) -> &'g [u8] {
        &self.bytes()[self.before(depth)..]
    }

    /// How many of its bytes a layer at `depth` has no use for.
    #[inline]
    pub fn before(self, depth: usize) -> usize {
        depth + 8 - usize::from(self.header().from)
    }

    /// The value.
    #[inline]
    pub fn value(self) -> Word {
        self.header().value.load(READ_VALUE)
    }

    /// Replaces the value; the leaf's lock is held. Returns the old one.
    #[inline]
    pub fn replace(self, value: Word) -> Word {
        let old = self.header().value.load(optimistic::sync::DATA_LOAD);
        self.header().value.store(value, PUBLISH_VALUE);
        old
    }

    /// Takes the record out of the account; it is retired or freed next.
    pub fn discount(self, account: &Account) {
        account.add(Count::Records, -1);
        account.add(
            Count::KeyBytes,
            -(layout(self.bytes().len()).size() as isize),
        );
    }
}

/// Frees a record, not its value.
///
/// # Safety
/// Nobody reaches it any more.
pub(crate) unsafe fn free_record(header: *mut Header) {
    // SAFETY: the header was written by `new`; the layout is that of its length.
    unsafe {
        let length = (*header).length.into();
        ptr::drop_in_place(header);
        free(header.cast(), layout(length));
    }
}
