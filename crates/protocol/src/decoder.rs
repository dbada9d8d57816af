//! Requests out of a stream of bytes, on the server's side.
//!
//! The caller owns the buffer: it appends what arrives, calls [`RequestDecoder::decode`] with what is not used up, and drops what a
//! step says is done with. A request that is whole and flat is read in one pass. Anything else goes through the scanner,
//! which remembers how far it came, so a large message that arrives byte by byte is still looked at once.
//!
//! ```text
//!            flat and whole                                   scanned, whole
//! fresh ───────────────────► Request          fresh ──► scan ───────────────► Request or Refused
//!                                                        │ ▲
//!                              Partial (keep the bytes)  ▼ │  Partial (drop them: the answer is known to be a refusal)
//! ```
//! A request that is too large to be taken is refused when its header is seen. Its bytes are then given up as they arrive, and the
//! answer is given when the last of them is through, so answers keep their order.

use crate::error::{Malformed, MalformedKind, Refusal, RefusalKind};
use crate::handshake::Hello;
use crate::limits::GREETING_BYTES;
use crate::msgpack::read::{Reader, Token};
use crate::msgpack::scan::{Oversize, Progress, Scanner};
use crate::request::arguments::{Arguments, Fault};
use crate::request::{self, Request};
use crate::{Command, Int, Limits};

/// What the bytes held.
#[derive(Clone, Debug)]
pub enum Step<'a> {
    /// A request to carry out.
    Request {
        /// Bytes of the buffer that it takes; drop them once the request is done with.
        used: usize,
        /// What the reply begins with.
        seq: Int,
        /// The request, borrowed from the buffer.
        request: Request<'a>,
    },
    /// A message to answer with what is wrong with it.
    Refused {
        /// Bytes of the buffer that it takes.
        used: usize,
        /// What the reply begins with.
        seq: Int,
        /// What is wrong.
        refusal: Refusal,
    },
    /// The message is not whole.
    Partial {
        /// Bytes at the front of the buffer to drop at once: not zero only within a message that will be refused.
        discard: usize,
        /// At least this many bytes are missing.
        missing: usize,
    },
}

/// Reads the requests of one connection.
///
/// # Examples
/// ```
/// use masstree_protocol::{Hello, Limits, Request, RequestDecoder, Step};
/// let mut decoder = RequestDecoder::new(Limits::default());
/// decoder.accept(&Hello::default());
/// assert!(matches!(decoder.decode(b"\x93\x06\x02\xa2k")?, Step::Partial { .. }));
/// let Step::Request { used, seq, request } = decoder.decode(b"\x93\x06\x02\xa2k1")? else {
///     panic!("the message is whole");
/// };
/// assert_eq!((used, seq), (6, 6_u64.into()));
/// assert!(matches!(request, Request::Get { key: b"k1", .. }));
/// # Ok::<(), masstree_protocol::Malformed>(())
/// ```
#[derive(Clone, Debug)]
pub struct RequestDecoder {
    limits: Limits,
    /// Whether a handshake was accepted, and what it asked for.
    greeted: bool,
    extensions: bool,
    scanner: Scanner,
    /// The answer to a message whose bytes are no longer kept.
    doomed: Option<(Int, Refusal)>,
}

/// The first two elements of a message.
struct Envelope<'a> {
    seq: Int,
    /// The command's element, and where it is; nothing if the message ends before it.
    command: Option<(Token<'a>, usize)>,
    /// Arguments behind them, where the reader is.
    left: usize,
    reader: Reader<'a>,
}

