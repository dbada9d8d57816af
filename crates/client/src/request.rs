//! Requests as values: what each is written as, what may come back, and whether it may be sent twice.

use crate::error::Error;
use masstree_protocol::{Abilities, Command, Int, Limits, Range, RequestWriter, Transaction};

/// What is not counted of a request's size: numbers, and lengths in front of keys and values.
const OVERHEAD: usize = 16;

/// A request, borrowed from its keys and values. [`Commands`](crate::Commands) has a method for each.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Request<'a> {
    /// Read a row.
    Get {
        /// The key.
        key: &'a [u8],
        /// Which columns; none for all.
        columns: &'a [usize],
    },
    /// Read rows in ascending order.
    Scan {
        /// Where to begin, inclusive.
        first: &'a [u8],
        /// Most rows.
        count: u64,
        /// Which columns; none for all.
        columns: &'a [usize],
    },
    /// Set columns.
    Put {
        /// The key.
        key: &'a [u8],
        /// Columns and their values.
        changes: &'a [(usize, &'a [u8])],
    },
    /// Make a row one column.
    Replace {
        /// The key.
        key: &'a [u8],
        /// The column.
        value: &'a [u8],
    },
    /// Remove a row.
    Remove {
        /// The key.
        key: &'a [u8],
    },
    /// Start a checkpoint.
    Checkpoint,
    /// Start a transaction on this connection.
    Begin(Transaction),
    /// End the transaction, and make its changes visible.
    Commit,
    /// End the transaction, and forget its changes.
    Abort,
    /// Read several rows of one snapshot.
    Mget {
        /// The keys.
        keys: &'a [&'a [u8]],
    },
    /// Read rows between two keys, in either order.
    Range(Range<'a, &'a [usize]>),
    /// Set a row of one column if it is as expected; nothing stands for no such key.
    Cas {
        /// The key.
        key: &'a [u8],
        /// What must be there.
        expected: Option<&'a [u8]>,
        /// What shall be there.
        new: Option<&'a [u8]>,
    },
    /// What the server counts.
    Stats,
    /// A sign of life.
    Ping,
    /// Wait until everything acknowledged is on disk.
    Sync,
}

impl<'a> Request<'a> {
    /// Reads a whole row.
    pub fn get(key: &'a [u8]) -> Self {
        Self::Get { key, columns: &[] }
    }

    /// The command.
    pub fn command(&self) -> Command {
        match self {
            Self::Get { .. } => Command::Get,
            Self::Scan { .. } => Command::Scan,
            Self::Put { .. } => Command::Put,
            Self::Replace { .. } => Command::Replace,
            Self::Remove { .. } => Command::Remove,
            Self::Checkpoint => Command::Checkpoint,
            Self::Begin(_) => Command::Begin,
            Self::Commit => Command::Commit,
            Self::Abort => Command::Abort,
            Self::Mget { .. } => Command::Mget,
            Self::Range(_) => Command::Range,
            Self::Cas { .. } => Command::Cas,
            Self::Stats => Command::Stats,
            Self::Ping => Command::Ping,
            Self::Sync => Command::Sync,
        }
    }

    /// Whether it changes nothing, so that sending it twice does no harm.
    pub fn is_read(&self) -> bool {
        matches!(
            self,
            Self::Get { .. }
                | Self::Scan { .. }
                | Self::Mget { .. }
                | Self::Range(_)
                | Self::Stats
                | Self::Ping
                | Self::Sync
        )
    }

    /// Whether it is sent again after `error`, outside a transaction.
    pub(crate) fn may_repeat(&self, error: &Error, retry_writes: bool) -> bool {
        if error.is_timeout() {
            return false;
        }
        match error {
            Error::Lost { maybe_done, .. } => {
                let same_twice = matches!(
                    self,
                    Self::Put { .. } | Self::Replace { .. } | Self::Remove { .. }
                );
                !maybe_done || self.is_read() || (retry_writes && same_twice)
            }
            _ => false,
        }
    }

    /// About how many bytes it takes, never too few by more than the overhead.
    pub(crate) fn size(&self) -> usize {
        let inner = match self {
            Self::Get { key, columns } => key.len() + 9 * columns.len(),
            Self::Scan { first, columns, .. } => first.len() + 9 * columns.len(),
            Self::Put { key, changes } => changes
                .iter()
                .fold(key.len(), |sum, (_, value)| sum + value.len() + 14),
            Self::Replace { key, value } => key.len() + value.len(),
            Self::Remove { key } => key.len(),
            Self::Mget { keys } => keys.iter().map(|key| key.len() + 5).sum(),
            Self::Range(range) => {
                let bounds = [range.from, range.to, range.prefix];
                let bounds = bounds.iter().flatten().map(|bound| bound.len());
                64 + bounds.sum::<usize>() + 9 * range.columns.len()
            }
            Self::Cas { key, expected, new } => {
                key.len() + expected.map_or(0, <[u8]>::len) + new.map_or(0, <[u8]>::len)
            }
            _ => 32,
        };
        inner + OVERHEAD
    }

