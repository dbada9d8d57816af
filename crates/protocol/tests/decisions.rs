//! The rows of the protocol's table of decisions that the codec makes once the handshake is through: what is answered, and whether the
//! connection goes on.
#![allow(missing_docs)]

mod common;

use common::{answer, greeted, greeted_with, int, malformed, refused_by};
use masstree_protocol::{
    Command, Limits, MalformedKind, RefusalKind, Reply, ReplyDecoder, ReplyWriter, Request,
    RequestDecoder, Step,
};

/// The reason why a request is refused, with the connection going on and `seq` 7 in the answer.
fn refused(bytes: &[u8]) -> RefusalKind {
    refused_by(&mut greeted(), bytes)
}

fn get_columns(bytes: &[u8]) -> Vec<usize> {
    match greeted().decode(bytes) {
        Ok(Step::Request {
            request: Request::Get { columns, .. },
            ..
        }) => columns.iter().collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn unknown_commands_and_wrong_arguments_are_errors_and_change_nothing() {
    assert_eq!(
        refused(b"\x92\x07\x63"),
        RefusalKind::UnknownCommand(int(99))
    );
    assert_eq!(
        refused(b"\x92\x07\xff"),
        RefusalKind::UnknownCommand(int(-1))
    );
    assert_eq!(
        refused(b"\x92\x07\x03"),
        RefusalKind::UnknownCommand(int(3))
    );
    assert_eq!(refused(b"\x91\x07"), RefusalKind::NoCommand);
    assert_eq!(refused(b"\x92\x07\xa1x"), RefusalKind::CommandNotInteger);
    for bytes in [
        &b"\x92\x07\x02"[..],                     // GET without a key
        b"\x93\x07\x02\x05",                      // a key that is an integer
        b"\x93\x07\x02\xc0",                      // a key that is nil
        b"\x94\x07\x02\xa1k\xa1x",                // a column that is a str
        b"\x93\x07\x06\xa1k",                     // PUT without columns
        b"\x94\x07\x06\xa1k\x90",                 // PUT with no columns in an array
        b"\x94\x07\x06\xa1k\x01",                 // PUT without a value
        b"\x95\x07\x06\xa1k\x01\x02",             // PUT of an integer
        b"\x96\x07\x06\xa1k\x01\xa1v\x02",        // PUT without the last value
        b"\x93\x07\x08\xa1k",                     // REPLACE without a value
        b"\x94\x07\x08\xa1k\xc0",                 // REPLACE by nil
        b"\x92\x07\x0a",                          // REMOVE without a key
        b"\x93\x07\x10\x01",                      // BEGIN with an integer
        b"\x93\x07\x10\x81\xa9isolation\xa4none", // an unknown isolation
        b"\x93\x07\x10\x81\xa9read_only\x01",     // read_only that is no bool
        b"\x93\x07\x16\x01",                      // MGET of an integer
        b"\x92\x07\x18",                          // RANGE without options
        b"\x93\x07\x18\x90",                      // RANGE with an array
        b"\x93\x07\x18\x81\xa5count\xff",         // a negative count
        b"\x93\x07\x18\x81\xa4form\xa1a",         // an unknown option
        b"\x93\x07\x18\x81\xa7columns\xa1a",      // columns that are a str
        b"\x93\x07\x18\x81\xa7columns\x91\xff",   // a negative column
        b"\x93\x07\x1a\xa1k",                     // CAS without values
        b"\x94\x07\x1a\xa1k\xc0",                 // CAS without the new one
        b"\x95\x07\x1a\xa1k\x01\xc0",             // CAS of an integer
    ] {
        refused(bytes);
    }
}

#[test]
fn bytes_that_are_no_message_are_answered_with_nil_and_close() {
    use MalformedKind::*;
    for (bytes, kind) in [
        (&b"\xc1"[..], NotMessagePack),
        (b"\x93\x07\x02\xc1", NotMessagePack),
        (b"GET / HTTP/1.1\r\n", NotAnArray),
        (b"\xa5hello", NotAnArray),
        (b"\x81\x01\x02", NotAnArray),
        (b"\xc7\x01\x01\x00", NotAnArray),
        (b"\x90", Empty),
        (b"\xdc\x00\x00", Empty),
        (b"\x93\xa1x\x02\xa1k", SeqNotInteger),
        (b"\x92\xc0\x02", SeqNotInteger),
        (
            b"\x92\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\x02",
            SeqNotInteger,
        ),
        (b"\x93\x07\x02\xd4\x01\x00", Extension),
        (b"\x94\x07\x0c\x01\xc8\x00\x01\x01\x00", Extension),
    ] {
        assert_eq!(malformed(bytes).kind, kind, "{bytes:02x?}");
        let (reply, goes_on) = answer(&mut greeted(), bytes);
        assert!(reply.starts_with(b"\x93\xc0\xff"), "{reply:02x?}");
        assert!(!goes_on);
        let (_, Reply { seq, .. }) = ReplyDecoder::default().decode(&reply).unwrap().unwrap();
        assert_eq!(seq, None);
    }
    assert_eq!(malformed(b"\x93\x07\x02\xc1").offset, 3);
}

#[test]
fn put_takes_columns_in_any_order_and_refuses_those_outside_the_limit() {
    let bytes = b"\x99\x07\x06\xa1k\x05\xa1a\x02\xa1b\x05\xa1c";
    let mut decoder = greeted();
    let Ok(Step::Request {
        request: Request::Put { changes, .. },
        ..
    }) = decoder.decode(bytes)
    else {
        panic!("a PUT");
    };
    let changes: Vec<_> = changes.iter().collect();
    assert_eq!(changes, [(5, &b"a"[..]), (2, b"b"), (5, b"c")]);
    let (column, last) = (int(-1), 1023);
    let kind = RefusalKind::NoSuchColumn { column, last };
    assert_eq!(refused(b"\x95\x07\x06\xa1k\xff\xa1v"), kind);
    let kind = RefusalKind::NoSuchColumn {
        column: int(1024),
        last,
    };
    assert_eq!(refused(b"\x95\x07\x06\xa1k\xcd\x04\x00\xa1v"), kind);
    assert_eq!(refused(b"\x94\x07\x02\xa1k\xcd\x04\x00"), kind);
    assert_eq!(get_columns(b"\x94\x07\x02\xa1k\xcd\x03\xff"), [1023]);
}

#[test]
fn a_nested_array_of_columns_is_the_columns_themselves() {
    assert_eq!(get_columns(b"\x94\x07\x02\xa1k\x93\x01\x02\x03"), [1, 2, 3]);
    assert_eq!(
        get_columns(b"\x96\x07\x02\xa1k\x01\x92\x02\x91\x03\x04"),
        [1, 2, 3, 4]
    );
    assert_eq!(get_columns(b"\x94\x07\x02\xa1k\x90"), []);
    let bytes = b"\x94\x07\x06\xa1k\x94\x01\xa1a\x02\xa1b";
    let mut decoder = greeted();
    let Ok(Step::Request {
        request: Request::Put { changes, .. },
        ..
    }) = decoder.decode(bytes)
    else {
        panic!("a PUT");
    };
    let changes: Vec<_> = changes.iter().collect();
    assert_eq!(changes, [(1, &b"a"[..]), (2, b"b")]);
}

#[test]
fn scan_wants_a_key_and_a_count_that_is_not_negative() {
    refused(b"\x92\x07\x04");
    refused(b"\x93\x07\x04\xa1k");
    refused(b"\x93\x07\x04\x05");
    refused(b"\x94\x07\x04\xa1k\xa1k");
    refused(b"\x94\x07\x04\xa1k\xff");
    let zero = greeted().decode(b"\x94\x07\x04\xa1k\x00").unwrap();
    assert!(matches!(
        zero,
        Step::Request {
            request: Request::Scan { count: 0, .. },
            ..
        }
    ));
}

#[test]
fn keys_and_values_over_their_limits_are_skipped_and_the_next_request_is_read() {
    let limits = Limits {
        max_key: 4,
        max_value: 8,
        max_message: 1000,
        ..Limits::default()
    };
    let long_key = b"\x94\x07\x08\xa5aaaaa\xa1v";
    let kind = RefusalKind::KeyTooLong { len: 5, limit: 4 };
    assert_eq!(refused_by(&mut greeted_with(limits), long_key), kind);
    let mut long_value = b"\x94\x07\x08\xa1k\xd9\x64".to_vec();
    long_value.resize(long_value.len() + 100, b'v');
    let kind = RefusalKind::ValueTooLong { len: 100, limit: 8 };
    assert_eq!(refused_by(&mut greeted_with(limits), &long_value), kind);

    // Byte by byte, no byte of the value has to be kept.
    let mut decoder = greeted_with(limits);
    let (mut kept, mut largest) = (Vec::new(), 0);
    let stream = [&long_value[..], b"\x93\x06\x02\xa2k1"].concat();
    let mut seen = Vec::new();
    for byte in stream {
        kept.push(byte);
        largest = largest.max(kept.len());
        let used = match decoder.decode(&kept).unwrap() {
            Step::Partial { discard, .. } => discard,
            Step::Refused { used, refusal, .. } => {
                assert_eq!(refusal.kind, kind);
                seen.push("refused");
                used
            }
            Step::Request { used, .. } => {
                seen.push("request");
                used
            }
        };
        kept.drain(..used);
    }
    assert_eq!(seen, ["refused", "request"]);
    assert!(largest < 8, "{largest} bytes were kept");
}

#[test]
fn limits_are_inclusive() {
    let limits = Limits {
        max_key: 2,
        max_value: 3,
        max_message: 11,
        ..Limits::default()
    };
    let whole = greeted_with(limits).decode(b"\x94\x07\x08\xa2kk\xa3vvv\x93");
    assert!(matches!(whole, Ok(Step::Request { used: 10, .. })));
    let error = greeted_with(limits)
        .decode(b"\x94\x07\x08\xa8kkkkkkkk")
        .unwrap_err();
    assert!(matches!(error.kind, MalformedKind::TooLong { limit: 11 }));
}

#[test]
fn hostile_lengths_are_refused_from_the_header_alone() {
    let long = |bytes| matches!(malformed(bytes).kind, MalformedKind::TooLong { .. });
    assert!(long(b"\x93\x07\x02\xdb\xff\xff\xff\xff"));
    assert!(long(b"\x93\x07\x02\xc6\x02\x00\x00\x01"));
    let many = |bytes| matches!(malformed(bytes).kind, MalformedKind::TooManyElements { .. });
    assert!(many(b"\xdd\xff\xff\xff\xff"));
    assert!(many(b"\xdd\x00\x0f\x42\x41"));
    assert!(many(b"\x93\x07\x0e\xdf\xff\xff\xff\xff"));
    let exactly = greeted().decode(b"\xdd\x00\x0f\x42\x40");
    assert!(matches!(exactly, Ok(Step::Partial { .. })));

    let kind = MalformedKind::TooDeep { limit: 8 };
    let mut deep = vec![0x91; 100_000];
    deep[0] = 0x93;
    deep[1..3].copy_from_slice(b"\x07\x02");
    assert_eq!(malformed(&deep).kind, kind);
    // The message is the first level: seven more are taken, eight are not.
    let eight = b"\x93\x07\x02\x91\x91\x91\x91\x91\x91\x91\x01";
    assert!(matches!(greeted().decode(eight), Ok(Step::Refused { .. })));
    let nine = b"\x93\x07\x02\x91\x91\x91\x91\x91\x91\x91\x91\x01";
    assert_eq!(malformed(nine).kind, kind);
}

#[test]
fn every_sequence_number_is_echoed_by_value() {
    for (bytes, echoed) in [
        (&b"\x92\xff\x63"[..], &b"\xff"[..]),
        (b"\x92\xd0\xff\x63", b"\xff"),
        (
            b"\x92\xd3\x80\x00\x00\x00\x00\x00\x00\x00\x63",
            b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00",
        ),
        (
            b"\x92\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x63",
            b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        (b"\x92\xcf\x00\x00\x00\x00\x00\x00\x00\x07\x63", b"\x07"),
        (b"\x92\xcd\x00\x80\x63", b"\xcc\x80"),
    ] {
        let (reply, _) = answer(&mut greeted(), bytes);
        assert!(reply[1..].starts_with(echoed), "{reply:02x?}");
    }
}

#[test]
fn arguments_beyond_those_a_command_takes_are_ignored() {
    for bytes in [
        &b"\x95\x07\x08\xa1k\xa1v\x05"[..],
        b"\x94\x07\x0a\xa1k\xc0",
        b"\x93\x07\x0c\x81\x01\x02",
        b"\x93\x07\x1e\x92\x01\x02",
        b"\x94\x07\x10\x80\x01",
        b"\x96\x07\x1a\xa1k\xc0\xc0\x01",
        b"\x94\x07\x18\x81\xa7columns\x92\x01\x91\x02\x05",
    ] {
        let step = greeted().decode(bytes);
        assert!(
            matches!(step, Ok(Step::Request { used, .. }) if used == bytes.len()),
            "{step:?}"
        );
    }
    let mut decoder = RequestDecoder::new(Limits::default());
    assert!(matches!(
        decoder.decode(b"\x94\x00\x0e\x80\x01"),
        Ok(Step::Request { .. })
    ));
}

#[test]
fn a_list_that_is_given_up_leaves_no_trace() {
    let mut out = b"before".to_vec();
    let mut reply = ReplyWriter::new(&mut out);
    let mut list = reply.list(int(7), Command::Scan, 100);
    list.key(b"k");
    assert_eq!(list.len(), 7);
    list.cancel();
    reply.error(int(7), "the reply is too long");
    assert!(out.starts_with(b"before\x93\x07\xff\xb5the reply"));
}
