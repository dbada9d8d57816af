//! Keys: plain ones in the words of a slot, others in a counted box, with or without a prefix beside the pointer.
//!
//! A boxed key is shared by the slots that refer to it: a leaf's entry, and separators in inner nodes. Each slot owns one count, and gives it back
//! through the epochs, so a reader that came by the slot still finds the key there.

use std::any::TypeId;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use optimistic::epoch::Guard;

use crate::bits::{Bits, words_of};
use crate::plain::{Form, WORD, form};

/// A key that is not plain.
struct Shared<K> {
    count: AtomicUsize,
    key: K,
}

/// How a key lies in a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    Plain,
    Boxed,
    Prefixed,
}

#[inline(always)]
pub(crate) fn key_form<K: 'static>() -> KeyForm {
    match form::<K>() {
        Form::Plain(_) => KeyForm::Plain,
        Form::Boxed if WORD == 8 && has_prefix::<K>() => KeyForm::Prefixed,
        Form::Boxed => KeyForm::Boxed,
    }
}

/// Words that a key of type `K` takes in a node.
#[inline(always)]
pub(crate) fn words<K: 'static>() -> usize {
    match key_form::<K>() {
        KeyForm::Plain => words_of(form::<K>()),
        KeyForm::Boxed => 1,
        KeyForm::Prefixed => 2,
    }
}

/// Which of the words is the pointer.
#[inline(always)]
fn pointer<K: 'static>(bits: &Bits) -> *mut Shared<K> {
    bits.0[usize::from(key_form::<K>() == KeyForm::Prefixed)].cast()
}

/// The key that `bits` are or lead to, or nothing if a slot was given up at that moment.
///
/// # Safety
/// The bits were loaded from a slot for a `K`, and if they contain a pointer, the guard under which they were loaded outlives `'a` (F3, F4, F5).
#[inline(always)]
pub(crate) unsafe fn try_reference<K: 'static>(bits: &Bits) -> Option<&K> {
    if key_form::<K>() == KeyForm::Plain {
        // SAFETY: bits of a plain key; if it has two words every pattern is a key.
        return Some(unsafe { bits.as_plain() });
    }
    // SAFETY: a non-null pointer leads to a key that is there while the guard is held.
    unsafe { pointer::<K>(bits).as_ref() }.map(|shared| &shared.key)
}

/// The key that `bits` are or lead to.
///
/// # Safety
/// As [`try_reference`], and the bits were validated: the slot was in use.
#[inline(always)]
pub(crate) unsafe fn reference<K: 'static>(bits: &Bits) -> &K {
    // SAFETY: a slot in use is not null.
    unsafe { try_reference(bits).unwrap_unchecked() }
}

/// One more slot refers to the key (F9).
///
/// # Safety
/// A slot whose node is locked by the caller refers to it.
pub(crate) unsafe fn retain<K: 'static>(bits: &Bits) {
    if key_form::<K>() != KeyForm::Plain {
        // SAFETY: the slot's own count keeps the key.
        unsafe { &*pointer::<K>(bits) }
            .count
            .fetch_add(1, Ordering::Relaxed);
    }
}

/// A slot gives its count back now.
///
/// # Safety
/// The slot owned a count, and nobody can load the pointer from it any more.
pub(crate) unsafe fn release<K: 'static>(bits: Bits) {
    if key_form::<K>() != KeyForm::Plain {
        // SAFETY: the caller gives up a count that it owns.
        unsafe { release_shared(pointer::<K>(&bits)) };
    }
}

/// A slot gives its count back when nobody can look at the key any more.
///
/// # Safety
/// The slot owned a count and does not refer to the key any more (F3).
#[inline(always)]
pub(crate) unsafe fn retire<K: Send + 'static>(bits: Bits, guard: &Guard) {
    if key_form::<K>() != KeyForm::Plain {
        // SAFETY: out of reach for later guards through this slot, retired once for it, and a `K` may be dropped by any thread.
        unsafe { guard.retire(pointer::<K>(&bits), release_shared::<K>) };
    }
}

