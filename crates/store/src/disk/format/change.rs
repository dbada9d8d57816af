//! A transaction in the body of a frame: its changes, one after the other.

use super::{Input, put_varint};
use crate::disk::Error;

/// The most bytes that a key may have.
pub const MAX_KEY: usize = 1 << 16;

const REPLACE: u8 = 1;
const COLUMNS: u8 = 2;
const REMOVE: u8 = 3;

/// One change of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change<'a> {
    /// The key has this row from now on.
    Replace {
        /// The key.
        key: &'a [u8],
        /// The whole row, in the store's own encoding.
        row: &'a [u8],
    },
    /// Some columns of the key's row have these values from now on.
    Columns {
        /// The key.
        key: &'a [u8],
        /// Numbers of columns and their bytes.
        columns: &'a [(u32, &'a [u8])],
    },
    /// The key is gone.
    Remove {
        /// The key.
        key: &'a [u8],
    },
}

impl<'a> Change<'a> {
    /// The key that is changed.
    pub fn key(&self) -> &'a [u8] {
        match *self {
            Self::Replace { key, .. } | Self::Columns { key, .. } | Self::Remove { key } => key,
        }
    }
}

/// A transaction, read from the log.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    timestamp: u64,
    /// What follows the first byte of the frame's body; checked when the record was made.
    changes: &'a [u8],
}

impl<'a> Record<'a> {
    /// The transaction in `changes`, or `None` if that is not the encoding of one.
    pub(crate) fn decode(timestamp: u64, changes: &'a [u8]) -> Option<Self> {
        visit(changes, &mut |_, _| Ok::<_, ()>(()))?.ok()?;
        Some(Self { timestamp, changes })
    }

    /// The same, of bytes that [`decode`](Self::decode) has seen.
    pub(crate) fn checked(timestamp: u64, changes: &'a [u8]) -> Self {
        Self { timestamp, changes }
    }

    /// When it was committed.
    pub fn timestamp(&self) -> u64 {
        self.timestamp
    }

    /// Calls `each` with the changes, in the order in which they were appended.
    ///
    /// # Errors
    /// The first error of `each`, which ends the visit.
    pub fn for_each<E>(&self, mut each: impl FnMut(Change<'_>) -> Result<(), E>) -> Result<(), E> {
        visit(self.changes, &mut |_, change| each(change)).unwrap_or(Ok(()))
    }

    /// The same, each with where in the encoding it begins.
    pub(crate) fn for_each_at(&self, mut each: impl FnMut(usize, Change<'_>)) {
        let _ = visit(self.changes, &mut |at, change| {
            each(at, change);
            Ok::<_, ()>(())
        });
    }
}

/// Appends the encoding of `changes` to `out`.
pub(crate) fn encode(changes: &[Change<'_>], out: &mut Vec<u8>) -> Result<(), Error> {
    put_varint(out, length("number of changes", changes.len())?);
    for change in changes {
        let kind = match change {
            Change::Replace { .. } => REPLACE,
            Change::Columns { .. } => COLUMNS,
            Change::Remove { .. } => REMOVE,
        };
        let key = change.key();
        check_key(key)?;
        out.push(kind);
        put_varint(out, key.len() as u32);
        out.extend_from_slice(key);
        match *change {
            Change::Replace { row, .. } => put_bytes(out, "a row", row)?,
            Change::Columns { columns, .. } => {
                put_varint(out, length("number of columns", columns.len())?);
                for &(column, bytes) in columns {
                    put_varint(out, column);
                    put_bytes(out, "a column", bytes)?;
                }
            }
            Change::Remove { .. } => {}
        }
    }
    Ok(())
}

/// Refuses a key that is too long.
pub(crate) fn check_key(key: &[u8]) -> Result<(), Error> {
    if key.len() <= MAX_KEY {
        return Ok(());
    }
    Err(Error::TooLarge {
        what: "a key",
        length: key.len() as u64,
        limit: MAX_KEY as u64,
    })
}

fn put_bytes(out: &mut Vec<u8>, what: &'static str, bytes: &[u8]) -> Result<(), Error> {
    put_varint(out, length(what, bytes.len())?);
    out.extend_from_slice(bytes);
    Ok(())
}

fn length(what: &'static str, length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::TooLarge {
        what,
        length: length as u64,
        limit: u64::from(u32::MAX),
    })
}

/// Reads a change; `None` if it is not one. Its columns are listed in `columns`.
fn read_change<'a, 'c>(
    input: &mut Input<'a>,
    columns: &'c mut Vec<(u32, &'a [u8])>,
) -> Option<Change<'c>>
where
    'a: 'c,
{
    let kind = input.u8()?;
    let key = input.bytes()?;
    if key.len() > MAX_KEY {
        return None;
    }
    Some(match kind {
        REPLACE => Change::Replace {
            key,
            row: input.bytes()?,
        },
        COLUMNS => {
            columns.clear();
            for _ in 0..input.varint()? {
                columns.push((input.varint()?, input.bytes()?));
            }
            Change::Columns { key, columns }
        }
        REMOVE => Change::Remove { key },
        _ => return None,
    })
}

