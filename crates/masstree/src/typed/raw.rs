//! Where typed keys meet the byte map: the alias of the map that stands below, bounds in bytes, and what an iteration reads.

use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use super::{EncodeKey, Key, KeyBuf};
use crate::scan::origin;
use crate::walk::{BACKWARD, Walk};
use crate::{Guard, Inline, Map, RangeBound, Shared, Storage};

/// Keys in a leaf of the maps below.
pub const WIDTH: usize = 24;

/// The byte map below the typed ones.
pub type Raw<S> = Map<S, WIDTH>;

/// What stands below an [`OrderedMap`](super::OrderedMap).
pub type RawMap<V> = Raw<Shared<V>>;

/// What stands below an [`OrderedSet`](super::OrderedSet): a value of no bytes.
pub type RawSet = Raw<Inline<()>>;

/// An end of a range, encoded and owned.
pub type EncodedBound = Bound<KeyBuf>;

/// Copies the bytes of `key` into a buffer.
#[inline]
pub fn encoded<Q: EncodeKey + ?Sized>(key: &Q) -> KeyBuf {
    let mut buf = KeyBuf::new();
    key.encode_last(&mut buf);
    buf
}

/// Both ends of `range`, encoded.
#[inline]
pub fn encoded_range<Q: EncodeKey + ?Sized>(
    range: &impl RangeBounds<Q>,
) -> (EncodedBound, EncodedBound) {
    (
        range.start_bound().map(encoded),
        range.end_bound().map(encoded),
    )
}

/// The same end for the byte map.
#[inline]
pub fn as_range_bound(bound: &EncodedBound) -> RangeBound<'_> {
    RangeBound::from(bound.as_ref().map(KeyBuf::as_slice))
}

/// Reads a key that a typed map wrote.
///
/// # Panics
/// When `K` does not read back what it encoded, against the contract of [`Key`].
#[inline]
pub fn decoded<K: Key>(bytes: &[u8]) -> K {
    K::decode_last(bytes).expect("a Key decodes what it encoded")
}

/// What an iteration gives for an entry, and how it is read from the byte map without reading more.
pub trait Reading<S: Storage> {
    /// What the iteration yields.
    type Item;

    /// Visits the entries between the bounds in ascending order, as long as `visit` says so.
    fn ascending(
        map: &Raw<S>,
        bounds: (RangeBound<'_>, RangeBound<'_>),
        visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    );

    /// The same in descending order.
    fn descending(
        map: &Raw<S>,
        bounds: (RangeBound<'_>, RangeBound<'_>),
        visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    );
}

/// Reads keys with their values.
pub struct Pairs<K>(PhantomData<fn() -> K>);

/// Reads keys and leaves the values alone.
pub struct KeysOnly<K>(PhantomData<fn() -> K>);

/// Reads values and decodes no key.
pub struct ValuesOnly;

impl<K: Key, V: Send + Sync + 'static> Reading<Shared<V>> for Pairs<K> {
    type Item = (K, Arc<V>);

    #[inline]
    fn ascending(
        map: &RawMap<V>,
        (start, end): (RangeBound<'_>, RangeBound<'_>),
        mut visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    ) {
        map.scan(
            start,
            end,
            |key, value| visit(key, (decoded(key), value)),
            guard,
        );
    }

    #[inline]
    fn descending(
        map: &RawMap<V>,
        bounds: (RangeBound<'_>, RangeBound<'_>),
        mut visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    ) {
        ValuesOnly::descending(
            map,
            bounds,
            |key, value| visit(key, (decoded(key), value)),
            guard,
        );
    }
}

impl<K: Key, S: Storage> Reading<S> for KeysOnly<K> {
    type Item = K;

    #[inline]
    fn ascending(
        map: &Raw<S>,
        (start, end): (RangeBound<'_>, RangeBound<'_>),
        mut visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    ) {
        map.scan_ref(start, end, |key, _| visit(key, decoded(key)), guard);
    }

    #[inline]
    fn descending(
        map: &Raw<S>,
        (start, end): (RangeBound<'_>, RangeBound<'_>),
        mut visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    ) {
        map.scan_rev(start, end, |key, _| visit(key, decoded(key)), guard);
    }
}

impl<V: Send + Sync + 'static> Reading<Shared<V>> for ValuesOnly {
    type Item = Arc<V>;

    #[inline]
    fn ascending(
        map: &RawMap<V>,
        (start, end): (RangeBound<'_>, RangeBound<'_>),
        mut visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    ) {
        map.scan(start, end, |key, value| visit(key, value), guard);
    }

    #[inline]
    fn descending(
        map: &RawMap<V>,
        (start, end): (RangeBound<'_>, RangeBound<'_>),
        mut visit: impl FnMut(&[u8], Self::Item) -> bool,
        guard: &Guard<'_>,
    ) {
        let (key, origin) = origin(&end);
        let mut walk = Walk::new(map, guard);
        let mut more = walk.seek::<BACKWARD>(key, origin);
        while more && start.admits_from_below(walk.key()) {
            let Some(word) = walk.word() else { break };
            // SAFETY: the word was in the map under the guard.
            let value = unsafe { Shared::<V>::owned(word) };
            if !visit(walk.key(), value) {
                break;
            }
            more = walk.step::<BACKWARD>();
        }
    }
}