    /// How many elements its largest array has.
    fn elements(&self) -> usize {
        4 + match self {
            Self::Get { columns, .. } | Self::Scan { columns, .. } => columns.len(),
            Self::Put { changes, .. } => 2 * changes.len(),
            Self::Mget { keys } => keys.len(),
            Self::Range(range) => range.columns.len(),
            _ => 0,
        }
    }

    /// Refuses what the server would close the connection for, with everything else that is in flight on it.
    pub(crate) fn check(&self, abilities: Option<&Abilities>) -> Result<(), Error> {
        let command = self.command();
        if command.is_extension() && abilities.is_none_or(|abilities| abilities.proto < 2) {
            return Err(Error::Unsupported { command });
        }
        let limits = Limits::default();
        let max_bytes = abilities.map_or(limits.max_message, |abilities| {
            usize::try_from(abilities.max_message).unwrap_or(usize::MAX)
        });
        let measures = [
            (self.size(), "bytes", max_bytes.min(u32::MAX as usize)),
            (self.elements(), "elements", limits.max_elements),
        ];
        for (size, unit, limit) in measures {
            if size > limit {
                return Err(Error::TooLarge { size, unit, limit });
            }
        }
        Ok(())
    }

    /// Appends the bytes.
    pub(crate) fn write(&self, seq: Int, out: &mut Vec<u8>) {
        let mut writer = RequestWriter::new(out);
        match *self {
            Self::Get { key, columns } => writer.get(seq, key, columns),
            Self::Scan {
                first,
                count,
                columns,
            } => writer.scan(seq, first, count, columns),
            Self::Put { key, changes } => writer.put(seq, key, changes),
            Self::Replace { key, value } => writer.replace(seq, key, value),
            Self::Remove { key } => writer.remove(seq, key),
            Self::Begin(transaction) => writer.begin(seq, transaction),
            Self::Mget { keys } => writer.mget(seq, keys),
            Self::Range(ref range) => writer.range(seq, range),
            Self::Cas { key, expected, new } => writer.cas(seq, key, expected, new),
            Self::Checkpoint
            | Self::Commit
            | Self::Abort
            | Self::Stats
            | Self::Ping
            | Self::Sync => writer.plain(seq, self.command()),
        }
    }

    /// What its reply is judged by.
    pub(crate) fn expectation(&self) -> Expectation {
        let most = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let (rows, keys_only) = match self {
            Self::Get { columns, .. } => (columns.len(), false),
            Self::Scan { count, .. } => (most(*count), false),
            Self::Mget { keys } => (keys.len(), false),
            Self::Range(range) => (range.count.map_or(usize::MAX, most), range.keys_only),
            _ => (0, false),
        };
        Expectation {
            command: self.command(),
            rows,
            keys_only,
        }
    }
}

/// What a reply must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expectation {
    pub(crate) command: Command,
    /// GET: how many columns were named. MGET: how many rows there must be. SCAN, RANGE: how many at most.
    pub(crate) rows: usize,
    /// RANGE: whether keys come alone.
    pub(crate) keys_only: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Failure;
    use std::sync::Arc;

    #[test]
    fn sizes_are_never_too_small() {
        let long = vec![7; 70_000];
        let keys: Vec<&[u8]> = vec![b"k"; 300];
        let columns: Vec<usize> = (0..300).map(|column| column << 40).collect();
        let changes: Vec<(usize, &[u8])> =
            (0..20).map(|column| (column << 40, &long[..])).collect();
        let range = Range {
            from: Some(&long[..]),
            to: Some(&long),
            prefix: Some(&long),
            reverse: true,
            keys_only: true,
            count: Some(u64::MAX),
            columns: &columns[..],
        };
        for request in [
            Request::Get {
                key: &long,
                columns: &columns,
            },
            Request::Put {
                key: &long,
                changes: &changes,
            },
            Request::Mget { keys: &keys },
            Request::Range(range),
            Request::Replace {
                key: b"",
                value: b"",
            },
            Request::Begin(Transaction::default()),
        ] {
            let mut out = Vec::new();
            request.write(u64::MAX.into(), &mut out);
            assert!(out.len() <= request.size() + 64, "{:?}", request.command());
        }
    }

    #[test]
    fn only_what_does_no_harm_is_repeated() {
        let lost = |maybe_done, because| Error::Lost {
            maybe_done,
            because: Arc::new(because),
        };
        let read = Request::get(b"k");
        let write = Request::Remove { key: b"k" };
        let cas = Request::Cas {
            key: b"k",
            expected: None,
            new: None,
        };
        assert!(read.may_repeat(&lost(true, Failure::Ended), false));
        assert!(!write.may_repeat(&lost(true, Failure::Ended), false));
        assert!(write.may_repeat(&lost(true, Failure::Ended), true));
        assert!(!cas.may_repeat(&lost(true, Failure::Ended), true));
        assert!(cas.may_repeat(&lost(false, Failure::Ended), false));
        assert!(!read.may_repeat(&lost(true, Failure::TimedOut), true));
        assert!(!read.may_repeat(&Error::PipelineFull, true));
    }
}
