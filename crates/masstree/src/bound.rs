//! One end of a range of byte keys.

use std::ops::Bound;

/// One end of a range: std's [`Bound`] over byte slices, under the name that this map's users know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RangeBound<'a> {
    /// The range goes to this key and holds it.
    Included(&'a [u8]),
    /// The range goes to this key and does not hold it.
    Excluded(&'a [u8]),
    /// The range has no end on this side.
    #[default]
    Unbounded,
}

impl<'a> From<Bound<&'a [u8]>> for RangeBound<'a> {
    fn from(bound: Bound<&'a [u8]>) -> Self {
        match bound {
            Bound::Included(key) => Self::Included(key),
            Bound::Excluded(key) => Self::Excluded(key),
            Bound::Unbounded => Self::Unbounded,
        }
    }
}

impl RangeBound<'_> {
    /// Whether `key` lies inside of a range that starts here.
    #[inline]
    pub(crate) fn admits_from_below(&self, key: &[u8]) -> bool {
        match *self {
            Self::Included(start) => key >= start,
            Self::Excluded(start) => key > start,
            Self::Unbounded => true,
        }
    }

    /// Whether `key` lies inside of a range that ends here.
    #[inline]
    pub(crate) fn admits_from_above(&self, key: &[u8]) -> bool {
        match *self {
            Self::Included(end) => key <= end,
            Self::Excluded(end) => key < end,
            Self::Unbounded => true,
        }
    }

    /// The bound with its key copied.
    pub(crate) fn to_owned_bound(self) -> Bound<Vec<u8>> {
        match self {
            Self::Included(key) => Bound::Included(key.to_vec()),
            Self::Excluded(key) => Bound::Excluded(key.to_vec()),
            Self::Unbounded => Bound::Unbounded,
        }
    }
}
