//! Replies out of a stream of bytes, on the client's side. As with requests, what is whole and common is read in one pass, and what is
//! not is scanned first, from where the last scan stopped.

use super::decode::decode;
use super::{Body, Reply};
use crate::error::{Malformed, MalformedKind, ReplyError};
use crate::msgpack::read::{Reader, Token};
use crate::msgpack::scan::{Progress, Scanner};
use crate::{Command, Int, Limits};

/// Reads the replies of one connection.
///
/// # Examples
/// ```
/// use masstree_protocol::{Body, ReplyDecoder};
/// let mut decoder = ReplyDecoder::default();
/// assert_eq!(decoder.decode(b"\x93\x06\x03")?, None);
/// let (used, reply) = decoder.decode(b"\x93\x06\x03\xa6world!")?.unwrap();
/// assert_eq!((used, reply.seq), (10, Some(6_u64.into())));
/// let Body::Row(row) = reply.body else { panic!("a reply to GET") };
/// assert_eq!(row.first(), Some(&b"world!"[..]));
/// # Ok::<(), masstree_protocol::ReplyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReplyDecoder {
    limits: Limits,
    scanner: Scanner,
}

impl ReplyDecoder {
    /// For a connection of which nothing was read yet.
    pub fn new(limits: Limits) -> Self {
        let scanner = Scanner::for_reply();
        Self { limits, scanner }
    }

    /// Reads the reply at the front of `buffer`, and how many bytes it takes; nothing if it is not whole.
    ///
    /// After nothing, the next call's buffer must begin with the same bytes and may have more behind them.
    ///
    /// # Errors
    /// If the bytes are no message, or not what a server of this protocol says. The connection is of no more use.
    #[inline]
    pub fn decode<'a>(
        &mut self,
        buffer: &'a [u8],
    ) -> Result<Option<(usize, Reply<'a>)>, ReplyError> {
        if self.scanner.is_fresh()
            && let Some(reply) = self.decode_flat(buffer)
        {
            return Ok(Some(reply));
        }
        match self.scanner.scan(buffer, &self.limits)? {
            Progress::Partial(_) => Ok(None),
            Progress::Whole(used) => {
                self.scanner = Scanner::for_reply();
                let reply = decode_whole(&buffer[..used])?;
                Ok(Some((used, reply)))
            }
        }
    }

    /// A reply to GET, PUT or REPLACE that is whole and right; otherwise nothing, whatever the reason.
    #[inline]
    fn decode_flat<'a>(&self, buffer: &'a [u8]) -> Option<(usize, Reply<'a>)> {
        let mut reader = Reader::new(buffer);
        let count = reader.array()?;
        let count_of_results = count.checked_sub(2)?;
        let seq = reader.int()?;
        let command = command_of(reader.int()?)?;
        if !matches!(command, Command::Get | Command::Put | Command::Replace)
            || count > self.limits.max_elements
        {
            return None;
        }
        let body = decode(command, &mut reader, count_of_results)?;
        let used = reader.at();
        let seq = Some(seq);
        (used <= self.limits.max_message).then_some((used, Reply { seq, body }))
    }
}

impl Default for ReplyDecoder {
    fn default() -> Self {
        Self::new(Limits::for_replies())
    }
}

/// A message that the scanner found whole.
fn decode_whole(message: &[u8]) -> Result<Reply<'_>, ReplyError> {
    let mut reader = Reader::new(message);
    let count = match reader.token() {
        Some(Token::Array(count)) => count,
        _ => 0,
    };
    let offset = reader.at();
    let seq = match reader.token() {
        Some(Token::Int(seq)) => Some(seq),
        Some(Token::Nil) => None,
        _ => {
            let kind = MalformedKind::SeqNotInteger;
            return Err(Malformed { kind, offset }.into());
        }
    };
    let offset = reader.at();
    let code = match count {
        0 | 1 => None,
        _ => reader.int(),
    };
    let code = code.ok_or(ReplyError::UnknownCode { offset })?;
    if code == Int::from(-1_i64) {
        let why = match count {
            2 => None,
            _ => reader.str_or_bin(),
        };
        let body = Body::Error(why.unwrap_or_default());
        return Ok(Reply { seq, body });
    }
    let command = command_of(code).ok_or(ReplyError::UnknownCode { offset })?;
    let body = decode(command, &mut reader, count - 2).ok_or(ReplyError::WrongShape {
        command,
        offset: reader.at(),
    })?;
    Ok(Reply { seq, body })
}

/// The command that this is the reply code of.
#[inline]
fn command_of(code: Int) -> Option<Command> {
    Command::from_code(code.as_u64()?.checked_sub(1)?)
}
