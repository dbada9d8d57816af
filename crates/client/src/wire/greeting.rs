//! The first exchange of a connection, on the client's side.

use crate::error::{Error, Failure};
use crate::options::Options;
use crate::response::text;
use masstree_protocol::{Abilities, Body, Hello, Int, NEWEST_PROTO, Reply, RequestWriter};
use std::sync::Arc;

/// The number of the handshake; requests count from 1.
const SEQ: u64 = 0;

/// What a server said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// What it calls itself.
    pub version: String,
    /// The highest sequence number that it wants to see; from the C++ server, the index of a thread.
    pub max_seq: Int,
    /// What it can do; nothing from a server without the extensions, or if none were asked for.
    pub abilities: Option<Abilities>,
}

/// The bytes of a handshake.
pub(crate) fn hello(options: &Options) -> Vec<u8> {
    let hello = Hello {
        core: Some((-1_i64).into()),
        max_key_len: options.max_key_len,
        proto: if options.extensions { NEWEST_PROTO } else { 0 },
        bin: options.bin,
        auth: options.token.as_deref(),
    };
    let mut out = Vec::new();
    RequestWriter::new(&mut out).handshake(SEQ.into(), &hello);
    out
}

/// What the server replied to it.
pub(crate) fn greeted(reply: &Reply<'_>) -> Result<ServerInfo, Error> {
    match reply.body {
        Body::Welcome {
            max_seq,
            version,
            abilities,
        } if reply.seq == Some(SEQ.into()) => Ok(ServerInfo {
            version: text(version),
            max_seq,
            abilities,
        }),
        Body::Unwelcome(why) | Body::Error(why) => Err(Error::Unwelcome { why: text(why) }),
        _ => {
            let command = masstree_protocol::Command::Handshake;
            Err(Error::not_sent(&Arc::new(Failure::WrongReply { command })))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_captured_handshake_is_what_an_old_server_sees() {
        let options = Options {
            extensions: false,
            max_key_len: Some(255),
            ..Options::default()
        };
        assert_eq!(
            hello(&options),
            b"\x93\x00\x0e\x82\xa4core\xff\xa9maxkeylen\xcc\xff"
        );
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        for body in [
            Body::Unwelcome(b"bad maxkeylen"),
            Body::Error(b"bad maxkeylen"),
        ] {
            let reply = Reply { seq: None, body };
            let error = greeted(&reply).unwrap_err();
            assert!(matches!(error, Error::Unwelcome { why } if why == "bad maxkeylen"));
        }
        let reply = Reply {
            seq: Some(0_u64.into()),
            body: Body::Pong,
        };
        assert!(greeted(&reply).unwrap_err().is_lost());
    }
}
