//! The text protocol of memcached: commands as bytes, and replies out of them, whole or not at all.

use super::Failure;
use super::resp::{header, line};

/// The longest value that is believed.
const LONGEST: usize = 1 << 30;

/// A key and its value as they lie in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) key: &'a [u8],
    pub(super) value: &'a [u8],
}

/// A reply as it lies in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    /// What a get found.
    Values {
        first: Option<Item<'a>>,
        /// The items, end to end, with their lines.
        items: &'a [u8],
        count: usize,
    },
    Stored,
    Deleted,
    NotFound,
    Version,
    Error(&'a [u8]),
}

/// Appends a get of these keys.
pub(super) fn get<'k>(keys: impl IntoIterator<Item = &'k [u8]>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"get");
    for key in keys {
        out.push(b' ');
        out.extend_from_slice(key);
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends a set without flags or expiry.
pub(super) fn set(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"set ");
    out.extend_from_slice(key);
    out.extend_from_slice(b" 0 0");
    header(b' ', value.len(), out);
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Appends a delete.
pub(super) fn delete(key: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"delete ");
    out.extend_from_slice(key);
    out.extend_from_slice(b"\r\n");
}

pub(super) fn garbage(what: &str) -> Failure {
    Failure::Garbage(format!("no reply of memcached: {what}"))
}

/// The number of bytes that ends a line of a value.
fn length(text: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok().filter(|length| *length <= LONGEST)
}

/// The item at the front of the buffer and the bytes that it takes; nothing if it is not whole.
pub(super) fn item(input: &[u8]) -> Result<Option<(usize, Item<'_>)>, Failure> {
    let Some((text, head)) = line(input).map_err(garbage)? else {
        return Ok(None);
    };
    let mut words = text.split(|byte| *byte == b' ').skip(1);
    let (Some(key), Some(_flags), Some(size), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(garbage("a line of a value that is not of three words"));
    };
    let size = length(size).ok_or_else(|| garbage("a value of an impossible length"))?;
    let end = head + size;
    match input.get(head..end + 2) {
        Some(bytes) if bytes.ends_with(b"\r\n") => {
            let value = &input[head..end];
            Ok(Some((end + 2, Item { key, value })))
        }
        Some(_) => Err(garbage("a value that does not end where it says")),
        None => Ok(None),
    }
}

/// The reply at the front of the buffer and the bytes that it takes; nothing if it is not whole.
pub(super) fn parse(input: &[u8]) -> Result<Option<(usize, Answer<'_>)>, Failure> {
    let (mut first, mut at, mut count) = (None, 0, 0);
    while input[at..].starts_with(b"VALUE ") {
        let Some((used, item)) = item(&input[at..])? else {
            return Ok(None);
        };
        first = first.or(Some(item));
        at += used;
        count += 1;
    }
    let Some((text, used)) = line(&input[at..]).map_err(garbage)? else {
        return Ok(None);
    };
    let answer = match text {
        b"END" => Answer::Values {
            first,
            items: &input[..at],
            count,
        },
        _ if is_error(text) => Answer::Error(text),
        _ if count > 0 => return Err(garbage("values without an end")),
        b"STORED" => Answer::Stored,
        b"DELETED" => Answer::Deleted,
        b"NOT_FOUND" => Answer::NotFound,
        _ if text.starts_with(b"VERSION ") => Answer::Version,
        _ => {
            let begin = text[..text.len().min(40)].escape_ascii();
            return Err(garbage(&format!("it begins with \"{begin}\"")));
        }
    };
    Ok(Some((at + used, answer)))
}

fn is_error(text: &[u8]) -> bool {
    text == b"ERROR" || text.starts_with(b"CLIENT_ERROR ") || text.starts_with(b"SERVER_ERROR ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_lines() {
        let mut out = Vec::new();
        get([&b"key:1"[..]], &mut out);
        get([&b"a"[..], b"bc"], &mut out);
        set(b"key:1", &[b'x'; 12], &mut out);
        delete(b"key:1", &mut out);
        assert_eq!(
            out.escape_ascii().to_string(),
            "get key:1\\r\\nget a bc\\r\\nset key:1 0 0 12\\r\\nxxxxxxxxxxxx\\r\\ndelete key:1\\r\\n"
        );
    }

    #[test]
    fn replies_of_each_kind_are_read_whole_or_not_at_all() {
        let values =
            |bytes: &'static [u8], count, first: Option<(&'static [u8], &'static [u8])>| {
                let first = first.map(|(key, value)| Item { key, value });
                let items = &bytes[..bytes.len() - b"END\r\n".len()];
                let answer = Answer::Values {
                    first,
                    items,
                    count,
                };
                (bytes, answer)
            };
        let replies = [
            values(b"END\r\n", 0, None),
            values(
                b"VALUE k 0 5\r\na\r\nbc\r\nEND\r\n",
                1,
                Some((b"k", b"a\r\nbc")),
            ),
            values(
                b"VALUE k 0 0\r\n\r\nVALUE l 7 3\r\nEND\r\nEND\r\n",
                2,
                Some((b"k", b"")),
            ),
            (b"STORED\r\n", Answer::Stored),
            (b"DELETED\r\n", Answer::Deleted),
            (b"NOT_FOUND\r\n", Answer::NotFound),
            (b"VERSION 1.6.18\r\n", Answer::Version),
            (b"ERROR\r\n", Answer::Error(b"ERROR")),
            (
                b"SERVER_ERROR out of memory\r\n",
                Answer::Error(b"SERVER_ERROR out of memory"),
            ),
        ];
        for (bytes, answer) in replies {
            assert_eq!(parse(bytes), Ok(Some((bytes.len(), answer))));
            for cut in 0..bytes.len() {
                assert_eq!(parse(&bytes[..cut]), Ok(None), "{cut} of {bytes:?}");
            }
        }
    }

    #[test]
    fn garbage_is_named() {
        for bytes in [
            &b"HTTP/1.1 400\r\n"[..],
            b"END\n",
            b"VALUE k 0\r\n",
            b"VALUE k 0 x\r\n",
            b"VALUE k 0 99999999999\r\n",
            b"VALUE k 0 2\r\nabcdef\r\n",
            b"VALUE k 0 1\r\na\r\nSTORED\r\n",
        ] {
            assert!(
                matches!(parse(bytes), Err(Failure::Garbage(_))),
                "{bytes:?}"
            );
        }
    }
}
