//! Requests whose arguments are a map of options: BEGIN and RANGE.
//!
//! Keys come in any order, the last of a repeated one counts, nil is the same as leaving the key out. A key that the command does not
//! have is refused: a misspelt bound would read other rows than was meant.

use super::arguments::{Arguments, Fault};
use super::columns::{Columns, bad_columns};
use crate::error::RefusalKind;
use crate::msgpack::read::Token;

/// What a transaction promises about what others write meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// It reads one state, and fails if another changed what it changes.
    #[default]
    Snapshot,
    /// As if transactions ran one after the other.
    Serializable,
}

impl Isolation {
    /// The name in a BEGIN.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Serializable => "serializable",
        }
    }
}

/// How a transaction begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// What it promises.
    pub isolation: Isolation,
    /// Whether it only reads.
    pub read_only: bool,
}

impl Transaction {
    pub(crate) fn take(arguments: &mut Arguments<'_, '_>) -> Result<Self, Fault> {
        let mut transaction = Self::default();
        if arguments.left == 0 {
            return Ok(transaction);
        }
        let start = arguments.reader.at();
        let pairs = match arguments.token("options")? {
            Token::Nil => 0,
            Token::Map(pairs) => pairs,
            _ => return Err(arguments.wrong_type("options", "a map", start)),
        };
        each_option(arguments, pairs, |arguments, name, token, offset| {
            match (name, token) {
                (b"isolation", Token::Nil) => transaction.isolation = Isolation::default(),
                (b"isolation", Token::Bytes(b"snapshot")) => {
                    transaction.isolation = Isolation::Snapshot;
                }
                (b"isolation", Token::Bytes(b"serializable")) => {
                    transaction.isolation = Isolation::Serializable;
                }
                (b"isolation", _) => {
                    let wanted = "\"snapshot\" or \"serializable\"";
                    return Err(arguments.wrong_type("isolation", wanted, offset));
                }
                (b"read_only", token) => {
                    transaction.read_only = bool_or_nil(arguments, "read_only", token, offset)?;
                }
                _ => return Err(unknown(arguments, offset)),
            }
            Ok(())
        })?;
        Ok(transaction)
    }
}

/// Which rows to read, and what of them.
///
/// `C` is how columns are held: [`Columns`] in a request that was read, a slice in one that is to be written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range<'a, C = Columns<'a>> {
    /// Lowest key, inclusive.
    pub from: Option<&'a [u8]>,
    /// Where to stop, exclusive: above all keys that are read, in either order.
    pub to: Option<&'a [u8]>,
    /// What keys must begin with.
    pub prefix: Option<&'a [u8]>,
    /// Whether to read in descending order.
    pub reverse: bool,
    /// Most rows; no limit if nothing is said.
    pub count: Option<u64>,
    /// Which columns; none for whole rows.
    pub columns: C,
    /// Whether to read keys without their rows.
    pub keys_only: bool,
}

impl<'a> Range<'a> {
    pub(crate) fn take(arguments: &mut Arguments<'a, '_>) -> Result<Self, Fault> {
        let mut range = Self::default();
        let start = arguments.reader.at();
        let Token::Map(pairs) = arguments.token("options")? else {
            return Err(arguments.wrong_type("options", "a map", start));
        };
        each_option(arguments, pairs, |arguments, name, token, offset| {
            match name {
                b"from" => range.from = key_or_nil(arguments, "from", token, offset)?,
                b"to" => range.to = key_or_nil(arguments, "to", token, offset)?,
                b"prefix" => range.prefix = key_or_nil(arguments, "prefix", token, offset)?,
                b"reverse" => range.reverse = bool_or_nil(arguments, "reverse", token, offset)?,
                b"keys_only" => {
                    range.keys_only = bool_or_nil(arguments, "keys_only", token, offset)?;
                }
                b"count" => {
                    range.count = match token {
                        Token::Nil => None,
                        Token::Int(count) => Some(arguments.check_count(count, offset)?),
                        _ => return Err(arguments.wrong_type("count", "an integer", offset)),
                    };
                }
                b"columns" => {
                    range.columns = match token {
                        Token::Nil => Columns::default(),
                        Token::Array(count) => Columns::check(arguments, count)?,
                        _ => return Err(bad_columns(arguments, offset)),
                    };
                }
                _ => return Err(unknown(arguments, offset)),
            }
            Ok(())
        })?;
        Ok(range)
    }
}

/// Calls `set` with the key and the value's first token of each pair. Only nested arrays, which `set` reads itself, may follow it.
fn each_option<'a, 'l>(
    arguments: &mut Arguments<'a, 'l>,
    pairs: usize,
    mut set: impl FnMut(&mut Arguments<'a, 'l>, &'a [u8], Token<'a>, usize) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for _ in 0..pairs {
        let offset = arguments.reader.at();
        let name = arguments.reader.str_or_bin();
        let name = name.ok_or_else(|| unknown(arguments, offset))?;
        let offset = arguments.reader.at();
        let token = arguments.reader.token().ok_or(Fault::Cut)?;
        set(arguments, name, token, offset)?;
    }
    Ok(())
}

fn unknown(arguments: &Arguments<'_, '_>, offset: usize) -> Fault {
    arguments.refuse(RefusalKind::UnknownOption(arguments.command), offset)
}

fn key_or_nil<'a>(
    arguments: &Arguments<'a, '_>,
    what: &'static str,
    token: Token<'a>,
    offset: usize,
) -> Result<Option<&'a [u8]>, Fault> {
    match token {
        Token::Nil => Ok(None),
        Token::Bytes(key) => arguments.check_key(key, offset).map(Some),
        _ => Err(arguments.wrong_type(what, "a str or bin", offset)),
    }
}

fn bool_or_nil(
    arguments: &Arguments<'_, '_>,
    what: &'static str,
    token: Token<'_>,
    offset: usize,
) -> Result<bool, Fault> {
    match token {
        Token::Nil => Ok(false),
        Token::Bool(value) => Ok(value),
        _ => Err(arguments.wrong_type(what, "a bool", offset)),
    }
}
