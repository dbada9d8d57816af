//! How a value is read without a lock.
//!
//! Reading memory that somebody may be writing is a data race, whatever is found out afterwards. So a value either consists of atomic words, or it lies behind a
//! pointer and never changes: [`atomic_slot`](crate::atomic_slot) says which. The tree decides by the type alone and asks nothing of it; keys and values
//! need not implement anything here.
//!
//! [`OptimisticRead`] is for programs that state their bounds with it, and for generic code that wants to know how a type is stored.

use std::sync::Arc;

use crate::plain::{Form, form};

/// A type that can be read while it is replaced.
///
/// # Examples
/// ```
/// use ferntree::{OptimisticRead, atomic_slot::Form, impl_optimistic_read_boxed};
///
/// #[derive(Clone)]
/// struct User { name: String }
/// impl_optimistic_read_boxed!(User);
///
/// assert_eq!(User::form(), Form::Boxed);
/// assert_eq!(<(u32, u32)>::form(), Form::Plain(1));
/// let users = ferntree::Tree::<u32, User>::new();
/// users.insert(1, User { name: "Ada".to_string() });
/// assert_eq!(users.lookup(&1, |user| user.name.len()), Some(3));
/// ```
pub trait OptimisticRead: Send + Sync + Sized + 'static {
    /// How a tree stores values of this type.
    fn form() -> Form {
        form::<Self>()
    }
}

/// Implements [`OptimisticRead`](crate::OptimisticRead) for types that must not be copied byte by byte. A tree takes them without it.
#[macro_export]
macro_rules! impl_optimistic_read_boxed {
    ($($type:ty),* $(,)?) => {
        $(impl $crate::OptimisticRead for $type {})*
    };
}

impl_optimistic_read_boxed!(
    (),
    bool,
    char,
    u8,
    i8,
    u16,
    i16,
    u32,
    i32,
    u64,
    i64,
    u128,
    i128,
    usize,
    isize,
    f32,
    f64,
    String,
    Box<str>
);

impl OptimisticRead for &'static str {}
impl<T: Send + Sync + 'static> OptimisticRead for Vec<T> {}
impl<T: Send + Sync + 'static> OptimisticRead for Box<[T]> {}
impl<T: ?Sized + Send + Sync + 'static> OptimisticRead for Arc<T> {}
impl<T: OptimisticRead> OptimisticRead for Option<T> {}
impl<T: OptimisticRead, const N: usize> OptimisticRead for [T; N] {}

#[cfg(feature = "bytes")]
impl_optimistic_read_boxed!(bytes::Bytes, bytes::BytesMut);

macro_rules! tuples {
    ($(($($name:ident),*))*) => {
        $(impl<$($name: OptimisticRead),*> OptimisticRead for ($($name,)*) {})*
    };
}

tuples!((A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(
    A, B, C, D, E, F
));
