//! Keys that sort as their bytes do: strings and byte strings. Their bytes are found from the slot, without a box between.
//!
//! A slot holds eight of the bytes, those behind what all keys of the node begin with, and a pointer to all of them. A search compares the
//! eight, and looks at the bytes of few keys.
//!
//! The pointer carries the number of bytes above the 48 bits that an address has, so one load gives both. Where the number does not fit, the pointer leads to a record
//! of where the bytes are.

use std::any::TypeId;
use std::cmp::Ordering;
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ptr;

/// Bits of an address.
const ADDRESS: u32 = 48;

/// Whether pointers can be tagged: on these processors an address has more than [`ADDRESS`] bits only if a program asks for it.
pub(crate) const TAGGED: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));

/// The tag of a pointer to a record: so many bytes, or more.
const RECORD: usize = u16::MAX as usize;

/// A pointer to bytes that says how many they are. To be released by [`release`].
///
/// # Panics
/// If an address has more than 48 bits.
pub(crate) fn tag(bytes: *mut [u8]) -> *mut () {
    let (pointer, tag) = if bytes.len() < RECORD {
        (bytes.cast::<()>(), bytes.len())
    } else {
        (Box::into_raw(Box::new(bytes)).cast(), RECORD)
    };
    let above = (tag as u64) << ADDRESS;
    assert!(
        pointer.addr() as u64 >> ADDRESS == 0,
        "an address has more than 48 bits"
    );
    pointer.map_addr(|address| address | above as usize)
}

/// The pointer without its tag, and the tag.
#[inline(always)]
fn untagged(pointer: *mut ()) -> (*mut (), usize) {
    let tag = pointer.addr() as u64 >> ADDRESS;
    let address = |tagged| (tagged as u64 & ((1 << ADDRESS) - 1)) as usize;
    (pointer.map_addr(address), tag as usize)
}

/// The bytes of a tagged pointer.
///
/// # Safety
/// It came from [`tag`] and was not released.
#[inline(always)]
pub(crate) unsafe fn untag(pointer: *mut ()) -> *mut [u8] {
    let (pointer, tag) = untagged(pointer);
    if tag == RECORD {
        // SAFETY: the tag says that it is a record, which is there as long as the pointer.
        return unsafe { *pointer.cast::<*mut [u8]>() };
    }
    ptr::slice_from_raw_parts_mut(pointer.cast::<u8>(), tag)
}

/// Where the bytes of a tagged pointer begin, or their record, and how many are there; to be asked for, not to be followed.
#[inline(always)]
pub(crate) fn extent(pointer: *mut ()) -> (*mut (), usize) {
    let (start, tag) = untagged(pointer);
    (start, if tag == RECORD { 0 } else { tag })
}

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

/// Gives the bytes behind a tagged pointer back.
///
/// # Safety
/// It came from [`tag`] for bytes from [`into_bytes`] or [`share`] for this type, and nobody looks at them any more.
pub(crate) unsafe fn release<K: 'static>(pointer: *mut ()) {
    // SAFETY: as the caller promises.
    let bytes = unsafe { untag(pointer) };
    if let (record, RECORD) = untagged(pointer) {
        // SAFETY: boxed by `tag`, and released once.
        drop(unsafe { Box::from_raw(record.cast::<*mut [u8]>()) });
    }
    as_byte_key!(K, T => if T::OWNED {
        // SAFETY: owned bytes have the allocation of a boxed slice.
        drop(unsafe { Box::from_raw(bytes) });
    }, else ())
}

/// Whether there is something to give back behind a tagged pointer.
#[inline(always)]
pub(crate) fn owns<K: 'static>(pointer: *mut ()) -> bool {
    as_byte_key!(K, T => T::OWNED || untagged(pointer).1 == RECORD, else false)
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

/// The eight bytes from `skip` on, zeros where there are none.
#[inline(always)]
pub(crate) fn eight_bytes(bytes: &[u8], skip: usize) -> u64 {
    let rest = bytes.get(skip..).unwrap_or(&[]);
    if let Some(first) = rest.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut padded = [0; 8];
    padded[..rest.len()].copy_from_slice(rest);
    u64::from_be_bytes(padded)
}

/// How two byte strings compare whose first bytes, up to `from` or an end with zeros behind it, are the same.
#[inline(always)]
pub(crate) fn compare_behind(left: &[u8], right: &[u8], from: usize) -> Ordering {
    match (left.get(from..), right.get(from..)) {
        (Some(left), Some(right)) => left.cmp(right),
        // Of two that are the same so far, and of which one ends there, the shorter one comes first.
        _ => left.len().cmp(&right.len()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tagged_pointers_lead_to_their_bytes() {
        for len in [0, 1, 7, 65_534, 65_535, 65_536, 200_000] {
            let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            let pointer = tag(into_bytes(bytes.clone()));
            assert!(owns::<Vec<u8>>(pointer));
            // SAFETY: tagged above, and released once, behind the look at it.
            unsafe {
                assert_eq!(&*untag(pointer), &bytes[..]);
                release::<Vec<u8>>(pointer);
            }
        }
    }

    #[test]
    fn what_is_borrowed_owns_a_record_at_most() {
        static LONG: [u8; 70_000] = [1; 70_000];
        for (bytes, record) in [(&LONG[..], true), (&LONG[..100], false)] {
            let pointer = tag(into_bytes::<&'static [u8]>(bytes));
            assert_eq!(owns::<&'static [u8]>(pointer), record);
            // SAFETY: as above.
            unsafe {
                assert_eq!(&*untag(pointer), bytes);
                release::<&'static [u8]>(pointer);
            }
        }
    }

    #[test]
    fn keys_with_the_same_eight_bytes_compare_as_a_whole() {
        let keys: [&[u8]; 8] = [
            b"",
            b"\0",
            b"ab",
            b"ab\0",
            b"ab\0\0\0\0\0\0",
            b"ab\0\0\0\0\0\0\0",
            b"ab\0\0\0\0\0\0\x01",
            b"b",
        ];
        for left in keys {
            for right in keys {
                if eight_bytes(left, 0) == eight_bytes(right, 0) {
                    assert_eq!(compare_behind(left, right, 8), left.cmp(right));
                } else {
                    assert_eq!(
                        eight_bytes(left, 0).cmp(&eight_bytes(right, 0)),
                        left.cmp(right)
                    );
                }
            }
        }
    }
}
