//! Replies as values of their own, checked against what was asked.

use crate::error::{Error, Failure};
use crate::request::Expectation;
use crate::row::{Entry, Row};
use masstree_protocol::{Body, Command, Int, List, Row as Cell, Scalar, Written};
use std::fmt;

/// What a request brought back. The methods of [`Commands`](crate::Commands) take it apart.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Response {
    /// GET: the row, if there is one.
    Row(Option<Row>),
    /// SCAN and RANGE.
    Entries(Vec<Entry>),
    /// PUT and REPLACE.
    Written(Written),
    /// REMOVE: whether the key was there.
    Removed(bool),
    /// BEGIN: the snapshot that is read.
    Began(u64),
    /// COMMIT: when the changes became visible.
    Committed(u64),
    /// MGET: a row for each key.
    Rows(Vec<Option<Row>>),
    /// CAS.
    Swap(Swap),
    /// STATS.
    Stats(Vec<(String, Stat)>),
    /// CHECKPOINT, ABORT, PING, SYNC.
    Done,
}

/// What a compare-and-set found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// What was expected; the new value is there now.
    Done,
    /// Something else, or nothing; it is still there.
    Differs(Option<Row>),
}

/// A number or text among the server's statistics.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Stat {
    /// Nothing known.
    Nil,
    /// Yes or no.
    Bool(bool),
    /// An integer.
    Int(Int),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(String),
}

impl Stat {
    /// The value as an integer, if it is one of 0 or more.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) => value.as_u64(),
            _ => None,
        }
    }
}

impl fmt::Display for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("-"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

impl From<Scalar<'_>> for Stat {
    fn from(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Nil => Self::Nil,
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Int(value) => Self::Int(value),
            Scalar::Float(value) => Self::Float(value),
            Scalar::Bytes(value) => Self::Text(text(value)),
        }
    }
}

