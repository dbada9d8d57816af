//! Keys that sort as their bytes do: strings and byte strings. Their bytes are found from the slot, without a box between.
//!
//! A slot holds a pointer to the bytes, their number, and four of them: those behind what all keys of the node begin with. A search compares the
//! four, and looks at the bytes of few keys.

use std::any::TypeId;
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ptr;

/// A type whose values are a run of bytes and sort as such.
///
/// # Safety
/// `of_bytes` of what `give_bytes` gave is the value again, and owned bytes have the allocation of a `Box<[u8]>`.
unsafe trait ByteKey: Sized + 'static {
    /// Whether the bytes are owned.
    const OWNED: bool;
    /// Whether the bytes are UTF-8.
    const TEXT: bool;

    fn give_bytes(self) -> *mut [u8];

    /// The value of these bytes, to be looked at beside others of the same bytes: no unique pointer may come into being.
    ///
    /// # Safety
    /// The bytes came from `give_bytes`, or are another value's.
    unsafe fn of_bytes(bytes: *mut [u8]) -> MaybeUninit<Self>;
}

macro_rules! byte_keys {
    ($($type:ty, owned $owned:literal, text $text:literal: $value:ident => $give:expr, $bytes:ident => $back:expr;)*) => {
        $(
            // SAFETY: a vector whose capacity is its length has the allocation of a boxed slice, and so has a string; borrowed bytes live for ever.
            unsafe impl ByteKey for $type {
                const OWNED: bool = $owned;
                const TEXT: bool = $text;

                fn give_bytes(self) -> *mut [u8] {
                    let $value = self;
                    $give
                }

                #[inline(always)]
                unsafe fn of_bytes($bytes: *mut [u8]) -> MaybeUninit<Self> {
                    // SAFETY: the caller passes what `give_bytes` gave: of text, if this is text; a box and a reference are their pointer.
                    unsafe { $back }
                }
            }
        )*
    };
}

byte_keys! {
    String, owned true, text true: text => Box::into_raw(text.into_bytes().into_boxed_slice()),
        bytes => MaybeUninit::new(String::from_raw_parts(bytes.cast::<u8>(), bytes.len(), bytes.len()));
    Vec<u8>, owned true, text false: vec => Box::into_raw(vec.into_boxed_slice()),
        bytes => MaybeUninit::new(Vec::from_raw_parts(bytes.cast::<u8>(), bytes.len(), bytes.len()));
    Box<str>, owned true, text true: text => Box::into_raw(text.into_boxed_bytes()),
        bytes => mem::transmute::<*mut str, MaybeUninit<Self>>(bytes as *mut str);
    Box<[u8]>, owned true, text false: boxed => Box::into_raw(boxed),
        bytes => mem::transmute::<*mut [u8], MaybeUninit<Self>>(bytes);
    &'static str, owned false, text true: text => ptr::from_ref(text.as_bytes()).cast_mut(),
        bytes => MaybeUninit::new(std::str::from_utf8_unchecked(&*bytes));
    &'static [u8], owned false, text false: slice => ptr::from_ref(slice).cast_mut(),
        bytes => MaybeUninit::new(&*bytes);
}

/// Runs `$body` with `$T` as the byte key type that `$K` is; `$other` if it is none.
macro_rules! as_byte_key {
    ($K:ty, $T:ident => $body:expr, else $other:expr) => {
        as_byte_key!(@ $K, $T, $body, $other; String, Vec<u8>, &'static str, Box<str>, Box<[u8]>, &'static [u8])
    };
    (@ $K:ty, $T:ident, $body:expr, $other:expr; $($type:ty),*) => {{
        let id = TypeId::of::<$K>();
        $(
            if id == TypeId::of::<$type>() {
                type $T = $type;
                return $body;
            }
        )*
        $other
    }};
}

/// Whether keys of this type are runs of bytes.
#[inline(always)]
pub(crate) fn is_byte_key<K: 'static>() -> bool {
    as_byte_key!(K, T => size_of::<T>() > 0, else false)
}

/// The bytes of a key, which owns them no more.
pub(crate) fn into_bytes<K: 'static>(key: K) -> *mut [u8] {
    let key = ManuallyDrop::new(key);
    // SAFETY: `K` is `T`, and is not used again.
    as_byte_key!(K, T => unsafe { mem::transmute_copy::<K, T>(&key) }.give_bytes(), else unreachable!("not a byte key"))
}

