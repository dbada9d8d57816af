//! A layer: the anchor of a B+tree deeper in the trie, and the bytes that all its keys share before their next slice.
//!
//! One allocation: the anchor, the length, the prefix's bytes. The prefix never changes; its length is a multiple of 8, so that
//! it can be cut at any slice. A key of 64 KiB beside its twin is one layer with a long prefix, not a chain of 8,192.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use super::memory::{Account, Count, free};
use super::{Anchor, Node};
use crate::error::InsertError;
use crate::storage::Word;

#[repr(C)]
pub(crate) struct Header {
    anchor: Anchor,
    length: u32,
}

const PREFIX_AT: usize = std::mem::offset_of!(Header, length) + size_of::<u32>();

/// A layer that is alive for `'g`.
#[derive(Clone, Copy)]
pub(crate) struct Layer<'g>(NonNull<Header>, PhantomData<&'g Header>);

fn layout(length: usize) -> Layout {
    let size = (PREFIX_AT + length).max(size_of::<Header>());
    // A prefix is at most 64 KiB long, so the size is far from overflow and the alignment is a power of two.
    Layout::from_size_align(size, align_of::<Header>()).unwrap_or(Layout::new::<Header>())
}

impl<'g> Layer<'g> {
    /// A fresh layer that nobody else sees yet. Only a prefix whose length is a multiple of 8 can be cut later.
    pub fn new(prefix: &[u8], root: *mut Node, account: &Account) -> Result<Self, InsertError> {
        debug_assert_eq!(prefix.len() % 8, 0);
        let layout = layout(prefix.len());
        let header = account.allocate(layout)?.cast::<Header>();
        // SAFETY: freshly allocated with room for the header and the prefix; no one else has the pointer.
        unsafe {
            header.write(Header {
                anchor: Anchor::new(root),
                length: prefix.len() as u32,
            });
            ptr::copy_nonoverlapping(
                prefix.as_ptr(),
                header.cast::<u8>().as_ptr().add(PREFIX_AT),
                prefix.len(),
            );
        }
        account.add(Count::Layers, 1);
        account.add(Count::KeyBytes, layout.size() as isize);
        Ok(Self(header, PhantomData))
    }

    /// The layer that a word of kind LAYER points to.
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

    /// Where the layer's root hangs.
    #[inline]
    pub fn anchor(self) -> &'g Anchor {
        // SAFETY: alive for 'g by construction (I4).
        unsafe { &(*self.0.as_ptr()).anchor }
    }

    /// What all keys of the layer have in common before their next slice.
    #[inline]
    pub fn prefix(self) -> &'g [u8] {
        // SAFETY: alive for 'g; the allocation holds `length` bytes there, written before publication (I5) and never after.
        unsafe {
            let length = (*self.0.as_ptr()).length as usize;
            std::slice::from_raw_parts(self.0.cast::<u8>().as_ptr().add(PREFIX_AT), length)
        }
    }

    /// What is left of a key in this layer, of which `rest` is left behind the layer's slice; nothing if the key is not one of this layer's.
    #[inline]
    pub fn strip(self, rest: &[u8]) -> Option<&[u8]> {
        rest.strip_prefix(self.prefix())
            .filter(|deeper| !deeper.is_empty())
    }

    /// Takes the layer out of the account; it is retired or freed next.
    pub fn discount(self, account: &Account) {
        account.add(Count::Layers, -1);
        account.add(
            Count::KeyBytes,
            -(layout(self.prefix().len()).size() as isize),
        );
    }
}

/// Frees a layer's header and prefix, not its tree.
///
/// # Safety
/// Nobody reaches it any more.
pub(crate) unsafe fn free_layer(header: *mut Header) {
    // SAFETY: the header was written by `new`; the layout is that of its length.
    unsafe {
        let length = (*header).length as usize;
        ptr::drop_in_place(header);
        free(header.cast(), layout(length));
    }
}
