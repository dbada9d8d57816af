//! Keys: plain ones in the words of a slot, byte strings by a pointer that carries their number, others in a counted box.
//!
//! A boxed key is shared by the slots that refer to it: a leaf's entry, and separators in inner nodes. Each slot owns one count, and gives it back
//! through the epochs, so a reader that came by the slot still finds the key there. A separator of byte strings is a copy, and shortened.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use optimistic::epoch::Guard;

use crate::bits::{Bits, words_of};
use crate::bytes_key::{self, untag};
use crate::plain::{Form, form};

/// A key that is neither plain nor bytes.
struct Shared<K> {
    count: AtomicUsize,
    key: K,
}

/// How a key lies in a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    Plain,
    /// Eight bytes in one word; in the other a pointer to all of them, which says how many they are.
    Bytes,
    Boxed,
}

#[inline(always)]
pub(crate) fn key_form<K: 'static>() -> KeyForm {
    match form::<K>() {
        Form::Plain(_) => KeyForm::Plain,
        Form::Boxed if bytes_key::TAGGED && bytes_key::is_byte_key::<K>() => KeyForm::Bytes,
        Form::Boxed => KeyForm::Boxed,
    }
}

/// Words that a key of type `K` takes in a node.
#[inline(always)]
pub(crate) fn words<K: 'static>() -> usize {
    match key_form::<K>() {
        KeyForm::Plain => words_of(form::<K>()),
        KeyForm::Bytes => 2,
        KeyForm::Boxed => 1,
    }
}

/// The slot of a byte string, its eight bytes at zero.
fn slot_of(bytes: *mut [u8]) -> Bits {
    Bits([ptr::null_mut(), bytes_key::tag(bytes)])
}

/// The slot with these eight bytes.
#[inline(always)]
pub(crate) fn with_start(bits: Bits, start: u64) -> Bits {
    Bits([ptr::without_provenance_mut(start as usize), bits.0[1]])
}

/// The bytes of a byte string.
///
/// # Safety
/// As [`view`], for a key of the form [`KeyForm::Bytes`].
#[inline(always)]
pub(crate) unsafe fn bytes<'g>(bits: &Bits) -> &'g [u8] {
    // SAFETY: the slot's pointer, and the bytes are there while the guard is held.
    unsafe { &*untag(bits.0[1]) }
}

/// A key to look at: the bits of its slot, and the key that was made of them if it is a byte string. Owns nothing.
pub(crate) struct View<K: 'static> {
    bits: Bits,
    made: MaybeUninit<K>,
}

impl<K: 'static> View<K> {
    /// A view of nothing, not to be looked at.
    pub const NOTHING: Self = Self {
        bits: Bits::NULL,
        made: MaybeUninit::uninit(),
    };

    #[inline(always)]
    pub fn bits(&self) -> Bits {
        self.bits
    }

    #[inline(always)]
    pub fn get(&self) -> &K {
        match key_form::<K>() {
            // SAFETY: `view` promises bits of a plain key.
            KeyForm::Plain => unsafe { self.bits.as_plain() },
            // SAFETY: `view` made the key.
            KeyForm::Bytes => unsafe { self.made.assume_init_ref() },
            // SAFETY: `view` promises a box that is there.
            KeyForm::Boxed => unsafe { &(*self.bits.0[0].cast::<Shared<K>>()).key },
        }
    }
}

/// The key of a slot.
///
/// # Safety
/// The bits were loaded from a slot for a `K` that is not null, and the guard under which they were loaded outlives the view (F3, F4, F5). A plain key of two words may be torn only because every bit pattern is one.
#[inline(always)]
pub(crate) unsafe fn view<K: 'static>(bits: Bits) -> View<K> {
    let made = match key_form::<K>() {
        // SAFETY: the slot's pointer, and the bytes are there while the guard is held.
        KeyForm::Bytes => unsafe { bytes_key::from_bytes(untag(bits.0[1])) },
        _ => MaybeUninit::uninit(),
    };
    View { bits, made }
}

/// Whether a slot was given up: it has no pointer where it should have one.
#[inline(always)]
pub(crate) fn is_null<K: 'static>(bits: &Bits) -> bool {
    match key_form::<K>() {
        KeyForm::Plain => false,
        KeyForm::Bytes => bits.0[1].is_null(),
        KeyForm::Boxed => bits.0[0].is_null(),
    }
}

