//! How large a message and its parts may be. All limits are inclusive.

/// The most that `max_key` can be set to, in bytes.
pub const LONGEST_KEY: usize = 64 << 10;

/// The most that a message may take before the handshake is through, in bytes.
pub const GREETING_BYTES: usize = 64 << 10;

/// How deep arrays and maps may nest; a message's own array is the first.
pub const MAX_DEPTH: usize = 8;

/// What a decoder takes.
///
/// A message that breaks `max_message` or `max_elements` is malformed and ends the connection. A key, value or column over its own
/// limit is an error of that request alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest message, and longest declared length in one, in bytes.
    pub max_message: usize,
    /// Most elements of one array, and most pairs of one map.
    pub max_elements: usize,
    /// Longest key, in bytes.
    pub max_key: usize,
    /// Longest value of one column, in bytes.
    pub max_value: usize,
    /// Columns run from 0 to one less than this.
    pub max_columns: usize,
}

impl Limits {
    /// What a client takes of a server: replies may be longer than requests.
    pub const fn for_replies() -> Self {
        Self {
            max_message: 64 << 20,
            max_elements: 64 << 20,
            max_key: LONGEST_KEY,
            max_value: 64 << 20,
            max_columns: 1 << 20,
        }
    }

    /// The longest str or bin that a request can need.
    pub(crate) fn longest_bytes(&self) -> usize {
        self.max_key.max(self.max_value)
    }
}

impl Default for Limits {
    /// What a server takes of a client unless told otherwise.
    fn default() -> Self {
        Self {
            max_message: 32 << 20,
            max_elements: 1_000_000,
            max_key: 1024,
            max_value: 16 << 20,
            max_columns: 1024,
        }
    }
}
