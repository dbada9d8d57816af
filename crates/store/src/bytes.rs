//! Bytes that are owned: short ones lie where they are kept, longer ones behind a shared pointer, so that a copy never copies much.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// So many need no allocation.
pub(crate) const SHORT: usize = 22;

/// See the module.
#[derive(Clone)]
pub(crate) enum Bytes {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Arc<[u8]>),
}

const _: () = assert!(size_of::<Option<Bytes>>() == 24);

impl Bytes {
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => &bytes[..usize::from(*len)],
            Self::Long(bytes) => bytes,
        }
    }

    /// Bytes allocated beside where it lies.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Short { .. } => 0,
            Self::Long(bytes) => bytes.len() + 2 * size_of::<usize>(),
        }
    }
}

impl From<&[u8]> for Bytes {
    #[inline]
    fn from(from: &[u8]) -> Self {
        if from.len() > SHORT {
            return Self::Long(from.into());
        }
        let mut bytes = [0; SHORT];
        bytes[..from.len()].copy_from_slice(from);
        let len = from.len() as u8;
        Self::Short { len, bytes }
    }
}

impl Borrow<[u8]> for Bytes {
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for Bytes {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // What lies behind the end of short ones is zero, so this is one comparison of known size.
            (Self::Short { len, bytes }, Self::Short { len: n, bytes: b }) => {
                (len, bytes) == (n, b)
            }
            (Self::Long(bytes), Self::Long(others)) => bytes == others,
            _ => false,
        }
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.as_slice().escape_ascii())
    }
}
