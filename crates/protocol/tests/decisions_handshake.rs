//! The rows of the protocol's table of decisions that are about the handshake.
#![allow(missing_docs)]

mod common;

use common::{answer, greeted, int, refused_by};
use masstree_protocol::{Hello, Limits, RefusalKind, Request, RequestDecoder, Step};

#[test]
fn maxkeylen_above_the_limit_is_refused_and_closes() {
    let bytes = b"\x93\x05\x0e\x81\xa9maxkeylen\xcd\x04\x01";
    let (reply, goes_on) = answer(&mut RequestDecoder::new(Limits::default()), bytes);
    assert_eq!(reply, b"\x94\x05\x0f\xc2\xadbad maxkeylen");
    assert!(!goes_on);
    let at_the_limit = b"\x93\x05\x0e\x81\xa9maxkeylen\xcd\x04\x00";
    let (reply, goes_on) = answer(&mut RequestDecoder::new(Limits::default()), at_the_limit);
    assert!(reply.is_empty() && goes_on);
}

#[test]
fn a_handshake_without_a_map_takes_defaults_and_with_another_thing_is_refused() {
    let mut decoder = RequestDecoder::new(Limits::default());
    let Ok(Step::Request {
        request: Request::Handshake(hello),
        ..
    }) = decoder.decode(b"\x92\x00\x0e")
    else {
        panic!("a handshake");
    };
    assert_eq!(hello, Hello::default());
    for bytes in [
        &b"\x93\x00\x0e\x01"[..],
        b"\x93\x00\x0e\xc0",
        b"\x93\x00\x0e\x90",
    ] {
        let (reply, goes_on) = answer(&mut RequestDecoder::new(Limits::default()), bytes);
        assert!(reply.starts_with(b"\x94\x00\x0f\xc2"), "{reply:02x?}");
        assert!(!goes_on);
    }
}

#[test]
fn handshake_keys_come_in_any_order_and_unknown_ones_are_ignored() {
    let mut decoder = RequestDecoder::new(Limits::default());
    let bytes = b"\x93\x00\x0e\x86\xc4\x04auth\xc4\x02hi\xa3new\x92\x81\x01\x02\xc0\x05\x06\xa5proto\x09\xa3bin\xc3\xa4core\xff";
    let Ok(Step::Request {
        request: Request::Handshake(hello),
        used,
        ..
    }) = decoder.decode(bytes)
    else {
        panic!("a handshake");
    };
    assert_eq!(used, bytes.len());
    let expected = Hello {
        core: Some(int(-1)),
        max_key_len: None,
        proto: 2,
        bin: true,
        auth: Some(b"hi"),
    };
    assert_eq!(hello, expected);
    assert!(!format!("{hello:?}").contains("hi\""), "no token in a log");
}

#[test]
fn a_second_handshake_is_an_error_and_the_connection_goes_on() {
    assert_eq!(
        refused_by(&mut greeted(), b"\x92\x07\x0e"),
        RefusalKind::HandshakeAgain
    );
    assert_eq!(
        refused_by(&mut greeted(), b"\x93\x07\x0e\x01"),
        RefusalKind::HandshakeAgain
    );
}

#[test]
fn a_request_before_the_handshake_closes() {
    let limits = Limits::default();
    for bytes in [
        &b"\x93\x06\x02\xa2k1"[..],
        b"\x92\x06\x63",
        b"\x91\x06",
        b"\x92\x06\x1e",
    ] {
        let (reply, goes_on) = answer(&mut RequestDecoder::new(limits), bytes);
        assert_eq!(reply, b"\x93\x06\xff\xafhandshake first");
        assert!(!goes_on);
    }
    // A large one too, of which nothing is kept, whether it is whole at once or not.
    let mut large = b"\x94\x06\x08\xa2k1\xc6\x00\x10\x00\x00".to_vec();
    let mut decoder = RequestDecoder::new(limits);
    let Ok(Step::Partial { discard, missing }) = decoder.decode(&large) else {
        panic!("more is to come");
    };
    assert_eq!((discard, missing), (large.len(), 1 << 20));
    large.resize(large.len() + (1 << 20), 0);
    let (reply, goes_on) = answer(&mut decoder, &large[discard..]);
    assert_eq!(
        (&reply[..], goes_on),
        (&b"\x93\x06\xff\xafhandshake first"[..], false)
    );
    let (reply, goes_on) = answer(&mut RequestDecoder::new(limits), &large);
    assert_eq!(
        (&reply[..], goes_on),
        (&b"\x93\x06\xff\xafhandshake first"[..], false)
    );
}

#[test]
fn handshake_and_requests_in_one_segment() {
    let bytes = b"\x92\x00\x0e\x93\x06\x02\xa2k1";
    let mut decoder = RequestDecoder::new(Limits::default());
    let Ok(Step::Request {
        request: Request::Handshake(hello),
        used,
        ..
    }) = decoder.decode(bytes)
    else {
        panic!("a handshake");
    };
    decoder.accept(&hello);
    let second = decoder.decode(&bytes[used..]);
    assert!(matches!(
        second,
        Ok(Step::Request {
            request: Request::Get { .. },
            ..
        })
    ));
}

#[test]
fn extensions_are_for_clients_that_ask_for_them() {
    let mut decoder = RequestDecoder::new(Limits::default());
    decoder.accept(&Hello::default());
    for code in (16..=32).step_by(2) {
        let kind = refused_by(&mut decoder, &[0x92, 7, code]);
        assert!(matches!(kind, RefusalKind::NeedsProto2(command) if command.code() == code));
    }
    assert!(matches!(
        greeted().decode(b"\x92\x07\x1e"),
        Ok(Step::Request { .. })
    ));
}
