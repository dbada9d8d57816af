//! From a reply's code and results to a [`Body`].

use super::values::{Cells, Fields, List, Row};
use super::{Body, Written};
use crate::msgpack::read::{Reader, Token};
use crate::{Abilities, Command, ResultCode};

/// Takes the results of `command`, of which there are `count`; nothing if they are not what it replies, or not all there.
#[inline]
pub(super) fn decode<'a>(
    command: Command,
    reader: &mut Reader<'a>,
    count: usize,
) -> Option<Body<'a>> {
    match command {
        Command::Get => decode_get(reader, count),
        Command::Put | Command::Replace if count == 1 => decode_written(reader),
        other => decode_rare(other, reader, count),
    }
}

#[inline]
fn decode_get<'a>(reader: &mut Reader<'a>, count: usize) -> Option<Body<'a>> {
    if let Some(cells) = Cells::take(reader, count) {
        return Some(match count {
            0 => Body::Missing,
            _ => Body::Row(cells),
        });
    }
    let not_found = i64::from(ResultCode::NotFound.code());
    (count == 1 && reader.int()?.as_i64() == Some(not_found)).then_some(Body::Missing)
}

#[inline]
fn decode_written<'a>(reader: &mut Reader<'a>) -> Option<Body<'a>> {
    match reader.int()?.as_i64()? {
        1 => Some(Body::Written(Written::Inserted)),
        2 => Some(Body::Written(Written::Updated)),
        _ => None,
    }
}

#[inline(never)]
fn decode_rare<'a>(command: Command, reader: &mut Reader<'a>, count: usize) -> Option<Body<'a>> {
    Some(match (command, count) {
        (Command::Scan, _) => {
            let list = List::take(reader, count)?;
            return list.is_paired().then_some(Body::Scan(list));
        }
        (Command::Range, _) => Body::Range(List::take(reader, count)?),
        (Command::Mget, _) => Body::Rows(List::take(reader, count)?),
        (Command::Remove, 1) => Body::Removed(take_bool(reader)?),
        (Command::Handshake, 2..) => return decode_handshake(reader, count),
        (Command::Begin, 1) => Body::Began(reader.int()?.as_u64()?),
        (Command::Commit, 2) => match reader.token()? {
            Token::Bool(true) => Body::Committed(reader.int()?.as_u64()?),
            Token::Int(_) => Body::Conflict(reader.str_or_bin()?),
            _ => return None,
        },
        (Command::Cas, 1..=2) => match (take_bool(reader)?, count) {
            (true, 1) => Body::Swapped,
            (false, 2) => Body::Differs(Row::take(reader)?),
            _ => return None,
        },
        (Command::Stats, 1) => match reader.token()? {
            Token::Map(pairs) => Body::Stats(Fields::take(reader, pairs)?),
            _ => return None,
        },
        (Command::Checkpoint, 0) => Body::CheckpointStarted,
        (Command::Abort, 0) => Body::Aborted,
        (Command::Ping, 0) => Body::Pong,
        (Command::Sync, 0) => Body::Synced,
        _ => return None,
    })
}

/// What follows the sequence number and code of a reply to a handshake; more than is known is ignored.
fn decode_handshake<'a>(reader: &mut Reader<'a>, count: usize) -> Option<Body<'a>> {
    if !take_bool(reader)? {
        return reader.str_or_bin().map(Body::Unwelcome);
    }
    let max_seq = reader.int()?;
    let version = match count {
        2 => &[],
        _ => reader.str_or_bin()?,
    };
    let abilities = match count {
        2 | 3 => None,
        _ => match reader.token()? {
            Token::Map(pairs) => Some(Abilities::read(reader, pairs)?),
            _ => return None,
        },
    };
    Some(Body::Welcome {
        max_seq,
        version,
        abilities,
    })
}

fn take_bool(reader: &mut Reader<'_>) -> Option<bool> {
    match reader.token()? {
        Token::Bool(value) => Some(value),
        _ => None,
    }
}
