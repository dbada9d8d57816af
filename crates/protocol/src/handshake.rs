//! The first exchange of a connection.
//!
//! ```text
//! [seq, 14, {"core": -1, "maxkeylen": 255}]          the request: a map, keys in any order, unknown ones ignored
//! [seq, 15, true, 65535, "Masstree-0.1"]             the reply
//! [seq, 15, true, 65535, "Masstree-0.1", {…}]        the reply to "proto": 2, with what the server can do
//! [seq, 15, false, "bad maxkeylen"]                  refused; the server closes the connection
//! ```
//! A key whose value is nil is as good as left out; the last of a repeated key counts.

use crate::Int;
use crate::error::RefusalKind;
use crate::limits::Limits;
use crate::msgpack::read::{Reader, Token};
use crate::msgpack::write::{put_bool, put_bytes, put_int, put_map, put_unsigned};
use crate::request::arguments::{Arguments, Fault};
use std::fmt;

/// The newest version of the protocol; it brings the extensions.
pub const NEWEST_PROTO: u8 = 2;

/// The highest sequence number that a server names: clients go on at 1 after it.
pub const MAX_SEQ: u64 = 65_535;

/// What a server calls itself.
pub const VERSION: &str = "Masstree-0.1";

/// What a client says of itself.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Hello<'a> {
    /// The core that the client wants to be served by; -1 for any. Servers may ignore it.
    pub core: Option<Int>,
    /// Longest key that the client will send, in bytes.
    pub max_key_len: Option<u64>,
    /// 2 for the extensions, 0 for none.
    pub proto: u8,
    /// Whether the server shall send keys and values as bin instead of str.
    pub bin: bool,
    /// The token, for a server that wants one.
    pub auth: Option<&'a [u8]>,
}

impl Hello<'_> {
    /// Whether the client asked for the extensions.
    pub fn wants_extensions(&self) -> bool {
        self.proto >= 2
    }
}

/// Without the token, so that it never gets into a log.
impl fmt::Debug for Hello<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hello")
            .field("core", &self.core)
            .field("max_key_len", &self.max_key_len)
            .field("proto", &self.proto)
            .field("bin", &self.bin)
            .field("auth", &self.auth.map(|_| "hidden"))
            .finish()
    }
}

pub(crate) fn take<'a>(arguments: &mut Arguments<'a, '_>) -> Result<Hello<'a>, Fault> {
    let mut hello = Hello::default();
    if arguments.left == 0 {
        return Ok(hello);
    }
    let start = arguments.reader.at();
    let Token::Map(pairs) = arguments.token("map")? else {
        return Err(arguments.refuse(RefusalKind::HandshakeNoMap, start));
    };
    for _ in 0..pairs {
        take_pair(arguments, &mut hello)?;
    }
    Ok(hello)
}

fn take_pair<'a>(arguments: &mut Arguments<'a, '_>, hello: &mut Hello<'a>) -> Result<(), Fault> {
    let Some(name) = arguments.reader.str_or_bin() else {
        // A key of another type is an unknown one.
        arguments.reader.skip().ok_or(Fault::Cut)?;
        return arguments.reader.skip().ok_or(Fault::Cut);
    };
    let offset = arguments.reader.at();
    let mut ahead = arguments.reader;
    let token = ahead.token().ok_or(Fault::Cut)?;
    arguments.reader.skip().ok_or(Fault::Cut)?;
    let wrong = |what, wanted| {
        let kind = RefusalKind::BadHandshakeValue { what, wanted };
        Err(arguments.refuse(kind, offset))
    };
    match (name, token) {
        (b"core", Token::Nil) => hello.core = None,
        (b"core", Token::Int(core)) => hello.core = Some(core),
        (b"core", _) => return wrong("core", "an integer"),
        (b"maxkeylen", Token::Nil) => hello.max_key_len = None,
        (b"maxkeylen", Token::Int(len)) => match len.as_u64() {
            Some(len) if len <= arguments.limits.max_key as u64 => hello.max_key_len = Some(len),
            _ => return Err(arguments.refuse(RefusalKind::BadMaxKeyLen, offset)),
        },
        (b"maxkeylen", _) => return Err(arguments.refuse(RefusalKind::BadMaxKeyLen, offset)),
        (b"proto", Token::Nil) => hello.proto = 0,
        (b"proto", Token::Int(proto)) => {
            hello.proto = proto.as_u64().unwrap_or(0).min(NEWEST_PROTO.into()) as u8;
        }
        (b"proto", _) => return wrong("proto", "an integer"),
        (b"bin", Token::Nil) => hello.bin = false,
        (b"bin", Token::Bool(bin)) => hello.bin = bin,
        (b"bin", _) => return wrong("bin", "a bool"),
        (b"auth", Token::Nil) => hello.auth = None,
        (b"auth", Token::Bytes(token)) => hello.auth = Some(token),
        (b"auth", _) => return wrong("auth", "a str or bin"),
        _ => {}
    }
    Ok(())
}