/// A server's words, which need not be UTF-8.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Response {
    /// Takes the results of a reply: a response, or an error of this request alone.
    pub(crate) fn take(
        expected: Expectation,
        body: &Body<'_>,
    ) -> Result<Result<Self, Error>, Failure> {
        let command = expected.command;
        let wrong = || Failure::WrongReply { command };
        let response = match (command, body) {
            (_, Body::Error(why)) => {
                let why = text(why);
                return Ok(Err(Error::Refused { command, why }));
            }
            (Command::Commit, Body::Conflict(key)) => {
                let key = key.to_vec();
                return Ok(Err(Error::Conflict { key }));
            }
            (Command::Get, Body::Missing) => Self::Row(None),
            (Command::Get, Body::Row(cells)) => {
                if expected.rows != 0 && cells.len() != expected.rows {
                    return Err(wrong());
                }
                Self::Row(Some(Row::from_cells(cells)))
            }
            (Command::Scan, Body::Scan(list)) | (Command::Range, Body::Range(list)) => {
                Self::Entries(entries(list, expected).ok_or_else(wrong)?)
            }
            (Command::Put | Command::Replace, Body::Written(written)) => Self::Written(*written),
            (Command::Remove, Body::Removed(removed)) => Self::Removed(*removed),
            (Command::Begin, Body::Began(snapshot)) => Self::Began(*snapshot),
            (Command::Commit, Body::Committed(at)) => Self::Committed(*at),
            (Command::Mget, Body::Rows(list)) if list.len() == expected.rows => {
                Self::Rows(list.rows().map(present).collect())
            }
            (Command::Cas, Body::Swapped) => Self::Swap(Swap::Done),
            (Command::Cas, Body::Differs(actual)) => Self::Swap(Swap::Differs(present(*actual))),
            (Command::Stats, Body::Stats(fields)) => Self::Stats(
                fields
                    .iter()
                    .map(|(name, value)| (text(name), value.into()))
                    .collect(),
            ),
            (Command::Checkpoint, Body::CheckpointStarted)
            | (Command::Abort, Body::Aborted)
            | (Command::Ping, Body::Pong)
            | (Command::Sync, Body::Synced) => Self::Done,
            _ => return Err(wrong()),
        };
        Ok(Ok(response))
    }

    /// What every accessor says of a response to another command. It is not the server's fault, but that of who asked.
    fn mismatch<T>(self, command: Command) -> Result<T, Error> {
        Err(Error::Refused {
            command,
            why: format!("the response is another: {self:?}"),
        })
    }

    /// The row of a GET.
    ///
    /// # Errors
    /// [`Error::Refused`] if this is the response to another command; so for all methods here.
    pub fn into_row(self) -> Result<Option<Row>, Error> {
        match self {
            Self::Row(row) => Ok(row),
            other => other.mismatch(Command::Get),
        }
    }

    /// The rows of a SCAN or RANGE.
    ///
    /// # Errors
    /// If this is the response to another command.
    pub fn into_entries(self) -> Result<Vec<Entry>, Error> {
        match self {
            Self::Entries(entries) => Ok(entries),
            other => other.mismatch(Command::Range),
        }
    }

    /// What a PUT or REPLACE found.
    ///
    /// # Errors
    /// If this is the response to another command.
    pub fn into_written(self) -> Result<Written, Error> {
        match self {
            Self::Written(written) => Ok(written),
            other => other.mismatch(Command::Put),
        }
    }

    /// Whether a REMOVE found the key.
    ///
    /// # Errors
    /// If this is the response to another command.
    pub fn into_removed(self) -> Result<bool, Error> {
        match self {
            Self::Removed(removed) => Ok(removed),
            other => other.mismatch(Command::Remove),
        }
    }

    /// The rows of an MGET.
    ///
    /// # Errors
    /// If this is the response to another command.
    pub fn into_rows(self) -> Result<Vec<Option<Row>>, Error> {
        match self {
            Self::Rows(rows) => Ok(rows),
            other => other.mismatch(Command::Mget),
        }
    }

    /// What a CAS found.
    ///
    /// # Errors
    /// If this is the response to another command.
    pub fn into_swap(self) -> Result<Swap, Error> {
        match self {
            Self::Swap(swap) => Ok(swap),
            other => other.mismatch(Command::Cas),
        }
    }

    /// The names and values of STATS.
    ///
    /// # Errors
    /// If this is the response to another command.
    pub fn into_stats(self) -> Result<Vec<(String, Stat)>, Error> {
        match self {
            Self::Stats(stats) => Ok(stats),
            other => other.mismatch(Command::Stats),
        }
    }

    /// The time of a BEGIN's snapshot or of a COMMIT.
    ///
    /// # Errors
    /// If this is the response to another command.
    pub fn into_time(self) -> Result<u64, Error> {
        match self {
            Self::Began(time) | Self::Committed(time) => Ok(time),
            other => other.mismatch(Command::Begin),
        }
    }
}

fn present(cell: Cell<'_>) -> Option<Row> {
    (cell != Cell::Absent).then(|| Row::from_cell(cell))
}

/// The rows of a list, if there are no more than asked for and keys are where they should be.
fn entries(list: &List<'_>, expected: Expectation) -> Option<Vec<Entry>> {
    let (rows, well_formed) = if expected.keys_only {
        (list.len(), list.is_keys())
    } else {
        (list.len() / 2, list.is_paired())
    };
    if !well_formed || rows > expected.rows {
        return None;
    }
    Some(if expected.keys_only {
        let without_row = |key: &[u8]| Entry {
            key: key.to_vec(),
            row: Row::from_columns([None]),
        };
        list.keys().map(without_row).collect()
    } else {
        let with_row = |(key, row): (&[u8], Cell<'_>)| Entry {
            key: key.to_vec(),
            row: Row::from_cell(row),
        };
        list.pairs().map(with_row).collect()
    })
}