/// The change at the front of `bytes`.
pub(crate) fn change_at<'a, 'c>(
    bytes: &'a [u8],
    columns: &'c mut Vec<(u32, &'a [u8])>,
) -> Option<Change<'c>>
where
    'a: 'c,
{
    read_change(&mut Input(bytes), columns)
}

/// The key of the change at the front of `bytes`.
pub(crate) fn key_at(bytes: &[u8]) -> Option<&[u8]> {
    Input(bytes.get(1..)?).bytes()
}

/// Visits the changes in `bytes`, each with where it begins; `None` once these are not an encoding.
fn visit<E>(
    bytes: &[u8],
    each: &mut impl FnMut(usize, Change<'_>) -> Result<(), E>,
) -> Option<Result<(), E>> {
    let mut input = Input(bytes);
    let mut columns = Vec::new();
    for _ in 0..input.varint()? {
        let at = bytes.len() - input.0.len();
        if let Err(error) = each(at, read_change(&mut input, &mut columns)?) {
            return Some(Err(error));
        }
    }
    input.0.is_empty().then_some(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGES: [Change<'static>; 4] = [
        Change::Replace {
            key: b"a",
            row: b"row",
        },
        Change::Columns {
            key: b"",
            columns: &[(0, b"zero"), (300, b"")],
        },
        Change::Remove { key: b"gone" },
        Change::Columns {
            key: b"none",
            columns: &[],
        },
    ];

    #[test]
    fn changes_come_back() {
        let mut out = Vec::new();
        encode(&CHANGES, &mut out).unwrap();
        let record = Record::decode(9, &out).unwrap();
        let mut seen = 0;
        record
            .for_each(|change| {
                assert_eq!(change, CHANGES[seen]);
                seen += 1;
                Ok::<_, ()>(())
            })
            .unwrap();
        assert_eq!((seen, record.timestamp()), (CHANGES.len(), 9));
    }

    #[test]
    fn no_part_of_an_encoding_is_one() {
        let mut out = Vec::new();
        encode(&CHANGES, &mut out).unwrap();
        for length in 0..out.len() {
            assert!(Record::decode(1, &out[..length]).is_none());
        }
        out.push(0);
        assert!(Record::decode(1, &out).is_none());
    }

    #[test]
    fn a_number_of_changes_that_is_not_there_costs_nothing() {
        assert!(Record::decode(1, &[0xff, 0xff, 0xff, 0xff, 0x0f]).is_none());
        assert!(Record::decode(1, &[1, COLUMNS, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]).is_none());
    }

    #[test]
    fn long_keys_are_refused() {
        let key = vec![0; MAX_KEY + 1];
        let mut out = Vec::new();
        assert!(encode(&[Change::Remove { key: &key[1..] }], &mut out).is_ok());
        let error = encode(&[Change::Remove { key: &key }], &mut out).unwrap_err();
        assert!(matches!(error, Error::TooLarge { what: "a key", .. }));
    }
}
