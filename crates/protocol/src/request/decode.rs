//! From a command and its arguments to a [`Request`].

use super::arguments::{Arguments, Fault};
use super::{Assignments, Columns, Keys, Range, Request, Transaction};
use crate::Command;
use crate::handshake;

/// Takes the arguments of the command. Those that it does not take are left.
pub(crate) fn decode<'a>(arguments: &mut Arguments<'a, '_>) -> Result<Request<'a>, Fault> {
    Ok(match arguments.command {
        Command::Get => Request::Get {
            key: arguments.key("key")?,
            columns: Columns::take(arguments)?,
        },
        Command::Scan => Request::Scan {
            first: arguments.key("first key")?,
            count: arguments.count()?,
            columns: Columns::take(arguments)?,
        },
        Command::Put => Request::Put {
            key: arguments.key("key")?,
            changes: Assignments::take(arguments)?,
        },
        Command::Replace => Request::Replace {
            key: arguments.key("key")?,
            value: arguments.value("value")?,
        },
        Command::Remove => Request::Remove {
            key: arguments.key("key")?,
        },
        Command::Checkpoint => Request::Checkpoint,
        Command::Handshake => Request::Handshake(handshake::take(arguments)?),
        Command::Begin => Request::Begin(Transaction::take(arguments)?),
        Command::Commit => Request::Commit,
        Command::Abort => Request::Abort,
        Command::Mget => Request::Mget(Keys::take(arguments)?),
        Command::Range => Request::Range(Range::take(arguments)?),
        Command::Cas => Request::Cas {
            key: arguments.key("key")?,
            expected: arguments.optional_value("expected value")?,
            new: arguments.optional_value("new value")?,
        },
        Command::Stats => Request::Stats,
        Command::Ping => Request::Ping,
        Command::Sync => Request::Sync,
    })
}