unsafe fn release_shared<K>(shared: *mut Shared<K>) {
    // SAFETY: the caller's count keeps it. Acquire and release: whoever drops the key comes after all who gave a count back.
    let before = unsafe { &*shared }.count.fetch_sub(1, Ordering::AcqRel);
    if before == 1 {
        // SAFETY: that was the last count.
        drop(unsafe { Box::from_raw(shared) });
    }
}

/// A key on its way into the tree; dropped if it does not get there.
pub(crate) struct FreshKey<K: 'static> {
    loose: Option<K>,
    /// The key in its slot's form, if it is not loose.
    bits: Bits,
}

impl<K: 'static> FreshKey<K> {
    #[inline(always)]
    pub fn new(key: K) -> Self {
        Self {
            loose: Some(key),
            bits: Bits::NULL,
        }
    }

    #[inline(always)]
    pub fn get(&self) -> &K {
        match &self.loose {
            Some(key) => key,
            // SAFETY: `bits` owns the key.
            None => unsafe { reference(&self.bits) },
        }
    }

    /// The key in its slot's form, still owned by this.
    #[inline(always)]
    pub fn bits(&mut self) -> Bits {
        if let Some(key) = self.loose.take() {
            self.bits = if key_form::<K>() == KeyForm::Plain {
                // SAFETY: the form says so.
                unsafe { Bits::of_plain(&key) }
            } else {
                let prefix = prefix_of(&key).unwrap_or(0);
                let shared = Box::into_raw(Box::new(Shared {
                    count: AtomicUsize::new(1),
                    key,
                }));
                match key_form::<K>() {
                    KeyForm::Prefixed => Bits([
                        ptr::without_provenance_mut(prefix as usize),
                        shared.cast::<()>(),
                    ]),
                    _ => Bits::pointer(shared),
                }
            };
        }
        self.bits
    }

    /// The tree owns the key now.
    #[inline(always)]
    pub fn stored(&mut self) {
        self.bits = Bits::NULL;
    }
}

impl<K: 'static> Drop for FreshKey<K> {
    #[inline(always)]
    fn drop(&mut self) {
        if key_form::<K>() != KeyForm::Plain && self.bits != Bits::NULL {
            // SAFETY: the key never got into the tree, so the only count is this one.
            unsafe { release::<K>(self.bits) };
        }
    }
}

/// What is looked for: a borrowed form of a key, and its prefix.
pub(crate) struct Probe<'q, Q: ?Sized> {
    pub key: &'q Q,
    pub prefix: Option<u64>,
}

impl<'q, Q: ?Sized + 'static> Probe<'q, Q> {
    #[inline(always)]
    pub fn new<K: 'static>(key: &'q Q) -> Self {
        let prefix = match key_form::<K>() {
            KeyForm::Prefixed => prefix_of(key),
            _ => None,
        };
        Self { key, prefix }
    }
}

macro_rules! prefixed {
    ($($type:ty),*) => {
        /// Whether keys of this type sort as their bytes do.
        #[inline(always)]
        fn has_prefix<T: ?Sized + 'static>() -> bool {
            false $(|| TypeId::of::<T>() == TypeId::of::<$type>())*
        }

        /// The first 8 bytes of a key that sorts as its bytes do, with zeros behind a shorter one: if two differ, the keys sort as they do.
        #[inline(always)]
        fn prefix_of<T: ?Sized + 'static>(key: &T) -> Option<u64> {
            $(
                if TypeId::of::<T>() == TypeId::of::<$type>() {
                    // SAFETY: `T` is this very type, so the two reference types are the same.
                    let key: &$type = unsafe { mem::transmute_copy::<&T, &$type>(&key) };
                    return Some(first_bytes(AsRef::<[u8]>::as_ref(key)));
                }
            )*
            None
        }
    };
}

prefixed!(
    str,
    String,
    &'static str,
    [u8],
    Vec<u8>,
    Box<[u8]>,
    &'static [u8]
);

#[inline(always)]
fn first_bytes(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut padded = [0; 8];
    padded[..bytes.len()].copy_from_slice(bytes);
    u64::from_be_bytes(padded)
}