impl RequestDecoder {
    /// For a connection of which nothing was read yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            greeted: false,
            extensions: false,
            scanner: Scanner::new(),
            doomed: None,
        }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Lets requests through from the next [`decode`](Self::decode) on, and extensions if the client asked for them.
    ///
    /// To be called when a handshake is accepted, before anything behind it is decoded.
    pub fn accept(&mut self, hello: &Hello<'_>) {
        self.greeted = true;
        self.extensions = hello.wants_extensions();
    }

    /// Whether a handshake was accepted.
    pub fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// Whether part of a message was seen and the rest is awaited.
    pub fn is_within_message(&self) -> bool {
        !self.scanner.is_fresh()
    }

    /// Forgets what was seen of a message that is not whole: the next [`decode`](Self::decode) begins with its first byte, or with a message before it.
    pub fn rewind(&mut self) {
        self.scanner = Scanner::new();
        self.doomed = None;
    }

    /// Reads the message at the front of `buffer`.
    ///
    /// After [`Step::Partial`] the next call's buffer must begin with the same bytes, less those to discard, and may have more behind them.
    /// After the other steps it begins behind the bytes that were used.
    ///
    /// # Errors
    /// If the bytes are no message. The connection cannot go on: answer with [`ReplyWriter::malformed`](crate::ReplyWriter::malformed), close.
    ///
    /// # Complexity
    /// Over all calls, each header of a message is looked at at most twice until it is whole, and once more then. No memory is taken.
    #[inline]
    pub fn decode<'a>(&mut self, buffer: &'a [u8]) -> Result<Step<'a>, Malformed> {
        if self.greeted
            && self.scanner.is_fresh()
            && let Some(step) = self.decode_flat(buffer)
        {
            return Ok(step);
        }
        self.decode_scanned(buffer)
    }

    /// A plain request that is whole and right; otherwise nothing, whatever the reason.
    #[inline]
    fn decode_flat<'a>(&self, buffer: &'a [u8]) -> Option<Step<'a>> {
        let mut reader = Reader::new(buffer);
        let count = reader.array()?;
        let seq = reader.int()?;
        let command = Command::from_code(reader.int()?.as_u64()?)?;
        let arguments = count.checked_sub(2)?;
        let request = request::decode_flat(command, &mut reader, arguments, &self.limits)?;
        let used = reader.at();
        (used <= self.limits.max_message && count <= self.limits.max_elements)
            .then_some(Step::Request { used, seq, request })
    }

    #[inline(never)]
    fn decode_scanned<'a>(&mut self, buffer: &'a [u8]) -> Result<Step<'a>, Malformed> {
        let progress = self.scanner.scan(buffer, &self.limits)?;
        let too_large = self.too_large();
        if let (Some(large), None) = (too_large, self.doomed) {
            // The first two elements are there: they come before whatever is too large, or are what it is.
            let envelope = read_envelope(buffer)?;
            self.doomed = Some((envelope.seq, self.judge_large(&envelope, large)));
        }
        match (progress, self.doomed) {
            (Progress::Partial(missing), None) => Ok(Step::Partial {
                discard: 0,
                missing,
            }),
            (Progress::Partial(missing), Some(_)) => Ok(Step::Partial {
                discard: self.scanner.forget(buffer.len()),
                missing,
            }),
            (Progress::Whole(used), Some((seq, refusal))) => {
                self.scanner = Scanner::new();
                self.doomed = None;
                Ok(Step::Refused { used, seq, refusal })
            }
            (Progress::Whole(used), None) => {
                self.scanner = Scanner::new();
                self.decode_whole(&buffer[..used])
            }
        }
    }

    /// A message that the scanner found whole.
    fn decode_whole<'a>(&self, message: &'a [u8]) -> Result<Step<'a>, Malformed> {
        let used = message.len();
        let envelope = read_envelope(message)?;
        let seq = envelope.seq;
        let refused = |refusal| Ok(Step::Refused { used, seq, refusal });
        let command = match self.admit(&envelope) {
            Ok(command) => command,
            Err(refusal) => return refused(refusal),
        };
        let mut arguments = Arguments {
            command,
            limits: &self.limits,
            reader: envelope.reader,
            left: envelope.left,
        };
        match request::decode(&mut arguments) {
            Ok(request) => Ok(Step::Request { used, seq, request }),
            Err(Fault::Refused(refusal)) => refused(refusal),
            // The scanner let only whole MessagePack through.
            Err(Fault::Cut) => Err(Malformed {
                kind: MalformedKind::NotMessagePack,
                offset: arguments.reader.at(),
            }),
        }
    }

    /// Whether the client may use the command now.
    fn admit(&self, envelope: &Envelope<'_>) -> Result<Command, Refusal> {
        let (known, offset) = match envelope.command {
            None => (Err(RefusalKind::NoCommand), 0),
            Some((Token::Int(code), offset)) => {
                let command = code.as_u64().and_then(Command::from_code);
                (command.ok_or(RefusalKind::UnknownCommand(code)), offset)
            }
            Some((_, offset)) => (Err(RefusalKind::CommandNotInteger), offset),
        };
        let kind = match known {
            Ok(Command::Handshake) if self.greeted => RefusalKind::HandshakeAgain,
            Ok(Command::Handshake) => return Ok(Command::Handshake),
            _ if !self.greeted => RefusalKind::HandshakeFirst,
            Ok(command) if command.is_extension() && !self.extensions => {
                RefusalKind::NeedsProto2(command)
            }
            Ok(command) => return Ok(command),
            Err(kind) => kind,
        };
        Err(Refusal { kind, offset })
    }

    /// Whether the message is larger than any that could be carried out.
    fn too_large(&self) -> Option<Oversize> {
        if self.greeted {
            return self.scanner.oversize();
        }
        let len = self.scanner.known();
        (len > GREETING_BYTES).then_some(Oversize { len, offset: 0 })
    }

    /// What is wrong with a message that is too large.
    fn judge_large(&self, envelope: &Envelope<'_>, large: Oversize) -> Refusal {
        let kind = match self.admit(envelope) {
            Err(refusal) => return refusal,
            Ok(Command::Handshake) => RefusalKind::HandshakeTooLong,
            Ok(Command::Put | Command::Replace | Command::Cas)
                if large.offset != envelope.reader.at() =>
            {
                RefusalKind::ValueTooLong {
                    len: large.len,
                    limit: self.limits.max_value,
                }
            }
            Ok(_) => RefusalKind::KeyTooLong {
                len: large.len,
                limit: self.limits.max_key,
            },
        };
        Refusal {
            kind,
            offset: large.offset,
        }
    }
}

/// Reads the first two elements; a str that is not whole counts as one.
fn read_envelope(message: &[u8]) -> Result<Envelope<'_>, Malformed> {
    let mut reader = Reader::new(message);
    let count = match reader.token() {
        Some(Token::Array(count)) => count,
        _ => 0,
    };
    let offset = reader.at();
    let Some(seq) = reader.int() else {
        let kind = MalformedKind::SeqNotInteger;
        return Err(Malformed { kind, offset });
    };
    let offset = reader.at();
    let command = match count {
        0 | 1 => None,
        _ => Some((reader.token().unwrap_or(Token::Nil), offset)),
    };
    Ok(Envelope {
        seq,
        command,
        left: count.saturating_sub(2),
        reader,
    })
}
