//! What can go wrong between a client and its server.
//!
//! [`Error`] is what a call returns; [`Failure`] is why a connection is of no more use. One failure ends every call that waits on the
//! connection, so it is shared.

use masstree_protocol::{Command, ReplyError};
use std::io;
use std::sync::Arc;

/// Why a call did not do what it should.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be made.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The files or names for TLS are of no use.
    #[error("TLS: {0}")]
    Tls(String),
    /// The server did not accept the handshake.
    #[error("the server refused the connection: {why}")]
    Unwelcome {
        /// What it said.
        why: String,
    },
    /// The server did not carry out the request, and changed nothing. The connection, and a transaction on it, go on.
    #[error("the server refused {command}: {why}")]
    Refused {
        /// The request's command.
        command: Command,
        /// What the server said.
        why: String,
    },
    /// The transaction was not committed, because another one changed this key first.
    #[error("conflict on key \"{}\"", key.escape_ascii())]
    Conflict {
        /// The key.
        key: Vec<u8>,
    },
    /// The connection ended before the reply came.
    #[error("the connection is lost{}: {because}", if *maybe_done { ", and the request may have been carried out" } else { "" })]
    Lost {
        /// Whether the request may have reached the server.
        maybe_done: bool,
        /// Why the connection ended.
        because: Arc<Failure>,
    },
    /// The command is an extension, and the server has none.
    #[error("{command} is an extension that this server does not have")]
    Unsupported {
        /// The command.
        command: Command,
    },
    /// The request is larger than the server takes; it was not sent.
    #[error("a request of {size} {unit}, the server takes {limit}")]
    TooLarge {
        /// How large it is.
        size: usize,
        /// What is counted.
        unit: &'static str,
        /// The most that is taken.
        limit: usize,
    },
    /// So much is in flight that replies have to be received first; the request was not sent.
    #[error("the pipeline is full: receive replies first")]
    PipelineFull,
    /// The keys of a scan were not in order, so that it might never have ended.
    #[error("the server's scan is out of order at key \"{}\"", key.escape_ascii())]
    Disorder {
        /// The first key out of its place.
        key: Vec<u8>,
    },
}

impl Error {
    /// Whether the request may have been carried out although it failed.
    pub fn maybe_done(&self) -> bool {
        matches!(
            self,
            Self::Lost {
                maybe_done: true,
                ..
            }
        )
    }

    /// Whether another try of the whole transaction may do.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Whether the connection is of no more use.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    /// Whether it is because no reply came in time.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Lost { because, .. } => matches!(**because, Failure::TimedOut),
            Self::Connect { source, .. } => source.kind() == io::ErrorKind::TimedOut,
            _ => false,
        }
    }

    pub(crate) fn connect(address: &str, source: io::Error) -> Self {
        Self::Connect {
            address: address.to_owned(),
            source: Arc::new(source),
        }
    }

    /// The connection ended before the request was written.
    pub(crate) fn not_sent(because: &Arc<Failure>) -> Self {
        Self::Lost {
            maybe_done: false,
            because: Arc::clone(because),
        }
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The operating system said so.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The server closed it.
    #[error("closed by the server")]
    Ended,
    /// This side closed it.
    #[error("closed here")]
    Closed,
    /// No reply came within the time that the options give.
    #[error("no reply in time")]
    TimedOut,
    /// The server could not make sense of what it got.
    #[error("the server says: {0}")]
    Told(String),
    /// A reply made no sense.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// A reply had another sequence number than the oldest request without a reply.
    #[error("reply {got} out of turn")]
    OutOfTurn {
        /// The number; or what stood for one.
        got: String,
    },
    /// A reply was that to another command, or of more or fewer rows than asked for.
    #[error("not what was asked for in {command}")]
    WrongReply {
        /// The command that was asked.
        command: Command,
    },
}
