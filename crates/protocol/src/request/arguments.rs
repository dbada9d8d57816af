//! The arguments of a request that the scanner found whole, taken one after the other and checked as they are.

use crate::error::{Refusal, RefusalKind};
use crate::msgpack::read::{Reader, Token};
use crate::{Command, Int, Limits};

/// Why arguments could not be taken.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The bytes end too early, which they never do when the scanner found the message whole.
    Cut,
    /// The request is wrong.
    Refused(Refusal),
}

/// What is left of a request.
pub(crate) struct Arguments<'a, 'l> {
    pub(crate) command: Command,
    pub(crate) limits: &'l Limits,
    pub(crate) reader: Reader<'a>,
    /// Arguments that were not taken yet.
    pub(crate) left: usize,
}

impl<'a> Arguments<'a, '_> {
    /// The next argument, which must be there.
    pub(crate) fn token(&mut self, what: &'static str) -> Result<Token<'a>, Fault> {
        if self.left == 0 {
            let command = self.command;
            return Err(self.refuse(RefusalKind::Missing { command, what }, self.reader.at()));
        }
        let token = self.reader.token().ok_or(Fault::Cut)?;
        self.left -= 1;
        Ok(token)
    }

    /// A str or bin.
    fn bytes(&mut self, what: &'static str) -> Result<&'a [u8], Fault> {
        let start = self.reader.at();
        match self.token(what)? {
            Token::Bytes(bytes) => Ok(bytes),
            _ => Err(self.wrong_type(what, "a str or bin", start)),
        }
    }

    pub(crate) fn key(&mut self, what: &'static str) -> Result<&'a [u8], Fault> {
        let start = self.reader.at();
        let key = self.bytes(what)?;
        self.check_key(key, start)
    }

    pub(crate) fn value(&mut self, what: &'static str) -> Result<&'a [u8], Fault> {
        let start = self.reader.at();
        let value = self.bytes(what)?;
        self.check_value(value, start)
    }

    /// A value or nil.
    pub(crate) fn optional_value(&mut self, what: &'static str) -> Result<Option<&'a [u8]>, Fault> {
        let start = self.reader.at();
        match self.token(what)? {
            Token::Nil => Ok(None),
            Token::Bytes(value) => self.check_value(value, start).map(Some),
            _ => Err(self.wrong_type(what, "a str, a bin or nil", start)),
        }
    }

    /// A count, zero or more.
    pub(crate) fn count(&mut self) -> Result<u64, Fault> {
        let start = self.reader.at();
        match self.token("count")? {
            Token::Int(count) => self.check_count(count, start),
            _ => Err(self.wrong_type("count", "an integer", start)),
        }
    }

    pub(crate) fn check_key(&self, key: &'a [u8], offset: usize) -> Result<&'a [u8], Fault> {
        let (len, limit) = (key.len(), self.limits.max_key);
        if len > limit {
            return Err(self.refuse(RefusalKind::KeyTooLong { len, limit }, offset));
        }
        Ok(key)
    }

    pub(crate) fn check_value(&self, value: &'a [u8], offset: usize) -> Result<&'a [u8], Fault> {
        let (len, limit) = (value.len(), self.limits.max_value);
        if len > limit {
            return Err(self.refuse(RefusalKind::ValueTooLong { len, limit }, offset));
        }
        Ok(value)
    }

    pub(crate) fn check_count(&self, count: Int, offset: usize) -> Result<u64, Fault> {
        let command = self.command;
        count
            .as_u64()
            .ok_or_else(|| self.refuse(RefusalKind::NegativeCount { command, count }, offset))
    }

    pub(crate) fn check_column(&self, column: Int, offset: usize) -> Result<usize, Fault> {
        match column.as_u64().map(usize::try_from) {
            Some(Ok(index)) if index < self.limits.max_columns => Ok(index),
            _ => {
                let last = self.limits.max_columns.saturating_sub(1);
                Err(self.refuse(RefusalKind::NoSuchColumn { column, last }, offset))
            }
        }
    }

    pub(crate) fn wrong_type(
        &self,
        what: &'static str,
        wanted: &'static str,
        offset: usize,
    ) -> Fault {
        let command = self.command;
        let kind = RefusalKind::WrongType {
            command,
            what,
            wanted,
        };
        self.refuse(kind, offset)
    }

    #[cold]
    pub(crate) fn refuse(&self, kind: RefusalKind, offset: usize) -> Fault {
        Fault::Refused(Refusal { kind, offset })
    }
}
