//! What a map must offer to take part.
//!
//! A [`Contestant`] is the map; a [`Session`] is one thread's way in, with whatever guard the map uses, and lives for one
//! block of operations. Keys are always byte slices and values `u64`. Every loop of this crate is generic over the contestant, so that
//! each map's own code is inlined into it and no call goes through a table of functions.

/// An ordered map that takes part.
pub trait Contestant: Send + Sync + Sized + 'static {
    /// The longest key that the map takes, in bytes.
    const MAX_KEY_LEN: usize = usize::MAX;
    /// Whether the map walks in descending order.
    const REVERSE: bool = true;
    /// Whether the map has a lookup of many keys in one call.
    const GET_MANY: bool = false;
    /// Whether the map is only a measure of what the machine allows: built once, sorted, never changed.
    const READ_ONLY: bool = false;

    /// One thread's way in.
    type Session<'m>: Session
    where
        Self: 'm;

    /// An empty map.
    fn new() -> Self;

    /// A map that holds `pairs`, which are sorted by key. Called for read-only contestants alone.
    fn from_sorted<'k>(_pairs: impl Iterator<Item = (&'k [u8], u64)>) -> Self {
        Self::new()
    }

    /// Opens a session for one block of operations.
    fn session(&self) -> Self::Session<'_>;
}

/// One thread's way into a map. Scans start at `from`, inclusive, or at the end of the map.
pub trait Session {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Option<u64>;

    /// The values of all `keys`, given to `visit` in order.
    #[inline]
    fn get_many(&self, keys: &[&[u8]], mut visit: impl FnMut(usize, Option<u64>)) {
        for (i, key) in keys.iter().enumerate() {
            visit(i, self.get(key));
        }
    }

    /// Sets the value of `key`, whether it was there or not.
    fn insert(&self, key: &[u8], value: u64);

    /// Takes `key` away; whether it was there.
    fn remove(&self, key: &[u8]) -> bool;

    /// Visits at most `limit` entries in ascending order until `visit` returns false.
    fn scan(&self, from: Option<&[u8]>, limit: usize, visit: impl FnMut(&[u8], u64) -> bool);

    /// Visits the values of at most `limit` entries in ascending order.
    #[inline]
    fn scan_values(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(u64)) {
        self.scan(from, limit, |_, value| {
            visit(value);
            true
        });
    }

    /// Visits at most `limit` entries in descending order until `visit` returns false.
    fn scan_rev(&self, from: Option<&[u8]>, limit: usize, visit: impl FnMut(&[u8], u64) -> bool);

    /// Visits the entries from `start` up to `end`, which is left out.
    #[inline]
    fn scan_range(&self, start: &[u8], end: &[u8], mut visit: impl FnMut(&[u8], u64)) {
        self.scan(Some(start), usize::MAX, |key, value| {
            let inside = key < end;
            if inside {
                visit(key, value);
            }
            inside
        });
    }

    /// Visits the entries whose keys begin with `prefix`.
    #[inline]
    fn scan_prefix(&self, prefix: &[u8], mut visit: impl FnMut(&[u8], u64)) {
        self.scan(Some(prefix), usize::MAX, |key, value| {
            let inside = key.starts_with(prefix);
            if inside {
                visit(key, value);
            }
            inside
        });
    }
}

/// The key type that a map generic over its keys holds: integers where all keys have 8 bytes, boxed bytes otherwise.
pub trait PeerKey: Ord + Clone + Send + Sync + 'static {
    /// What a lookup is given.
    type Query: ?Sized + Ord;

    /// A key to hold.
    fn owned(key: &[u8]) -> Self;

    /// Calls `run` with the key as a lookup wants it.
    fn query<R>(key: &[u8], run: impl FnOnce(&Self::Query) -> R) -> R;

    /// Calls `run` with the bytes of the key.
    fn bytes<R>(&self, run: impl FnOnce(&[u8]) -> R) -> R;
}

/// Reads an 8-byte key as the integer that sorts like it. Shorter or longer keys are never given to an integer map.
#[inline]
pub(crate) fn as_integer(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(key);
    u64::from_be_bytes(bytes)
}

impl PeerKey for u64 {
    type Query = u64;

    #[inline]
    fn owned(key: &[u8]) -> Self {
        as_integer(key)
    }

    #[inline]
    fn query<R>(key: &[u8], run: impl FnOnce(&u64) -> R) -> R {
        run(&as_integer(key))
    }

    #[inline]
    fn bytes<R>(&self, run: impl FnOnce(&[u8]) -> R) -> R {
        run(&self.to_be_bytes())
    }
}

impl PeerKey for Box<[u8]> {
    type Query = [u8];

    #[inline]
    fn owned(key: &[u8]) -> Self {
        key.into()
    }

    #[inline]
    fn query<R>(key: &[u8], run: impl FnOnce(&[u8]) -> R) -> R {
        run(key)
    }

    #[inline]
    fn bytes<R>(&self, run: impl FnOnce(&[u8]) -> R) -> R {
        run(self)
    }
}

impl PeerKey for Vec<u8> {
    type Query = [u8];

    #[inline]
    fn owned(key: &[u8]) -> Self {
        key.to_vec()
    }

    #[inline]
    fn query<R>(key: &[u8], run: impl FnOnce(&[u8]) -> R) -> R {
        run(key)
    }

    #[inline]
    fn bytes<R>(&self, run: impl FnOnce(&[u8]) -> R) -> R {
        run(self)
    }
}
