//! Which types lie in a node as they are.
//!
//! A plain type has no padding, no interior mutability and no drop; zero is one of its values; and if it takes more than one word, every bit pattern is.
//! The list is closed: a type of one's own could break any of these. The answer depends on the type alone, so the optimizer
//! knows it wherever the type is known. Types are asked for by size first, which keeps unoptimized builds quick.

use std::any::TypeId;

/// Bytes of a word of a node.
pub(crate) const WORD: usize = size_of::<*mut ()>();

/// How a value of a type lies in a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In so many words, as it is.
    Plain(usize),
    /// Behind a pointer.
    Boxed,
}

macro_rules! is_one_of {
    ($asked:ty, $size:literal: $($type:ty),* $(,)?) => {{
        $(const { assert!(size_of::<$type>() == $size) };)*
        let id = TypeId::of::<$asked>();
        false $(|| id == TypeId::of::<$type>())*
    }};
}

/// How values of type `T` lie in a node.
///
/// # Examples
/// ```
/// use ferntree::atomic_slot::{Form, form};
/// assert_eq!(form::<u64>(), Form::Plain(1));
/// assert_eq!(form::<String>(), Form::Boxed);
/// ```
#[inline(always)]
pub fn form<T: 'static>() -> Form {
    let words = size_of::<T>().div_ceil(WORD);
    if words <= 2 && is_plain::<T>() && (words < 2 || takes_any_bits::<T>()) {
        Form::Plain(words)
    } else {
        Form::Boxed
    }
}

/// Whether every bit pattern of a plain type is a value.
#[inline(always)]
fn takes_any_bits<T: 'static>() -> bool {
    TypeId::of::<T>() != TypeId::of::<bool>() && TypeId::of::<T>() != TypeId::of::<char>()
}

#[inline(always)]
fn is_plain<T: 'static>() -> bool {
    match size_of::<T>() {
        0 => is_one_of!(T, 0: ()),
        1 => is_one_of!(T, 1: u8, i8, bool, [u8; 1], [i8; 1]),
        2 => is_one_of!(T, 2: u16, i16, [u8; 2], [i8; 2], [u16; 1], (u8, u8), (i8, i8)),
        3 => is_one_of!(T, 3: [u8; 3], [i8; 3], (u8, u8, u8)),
        4 => {
            is_one_of!(T, 4: u32, i32, f32, char, [u8; 4], [i8; 4], [u16; 2], [i16; 2], [u32; 1], (u16, u16), (i16, i16))
        }
        5 => is_one_of!(T, 5: [u8; 5], [i8; 5]),
        6 => is_one_of!(T, 6: [u8; 6], [i8; 6], [u16; 3], [i16; 3], (u16, u16, u16)),
        7 => is_one_of!(T, 7: [u8; 7], [i8; 7]),
        8 => {
            is_one_of!(T, 8: u64, i64, f64, [u8; 8], [i8; 8], [u16; 4], [i16; 4], [u32; 2], [i32; 2], [f32; 2], [u64; 1], [i64; 1],
                (u32, u32), (i32, i32), (u32, i32), (i32, u32), (f32, f32), (u16, u16, u16, u16))
                || is_word::<T>()
        }
        9 => is_one_of!(T, 9: [u8; 9]),
        10 => is_one_of!(T, 10: [u8; 10], [u16; 5]),
        11 => is_one_of!(T, 11: [u8; 11]),
        12 => {
            is_one_of!(T, 12: [u8; 12], [u16; 6], [u32; 3], [i32; 3], [f32; 3], (u32, u32, u32), (i32, i32, i32))
        }
        13 => is_one_of!(T, 13: [u8; 13]),
        14 => is_one_of!(T, 14: [u8; 14], [u16; 7]),
        15 => is_one_of!(T, 15: [u8; 15]),
        16 => {
            is_one_of!(T, 16: u128, i128, [u8; 16], [i8; 16], [u16; 8], [i16; 8], [u32; 4], [i32; 4], [f32; 4], [u64; 2], [i64; 2], [f64; 2],
                (u64, u64), (i64, i64), (u64, i64), (i64, u64), (f64, f64), (u32, u32, u32, u32), (u64, u32, u32), (u32, u32, u64))
                || is_pair_of_words::<T>()
        }
        _ => false,
    }
}

#[inline(always)]
fn is_word<T: 'static>() -> bool {
    let id = TypeId::of::<T>();
    id == TypeId::of::<usize>() || id == TypeId::of::<isize>()
}

#[inline(always)]
fn is_pair_of_words<T: 'static>() -> bool {
    let id = TypeId::of::<T>();
    id == TypeId::of::<(usize, usize)>()
        || id == TypeId::of::<[usize; 2]>()
        || id == TypeId::of::<(u64, usize)>()
        || id == TypeId::of::<(usize, u64)>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_follow_the_type() {
        assert_eq!(form::<()>(), Form::Plain(0));
        assert_eq!(form::<char>(), Form::Plain(1));
        assert_eq!(form::<(u32, u32)>(), Form::Plain(1));
        assert_eq!(form::<Option<u32>>(), Form::Boxed);
        assert_eq!(form::<(u64, u8)>(), Form::Boxed);
        assert_eq!(form::<[char; 4]>(), Form::Boxed);
        assert_eq!(form::<&'static str>(), Form::Boxed);
        assert_eq!(form::<std::sync::atomic::AtomicU64>(), Form::Boxed);
        if WORD == 8 {
            assert_eq!(form::<usize>(), Form::Plain(1));
            assert_eq!(form::<u128>(), Form::Plain(2));
            assert_eq!(form::<[u8; 9]>(), Form::Plain(2));
        }
    }
}
