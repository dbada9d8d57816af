//! Commands, and the numbers that stand for them.

use std::fmt;

/// What a request asks for. The reply carries the number plus one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Command {
    /// Read a row or some of its columns.
    Get = 2,
    /// Read rows in ascending order.
    Scan = 4,
    /// Set columns of a row.
    Put = 6,
    /// Make a row one column.
    Replace = 8,
    /// Remove a row.
    Remove = 10,
    /// Start a checkpoint.
    Checkpoint = 12,
    /// The first request of a connection.
    Handshake = 14,
    /// Start a transaction.
    Begin = 16,
    /// Make a transaction's changes visible.
    Commit = 18,
    /// Forget a transaction's changes.
    Abort = 20,
    /// Read several rows of one snapshot.
    Mget = 22,
    /// Read rows between two keys, in either order.
    Range = 24,
    /// Set a row if it is as expected.
    Cas = 26,
    /// What the server counts.
    Stats = 28,
    /// Nothing, for a sign of life.
    Ping = 30,
    /// Wait until what was acknowledged is on disk.
    Sync = 32,
}

impl Command {
    /// All of them, by number.
    pub const ALL: [Self; 16] = [
        Self::Get,
        Self::Scan,
        Self::Put,
        Self::Replace,
        Self::Remove,
        Self::Checkpoint,
        Self::Handshake,
        Self::Begin,
        Self::Commit,
        Self::Abort,
        Self::Mget,
        Self::Range,
        Self::Cas,
        Self::Stats,
        Self::Ping,
        Self::Sync,
    ];

    /// The number in a request.
    #[inline]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The number in its reply.
    #[inline]
    pub const fn reply_code(self) -> u8 {
        self as u8 + 1
    }

    /// The command with this number.
    #[inline]
    pub fn from_code(code: u64) -> Option<Self> {
        if code % 2 == 1 {
            return None;
        }
        let index = usize::try_from(code / 2).ok()?.checked_sub(1)?;
        Self::ALL.get(index).copied()
    }

    /// Whether only clients with `"proto": 2` in their handshake may use it.
    #[inline]
    pub const fn is_extension(self) -> bool {
        self as u8 > Self::Handshake as u8
    }

    /// The name, in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Scan => "SCAN",
            Self::Put => "PUT",
            Self::Replace => "REPLACE",
            Self::Remove => "REMOVE",
            Self::Checkpoint => "CHECKPOINT",
            Self::Handshake => "HANDSHAKE",
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Abort => "ABORT",
            Self::Mget => "MGET",
            Self::Range => "RANGE",
            Self::Cas => "CAS",
            Self::Stats => "STATS",
            Self::Ping => "PING",
            Self::Sync => "SYNC",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The numbers by which a reply says how a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i8)]
pub enum ResultCode {
    /// There is no such key.
    NotFound = -2,
    /// Try again: another transaction came first. In place of a reply code, -1 means an error.
    Retry = -1,
    /// Unused; the C++ server has it.
    OutOfDate = 0,
    /// The key is new.
    Inserted = 1,
    /// The key was there.
    Updated = 2,
    /// Unused; the C++ server has it.
    Found = 3,
    /// Unused; the C++ server has it.
    ScanDone = 4,
}

impl ResultCode {
    /// The number.
    #[inline]
    pub const fn code(self) -> i8 {
        self as i8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_commands_and_nothing_else() {
        for command in Command::ALL {
            assert_eq!(Command::from_code(command.code().into()), Some(command));
            assert_eq!(Command::from_code(command.reply_code().into()), None);
        }
        for code in [0, 1, 33, 34, u64::MAX, u64::MAX - 1] {
            assert_eq!(Command::from_code(code), None);
        }
    }
}
