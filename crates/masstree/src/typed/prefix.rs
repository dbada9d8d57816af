//! Ranges by the beginning of the key: the first components of a tuple, or the first bytes of a string.
//!
//! All keys that begin with given bytes lie between these bytes and their successor, which is found by adding one to the last byte that
//! is not `FF` and dropping what follows it.

use std::ops::Bound;

use super::iter::{Iter, SetIter};
use super::raw::EncodedBound;
use super::{EncodeKey, Key, KeyBuf, OrderedMap, OrderedSet};

/// A beginning of keys of type `K`: of tuples their first components, of strings and byte strings their first bytes.
///
/// An implementation of one's own appends the bytes with which exactly those encoded keys begin that it stands for.
pub trait KeyPrefix<K> {
    /// Appends the bytes that the keys begin with.
    fn encode_prefix(&self, out: &mut KeyBuf);
}

impl KeyPrefix<String> for str {
    fn encode_prefix(&self, out: &mut KeyBuf) {
        self.encode_last(out);
    }
}

impl KeyPrefix<Vec<u8>> for [u8] {
    fn encode_prefix(&self, out: &mut KeyBuf) {
        self.encode_last(out);
    }
}

macro_rules! tuple_prefix {
    ($($first:ident)*; $($rest:ident)*) => {
        impl<$($first: EncodeKey,)* $($rest,)*> KeyPrefix<($($first,)* $($rest,)*)> for ($($first,)*) {
            fn encode_prefix(&self, out: &mut KeyBuf) {
                self.encode(out);
            }
        }
    };
}

macro_rules! tuple_prefixes {
    ($($first:ident)*; $next:ident $($rest:ident)*) => {
        tuple_prefix!($($first)*; $next $($rest)*);
        tuple_prefixes!($($first)* $next; $($rest)*);
    };
    ($($first:ident)*;) => {};
}

tuple_prefixes!(A; B);
tuple_prefixes!(A; B C);
tuple_prefixes!(A; B C D);
tuple_prefixes!(A; B C D E);
tuple_prefixes!(A; B C D E F);
tuple_prefixes!(A; B C D E F G);
tuple_prefixes!(A; B C D E F G H);

/// From the first to behind the last key that begins with `prefix`.
fn bounds<K, P: KeyPrefix<K> + ?Sized>(prefix: &P) -> (EncodedBound, EncodedBound) {
    let mut low = KeyBuf::new();
    prefix.encode_prefix(&mut low);
    let high = match low.iter().rposition(|&byte| byte != 0xFF) {
        None => Bound::Unbounded,
        Some(last) => {
            let mut high = KeyBuf::new();
            high.extend_from_slice(&low[..last]);
            high.push(low[last] + 1);
            Bound::Excluded(high)
        }
    };
    (Bound::Included(low), high)
}

impl<K: Key, V: Send + Sync + 'static> OrderedMap<K, V> {
    /// The entries whose keys begin with `prefix`, from both ends.
    ///
    /// # Examples
    /// ```
    /// use masstree::OrderedMap;
    ///
    /// let stock = OrderedMap::<(u32, String), i64>::from([
    ///     ((1, "pear".into()), 12),
    ///     ((2, "apple".into()), 40),
    ///     ((2, "fig".into()), 7),
    /// ]);
    /// assert_eq!(stock.prefix(&(2,)).map(|(_, n)| *n).sum::<i64>(), 47);
    ///
    /// let words = OrderedMap::<String, ()>::from([("tea".into(), ()), ("team".into(), ()), ("ten".into(), ())]);
    /// assert_eq!(words.prefix("tea").count(), 2);
    /// ```
    pub fn prefix<P: KeyPrefix<K> + ?Sized>(&self, prefix: &P) -> Iter<'_, K, V> {
        Iter::new(&self.raw, bounds(prefix))
    }
}

impl<K: Key> OrderedSet<K> {
    /// The keys that begin with `prefix`, from both ends.
    ///
    /// # Examples
    /// ```
    /// let words = masstree::OrderedSet::<String>::from(["tea", "team", "ten"].map(String::from));
    /// assert_eq!(words.prefix("tea").rev().collect::<Vec<_>>(), ["team", "tea"]);
    /// ```
    pub fn prefix<P: KeyPrefix<K> + ?Sized>(&self, prefix: &P) -> SetIter<'_, K> {
        SetIter::new(&self.raw, bounds(prefix))
    }
}