/// The key of these bytes, to be looked at and not to be dropped.
///
/// # Safety
/// The bytes came from [`into_bytes`] or [`share`] for this type, and live as long as what is returned is used.
#[inline(always)]
pub(crate) unsafe fn from_bytes<K: 'static>(bytes: *mut [u8]) -> MaybeUninit<K> {
    as_byte_key!(K, T => {
        // SAFETY: as the caller promises.
        let made = unsafe { T::of_bytes(bytes) };
        // SAFETY: `K` is `T`.
        unsafe { mem::transmute_copy::<MaybeUninit<T>, MaybeUninit<K>>(&made) }
    }, else MaybeUninit::uninit())
}

/// Gives the bytes of a key back.
///
/// # Safety
/// They came from [`into_bytes`] or [`share`] for this type, and nobody looks at them any more.
pub(crate) unsafe fn release<K: 'static>(bytes: *mut [u8]) {
    as_byte_key!(K, T => if T::OWNED {
        // SAFETY: owned bytes have the allocation of a boxed slice.
        drop(unsafe { Box::from_raw(bytes) });
    }, else ())
}

/// Whether bytes have to be given back.
#[inline(always)]
pub(crate) fn owns<K: 'static>() -> bool {
    as_byte_key!(K, T => T::OWNED, else false)
}

/// The shortest key above `below` that is not above `key`, which it is a beginning of. To be released by itself.
///
/// # Safety
/// The bytes are a key's, and `below < key`.
pub(crate) unsafe fn share<K: 'static>(below: &[u8], key: *mut [u8]) -> *mut [u8] {
    // SAFETY: as the caller promises.
    let bytes = unsafe { &*key };
    let mut end = (common(below, bytes) + 1).min(bytes.len());
    as_byte_key!(K, T => {
        while T::TEXT && end < bytes.len() && bytes[end] & 0xc0 == 0x80 {
            end += 1;
        }
        if T::OWNED {
            Box::into_raw(Box::<[u8]>::from(&bytes[..end]))
        } else {
            ptr::slice_from_raw_parts_mut(key.cast::<u8>(), end)
        }
    }, else key)
}

/// Bytes that two begin with.
#[inline]
pub(crate) fn common(left: &[u8], right: &[u8]) -> usize {
    let mut words = 0;
    for (left, right) in left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0) {
        let differ = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if differ != 0 {
            return words + differ.trailing_zeros() as usize / 8;
        }
        words += 8;
    }
    let rest = left[words..].iter().zip(&right[words..]);
    words + rest.take_while(|(left, right)| left == right).count()
}

/// The four bytes from `skip` on, zeros where there are none.
#[inline(always)]
pub(crate) fn four_bytes(bytes: &[u8], skip: usize) -> u32 {
    let rest = bytes.get(skip..).unwrap_or(&[]);
    if let Some(first) = rest.first_chunk::<4>() {
        return u32::from_be_bytes(*first);
    }
    let mut padded = [0; 4];
    padded[..rest.len()].copy_from_slice(rest);
    u32::from_be_bytes(padded)
}

/// The bytes of what is looked for, if it is a borrowed form that sorts as its bytes do.
#[inline(always)]
pub(crate) fn bytes_of<Q: ?Sized + 'static>(key: &Q) -> Option<&[u8]> {
    macro_rules! first_of {
        ($($type:ty: $bytes:expr;)*) => {
            $(
                if TypeId::of::<Q>() == TypeId::of::<$type>() {
                    // SAFETY: `Q` is this very type, so the two reference types are the same.
                    let key = unsafe { mem::transmute_copy::<&Q, &$type>(&key) };
                    let bytes: for<'q> fn(&'q $type) -> &'q [u8] = $bytes;
                    return Some(bytes(key));
                }
            )*
        };
    }
    first_of! {
        str: |key| key.as_bytes();
        [u8]: |key| key;
        String: |key| key.as_bytes();
        Vec<u8>: |key| key;
        &'static str: |key| key.as_bytes();
        Box<str>: |key| key.as_bytes();
        Box<[u8]>: |key| key;
        &'static [u8]: |key| key;
    }
    None
}
