//! What stands in the words of a slot: a plain value's bytes, or a pointer to a box.

use std::ptr;

use crate::plain::{Form, WORD};

/// The content of a slot, loaded. Aligned so that a plain value can be looked at in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(16))]
pub(crate) struct Bits(pub [*mut (); 2]);

impl Bits {
    /// What an unused slot holds.
    pub const NULL: Self = Self([ptr::null_mut(); 2]);

    /// A pointer alone.
    #[inline(always)]
    pub fn pointer<T>(pointer: *mut T) -> Self {
        Self([pointer.cast(), ptr::null_mut()])
    }

    /// The bytes of `value`.
    ///
    /// # Safety
    /// `T` has the form [`Form::Plain`].
    #[inline(always)]
    pub unsafe fn of_plain<T>(value: &T) -> Self {
        debug_assert!(size_of::<T>() <= 2 * WORD);
        let mut words = [0_usize; 2];
        // SAFETY: a plain type has no padding and fits into two words.
        unsafe {
            ptr::copy_nonoverlapping(
                ptr::from_ref(value).cast::<u8>(),
                words.as_mut_ptr().cast::<u8>(),
                size_of::<T>(),
            );
        }
        Self(words.map(ptr::without_provenance_mut))
    }

    /// The plain value that the bytes are.
    ///
    /// # Safety
    /// `T` has the form [`Form::Plain`], and the bits were stored for a `T`; both words by the same store, unless every bit pattern is a `T`.
    #[inline(always)]
    pub unsafe fn as_plain<T>(&self) -> &T {
        const { assert!(align_of::<T>() <= 16 || size_of::<T>() > 16) };
        // SAFETY: a plain type has at most 16 bytes, the alignment suffices, and the bytes are a value.
        unsafe { &*ptr::from_ref(self).cast::<T>() }
    }
}

/// Words that a form takes.
#[inline(always)]
pub(crate) fn words_of(form: Form) -> usize {
    match form {
        Form::Plain(words) => words,
        Form::Boxed => 1,
    }
}
