//! RESP: commands as bytes, and replies out of them, whole or not at all.

use super::Failure;

/// The longest bulk string, and the most elements of an array, that are believed.
const LONGEST: i64 = 512 << 20;

/// A reply as it lies in the buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Simple(&'a [u8]),
    Error(&'a [u8]),
    Integer(i64),
    Bulk(Option<&'a [u8]>),
    /// The elements, end to end, and how many there are.
    Array(&'a [u8], usize),
}

/// Appends a command.
pub(super) fn command(parts: &[&[u8]], out: &mut Vec<u8>) {
    header(b'*', parts.len(), out);
    parts.iter().for_each(|part| bulk(part, out));
}

pub(super) fn header(kind: u8, count: usize, out: &mut Vec<u8>) {
    out.push(kind);
    let start = out.len();
    let mut count = count;
    loop {
        out.push(b'0' + (count % 10) as u8);
        count /= 10;
        if count == 0 {
            break;
        }
    }
    out[start..].reverse();
    out.extend_from_slice(b"\r\n");
}

pub(super) fn bulk(part: &[u8], out: &mut Vec<u8>) {
    header(b'$', part.len(), out);
    out.extend_from_slice(part);
    out.extend_from_slice(b"\r\n");
}

pub(super) fn garbage(what: &str) -> Failure {
    Failure::Garbage(format!("no reply of redis: {what}"))
}

/// The line at the front without its end, and the bytes that it takes.
pub(super) fn line(input: &[u8]) -> Result<Option<(&[u8], usize)>, &'static str> {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(end) if end > 0 && input[end - 1] == b'\r' => Ok(Some((&input[..end - 1], end + 1))),
        Some(_) => Err("a line that does not end in CR LF"),
        None if input.len() > 64 << 10 => Err("a line without an end"),
        None => Ok(None),
    }
}

fn integer(text: &[u8]) -> Result<i64, Failure> {
    let text = std::str::from_utf8(text).ok();
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| garbage("a number that is none"))
}

/// The reply at the front of the buffer and the bytes that it takes; nothing if it is not whole.
pub(super) fn parse(input: &[u8]) -> Result<Option<(usize, Value<'_>)>, Failure> {
    let Some(kind) = input.first() else {
        return Ok(None);
    };
    if !b"+-:$*".contains(kind) {
        return Err(garbage(&format!(
            "it begins with \"{}\"",
            kind.escape_ascii()
        )));
    }
    let Some((text, head)) = line(&input[1..]).map_err(garbage)? else {
        return Ok(None);
    };
    let head = head + 1;
    match kind {
        b'+' => Ok(Some((head, Value::Simple(text)))),
        b'-' => Ok(Some((head, Value::Error(text)))),
        b':' => Ok(Some((head, Value::Integer(integer(text)?)))),
        b'$' => match integer(text)? {
            -1 => Ok(Some((head, Value::Bulk(None)))),
            len @ 0..=LONGEST => {
                let end = head + len as usize;
                match input.get(head..end + 2) {
                    Some(bytes) if bytes.ends_with(b"\r\n") => {
                        Ok(Some((end + 2, Value::Bulk(Some(&input[head..end])))))
                    }
                    Some(_) => Err(garbage("a string that does not end where it says")),
                    None => Ok(None),
                }
            }
            _ => Err(garbage("a string of an impossible length")),
        },
        _ => {
            let count = integer(text)?;
            if !(-1..=LONGEST).contains(&count) {
                return Err(garbage("an array of an impossible length"));
            }
            let mut at = head;
            for _ in 0..count.max(0) {
                match parse(&input[at..])? {
                    Some((_, Value::Array(..))) => return Err(garbage("an array in an array")),
                    Some((used, _)) => at += used,
                    None => return Ok(None),
                }
            }
            Ok(Some((
                at,
                Value::Array(&input[head..at], count.max(0) as usize),
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_arrays_of_strings() {
        let mut out = Vec::new();
        command(&[b"SET", b"key:1", &[b'x'; 12]], &mut out);
        assert_eq!(
            out,
            b"*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$12\r\nxxxxxxxxxxxx\r\n"
        );
    }

    #[test]
    fn replies_of_each_kind_are_read_whole_or_not_at_all() {
        let replies: [(&[u8], Value<'_>); 6] = [
            (b"+OK\r\n", Value::Simple(b"OK")),
            (b"-ERR no\r\n", Value::Error(b"ERR no")),
            (b":-7\r\n", Value::Integer(-7)),
            (b"$5\r\na\r\nbc\r\n", Value::Bulk(Some(b"a\r\nbc"))),
            (b"$-1\r\n", Value::Bulk(None)),
            (
                b"*2\r\n$1\r\na\r\n$-1\r\n",
                Value::Array(b"$1\r\na\r\n$-1\r\n", 2),
            ),
        ];
        for (bytes, value) in replies {
            assert_eq!(parse(bytes), Ok(Some((bytes.len(), value))));
            for cut in 0..bytes.len() {
                assert_eq!(parse(&bytes[..cut]), Ok(None), "{cut} of {bytes:?}");
            }
        }
    }

    #[test]
    fn garbage_is_named() {
        for bytes in [
            &b"HTTP/1.1 400\r\n"[..],
            b"$x\r\n",
            b"+OK\n",
            b"$2\r\nabcd",
            b":1x\r\n",
        ] {
            assert!(
                matches!(parse(bytes), Err(Failure::Garbage(_))),
                "{bytes:?}"
            );
        }
    }
}
