//! What can go wrong, as values.

/// Longest key that the map takes, in bytes: 64 KiB.
pub const MAX_KEY_LEN: usize = 64 * 1024;

/// Why an insert was refused. The map is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InsertError {
    /// The key is longer than [`MAX_KEY_LEN`].
    #[error("key of {len} bytes is longer than the limit of {MAX_KEY_LEN}")]
    KeyTooLong {
        /// Length of the key that was given, in bytes.
        len: usize,
    },
    /// The allocator had no memory for a node.
    #[error("out of memory")]
    OutOfMemory,
    /// The map would grow over the limit that it was made with.
    #[error("the map's memory limit of {limit} bytes is reached")]
    LimitReached {
        /// The limit, in bytes.
        limit: usize,
    },
}

/// Why a remove was refused.
///
/// No remove is refused today: removing needs no memory, and a key that is too long is simply not there. The type leaves room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {}
