//! What can be wrong with a message, and what is then to be done.
//!
//! | type | answer | the connection |
//! |---|---|---|
//! | [`Malformed`] | `[nil, -1, why]` | is closed: where the next message begins is unknown |
//! | [`Refusal`] | `[seq, -1, why]`, or `[seq, 15, false, why]` to a handshake | stays, unless [`Refusal::closes`] |

use crate::{Command, Int};

/// The bytes are no message of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}, at byte {offset}")]
pub struct Malformed {
    /// What is wrong.
    pub kind: MalformedKind,
    /// Where, counted from the first byte of the message.
    pub offset: usize,
}

/// What is wrong with bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedKind {
    /// The byte begins no MessagePack value.
    #[error("not MessagePack")]
    NotMessagePack,
    /// An extension type.
    #[error("extension types are not used here")]
    Extension,
    /// A message that is no array.
    #[error("a message must be an array")]
    NotAnArray,
    /// A message that is an array of nothing.
    #[error("a message must not be empty")]
    Empty,
    /// A sequence number that is no integer.
    #[error("the sequence number must be an integer")]
    SeqNotInteger,
    /// Arrays or maps in one another.
    #[error("nested deeper than {limit}")]
    TooDeep {
        /// Deepest nesting.
        limit: usize,
    },
    /// A declared count over the limit.
    #[error("{count} elements, the limit is {limit}")]
    TooManyElements {
        /// Elements of the array or pairs of the map.
        count: usize,
        /// Most elements.
        limit: usize,
    },
    /// A message over the limit, or a declared length that would make it so.
    #[error("a message of more than {limit} bytes")]
    TooLong {
        /// Longest message, in bytes.
        limit: usize,
    },
}

/// The message is whole, but what it asks for is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", Place(self))]
pub struct Refusal {
    /// What is wrong.
    pub kind: RefusalKind,
    /// Where, counted from the first byte of the message.
    pub offset: usize,
}

impl Refusal {
    /// The handshake's token is missing or wrong. Only a server can tell.
    pub const BAD_TOKEN: Self = Self {
        kind: RefusalKind::BadToken,
        offset: 0,
    };

    /// Whether the connection is closed after the answer.
    pub fn closes(&self) -> bool {
        self.kind == RefusalKind::HandshakeFirst || self.refuses_handshake()
    }

    /// Whether the answer has the form of a reply to a handshake.
    pub fn refuses_handshake(&self) -> bool {
        matches!(
            self.kind,
            RefusalKind::HandshakeNoMap
                | RefusalKind::HandshakeTooLong
                | RefusalKind::BadMaxKeyLen
                | RefusalKind::BadHandshakeValue { .. }
                | RefusalKind::BadToken
        )
    }
}

/// The part of a refusal's text that names the offset, where there is one to name.
struct Place<'a>(&'a Refusal);

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.kind {
            RefusalKind::HandshakeFirst
            | RefusalKind::HandshakeAgain
            | RefusalKind::HandshakeTooLong
            | RefusalKind::BadMaxKeyLen
            | RefusalKind::BadToken
            | RefusalKind::NeedsProto2(_) => Ok(()),
            _ => write!(f, ", at byte {}", self.0.offset),
        }
    }
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalKind {
    /// Anything else before the handshake.
    #[error("handshake first")]
    HandshakeFirst,
    /// A second handshake.
    #[error("the handshake is done already")]
    HandshakeAgain,
    /// A handshake whose third element is no map.
    #[error("the handshake's argument must be a map")]
    HandshakeNoMap,
    /// A handshake over [`GREETING_BYTES`](crate::limits::GREETING_BYTES).
    #[error("handshake too long")]
    HandshakeTooLong,
    /// `maxkeylen` is more than the server takes, or no length at all.
    #[error("bad maxkeylen")]
    BadMaxKeyLen,
    /// Another value in the handshake's map has the wrong type.
    #[error("bad {what}: {wanted} wanted")]
    BadHandshakeValue {
        /// The map's key.
        what: &'static str,
        /// The type that it must have.
        wanted: &'static str,
    },
    /// The token is missing or wrong.
    #[error("bad token")]
    BadToken,
    /// The message ends before the command.
    #[error("no command")]
    NoCommand,
    /// The command is no integer.
    #[error("the command must be an integer")]
    CommandNotInteger,
    /// No command has this number.
    #[error("unknown command {0}")]
    UnknownCommand(Int),
    /// An extension, for a client that did not ask for extensions.
    #[error("{0} is for clients that say \"proto\": 2 in their handshake")]
    NeedsProto2(Command),
    /// An argument is missing.
    #[error("{command}: no {what}")]
    Missing {
        /// The command.
        command: Command,
        /// The argument.
        what: &'static str,
    },
    /// An argument has the wrong type.
    #[error("{command}: {what} must be {wanted}")]
    WrongType {
        /// The command.
        command: Command,
        /// The argument.
        what: &'static str,
        /// The type that it must have.
        wanted: &'static str,
    },
    /// A key over its limit.
    #[error("a key of {len} bytes, the limit is {limit}")]
    KeyTooLong {
        /// Length of the key, in bytes.
        len: usize,
        /// Longest key, in bytes.
        limit: usize,
    },
    /// A value over its limit.
    #[error("a value of {len} bytes, the limit is {limit}")]
    ValueTooLong {
        /// Length of the value, in bytes.
        len: usize,
        /// Longest value, in bytes.
        limit: usize,
    },
    /// A column below 0 or over the limit.
    #[error("column {column} is not in 0 to {last}")]
    NoSuchColumn {
        /// The column.
        column: Int,
        /// The last column that there can be.
        last: usize,
    },
    /// A negative count.
    #[error("{command}: count {count} is negative")]
    NegativeCount {
        /// The command.
        command: Command,
        /// The count.
        count: Int,
    },
    /// An option that the command does not have.
    #[error("{0}: unknown option")]
    UnknownOption(Command),
}

/// A reply that is whole, but not what a server of this protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The bytes are no message.
    #[error("malformed reply: {0}")]
    Malformed(#[from] Malformed),
    /// The reply's second element is no reply code.
    #[error("no such reply code, at byte {offset}")]
    UnknownCode {
        /// Where, counted from the first byte of the message.
        offset: usize,
    },
    /// The results are not those of the command.
    #[error("not what {command} replies, at byte {offset}")]
    WrongShape {
        /// The command that the reply code names.
        command: Command,
        /// Where, counted from the first byte of the message.
        offset: usize,
    },
}
