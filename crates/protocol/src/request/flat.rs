//! The short way: plain commands whose arguments are right and nest nothing, read in one pass without a scan before it.
//!
//! It says no to everything else, whatever the reason, and has no errors to carry about; the long way then finds out what it is. That
//! makes it several times as fast for the requests that a server sees most.

use super::{Assignments, Columns, Request};
use crate::msgpack::read::Reader;
use crate::{Command, Limits};

/// Reads `count` arguments of the command, all of them.
#[inline]
pub(crate) fn decode_flat<'a>(
    command: Command,
    reader: &mut Reader<'a>,
    count: usize,
    limits: &Limits,
) -> Option<Request<'a>> {
    let more = count.checked_sub(1)?;
    if command.code() > Command::Remove.code() {
        return None;
    }
    let key = reader.str_or_bin()?;
    if key.len() > limits.max_key {
        return None;
    }
    match (command, more) {
        (Command::Get, _) => {
            let columns = columns(reader, more, limits)?;
            Some(Request::Get { key, columns })
        }
        (Command::Replace, 1) => {
            let value = reader.str_or_bin()?;
            (value.len() <= limits.max_value).then_some(Request::Replace { key, value })
        }
        (Command::Put, 2..) if more.is_multiple_of(2) => {
            let changes = assignments(reader, more / 2, limits)?;
            Some(Request::Put { key, changes })
        }
        (Command::Remove, 0) => Some(Request::Remove { key }),
        (Command::Scan, 1..) => {
            let (first, count) = (key, reader.int()?.as_u64()?);
            let columns = columns(reader, more - 1, limits)?;
            Some(Request::Scan {
                first,
                count,
                columns,
            })
        }
        _ => None,
    }
}

#[inline]
fn columns<'a>(reader: &mut Reader<'a>, len: usize, limits: &Limits) -> Option<Columns<'a>> {
    if len == 0 {
        return Some(Columns::default());
    }
    some_columns(reader, len, limits)
}

/// Apart from [`columns`], so that the common case of none is inlined.
fn some_columns<'a>(reader: &mut Reader<'a>, len: usize, limits: &Limits) -> Option<Columns<'a>> {
    let start = reader.at();
    for _ in 0..len {
        column(reader, limits)?;
    }
    Some(Columns::flat(reader.since(start), len))
}

#[inline]
fn assignments<'a>(
    reader: &mut Reader<'a>,
    len: usize,
    limits: &Limits,
) -> Option<Assignments<'a>> {
    let start = reader.at();
    for _ in 0..len {
        column(reader, limits)?;
        if reader.str_or_bin()?.len() > limits.max_value {
            return None;
        }
    }
    Some(Assignments::flat(reader.since(start), len))
}

#[inline]
fn column(reader: &mut Reader<'_>, limits: &Limits) -> Option<()> {
    let column = reader.int()?.as_u64()?;
    (column < limits.max_columns as u64).then_some(())
}