/// Appends the map of a handshake. Only what is said is in it, so that an old server sees what it knows.
pub(crate) fn put_hello(out: &mut Vec<u8>, hello: &Hello<'_>) {
    let said = [
        hello.core.is_some(),
        hello.max_key_len.is_some(),
        hello.proto > 0,
        hello.bin,
        hello.auth.is_some(),
    ];
    put_map(out, said.into_iter().filter(|&said| said).count());
    if let Some(core) = hello.core {
        put_bytes(out, b"core", false);
        put_int(out, core);
    }
    if let Some(len) = hello.max_key_len {
        put_bytes(out, b"maxkeylen", false);
        put_unsigned(out, len);
    }
    if hello.proto > 0 {
        put_bytes(out, b"proto", false);
        put_unsigned(out, hello.proto.into());
    }
    if hello.bin {
        put_bytes(out, b"bin", false);
        put_bool(out, true);
    }
    if let Some(token) = hello.auth {
        put_bytes(out, b"auth", false);
        put_bytes(out, token, false);
    }
}

/// In which words the server greets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Greeting {
    /// The highest sequence number and [`VERSION`].
    #[default]
    Ours,
    /// As the C++ server: the index of the thread that serves the connection, and `Bag`.
    Mtd {
        /// Index of the thread.
        thread: u64,
    },
}

impl Greeting {
    /// The reply's fourth and fifth element.
    pub(crate) fn words(self) -> (u64, &'static str) {
        match self {
            Self::Ours => (MAX_SEQ, VERSION),
            Self::Mtd { thread } => (thread, "Bag"),
        }
    }
}

/// What a server can do, as told to a client that asked for the extensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Version of the protocol that the connection speaks.
    pub proto: u8,
    /// Whether keys and values come as bin.
    pub bin: bool,
    /// Whether there is a disk that SYNC waits for.
    pub durable: bool,
    /// Longest key, in bytes.
    pub max_key: u64,
    /// Longest value of one column, in bytes.
    pub max_value: u64,
    /// Columns run from 0 to one less than this.
    pub max_columns: u64,
    /// Longest request, in bytes.
    pub max_message: u64,
}

impl Abilities {
    /// What is told to this client by a server of these limits.
    pub fn new(hello: &Hello<'_>, limits: &Limits, durable: bool) -> Self {
        Self {
            proto: hello.proto.min(NEWEST_PROTO),
            bin: hello.bin,
            durable,
            max_key: limits.max_key as u64,
            max_value: limits.max_value as u64,
            max_columns: limits.max_columns as u64,
            max_message: limits.max_message as u64,
        }
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        put_map(out, 7);
        for (name, flag) in [(&b"bin"[..], self.bin), (b"durable", self.durable)] {
            put_bytes(out, name, false);
            put_bool(out, flag);
        }
        for (name, number) in [
            (&b"proto"[..], self.proto.into()),
            (b"maxkeylen", self.max_key),
            (b"maxvaluelen", self.max_value),
            (b"maxcolumns", self.max_columns),
            (b"maxmessage", self.max_message),
        ] {
            put_bytes(out, name, false);
            put_unsigned(out, number);
        }
    }

    /// Reads a map of `pairs`; unknown keys are stepped over.
    pub(crate) fn read(reader: &mut Reader<'_>, pairs: usize) -> Option<Self> {
        let mut abilities = Self::default();
        for _ in 0..pairs {
            let name = reader.str_or_bin();
            if name.is_none() {
                reader.skip()?;
            }
            let mut ahead = *reader;
            let token = ahead.token()?;
            reader.skip()?;
            let number = match token {
                Token::Int(number) => number.as_u64(),
                _ => None,
            };
            match name.unwrap_or_default() {
                b"bin" => abilities.bin = token == Token::Bool(true),
                b"durable" => abilities.durable = token == Token::Bool(true),
                b"proto" => abilities.proto = u8::try_from(number?).ok()?,
                b"maxkeylen" => abilities.max_key = number?,
                b"maxvaluelen" => abilities.max_value = number?,
                b"maxcolumns" => abilities.max_columns = number?,
                b"maxmessage" => abilities.max_message = number?,
                _ => {}
            }
        }
        Some(abilities)
    }
}