/// A separator between the key of `below` and the one of `key`: above the first, not above the second. Its slot owns it (F9).
///
/// # Safety
/// Slots whose node is locked by the caller refer to both keys, or the caller owns them.
pub(crate) unsafe fn separator<K: 'static>(below: &Bits, key: &Bits) -> Bits {
    match key_form::<K>() {
        KeyForm::Plain => *key,
        // SAFETY: both keys are there, and in order.
        KeyForm::Bytes => slot_of(unsafe { bytes_key::share::<K>(bytes(below), untag(key.0[1])) }),
        KeyForm::Boxed => {
            // SAFETY: the slot's own count keeps the key.
            unsafe { &*key.0[0].cast::<Shared<K>>() }
                .count
                .fetch_add(1, Ordering::Relaxed);
            *key
        }
    }
}

/// A slot gives up its key now.
///
/// # Safety
/// The slot owned it, or a count of it, and nobody can load the pointer from it any more.
pub(crate) unsafe fn release<K: 'static>(bits: Bits) {
    match key_form::<K>() {
        KeyForm::Plain => {}
        // SAFETY: the caller gives up what the slot owned.
        KeyForm::Bytes => unsafe { bytes_key::release::<K>(bits.0[1]) },
        // SAFETY: the caller gives up a count that the slot owned.
        KeyForm::Boxed => unsafe { release_shared(bits.0[0].cast::<Shared<K>>()) },
    }
}

/// A slot gives up its key when nobody can look at it any more.
///
/// # Safety
/// The slot owned it, or a count of it, and does not refer to it any more (F3).
#[inline(always)]
pub(crate) unsafe fn retire<K: Send + 'static>(bits: Bits, guard: &Guard) {
    match key_form::<K>() {
        KeyForm::Plain => {}
        KeyForm::Bytes if !bytes_key::owns::<K>(bits.0[1]) => {}
        // SAFETY: out of reach for later guards, retired once, and bytes may be freed by any thread.
        KeyForm::Bytes => unsafe { guard.retire(bits.0[1], bytes_key::release::<K>) },
        // SAFETY: out of reach for later guards through this slot, retired once for it, and a `K` may be dropped by any thread.
        KeyForm::Boxed => unsafe {
            guard.retire(bits.0[0].cast::<Shared<K>>(), release_shared::<K>);
        },
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
    /// The key as it came, if it is not plain and nothing was made of it yet.
    loose: Option<K>,
    /// The key in its slot's form, if it is not loose.
    view: View<K>,
}

impl<K: 'static> FreshKey<K> {
    #[inline(always)]
    pub fn new(key: K) -> Self {
        match key_form::<K>() {
            KeyForm::Plain => Self {
                loose: None,
                // SAFETY: the form says so.
                view: unsafe { view(Bits::of_plain(&key)) },
            },
            _ => Self {
                loose: Some(key),
                view: View::NOTHING,
            },
        }
    }

    #[inline(always)]
    pub fn get(&self) -> &K {
        match &self.loose {
            Some(key) if key_form::<K>() != KeyForm::Plain => key,
            _ => self.view.get(),
        }
    }

    /// The key in its slot's form, still owned by this.
    #[inline(always)]
    pub fn bits(&mut self) -> Bits {
        if key_form::<K>() != KeyForm::Plain
            && let Some(key) = self.loose.take()
        {
            let bits = match key_form::<K>() {
                KeyForm::Plain => unreachable!("a plain key is never loose"),
                KeyForm::Bytes => slot_of(bytes_key::into_bytes(key)),
                KeyForm::Boxed => Bits::pointer(Box::into_raw(Box::new(Shared {
                    count: AtomicUsize::new(1),
                    key,
                }))),
            };
            // SAFETY: this owns the key.
            self.view = unsafe { view(bits) };
        }
        self.view.bits()
    }

    /// The tree owns the key now.
    #[inline(always)]
    pub fn stored(&mut self) {
        if key_form::<K>() != KeyForm::Plain {
            self.view = View::NOTHING;
        }
    }
}

impl<K: 'static> Drop for FreshKey<K> {
    #[inline(always)]
    fn drop(&mut self) {
        if key_form::<K>() != KeyForm::Plain && self.view.bits != Bits::NULL {
            // SAFETY: the key never got into the tree, so it is owned by this alone.
            unsafe { release::<K>(self.view.bits) };
        }
    }
}

/// What is looked for: a borrowed form of a key, and its bytes if keys are byte strings.
pub(crate) struct Probe<'q, K, Q: ?Sized> {
    pub key: &'q Q,
    pub bytes: Option<&'q [u8]>,
    keys: PhantomData<fn(&K)>,
}

impl<'q, K: 'static, Q: ?Sized + 'static> Probe<'q, K, Q> {
    #[inline(always)]
    pub fn new(key: &'q Q) -> Self {
        let bytes = match key_form::<K>() {
            KeyForm::Bytes => bytes_key::bytes_of(key),
            _ => None,
        };
        Self {
            key,
            bytes,
            keys: PhantomData,
        }
    }
}
