//! Every exchange that was captured between clients and the C++ server, byte for byte, in both directions.
#![allow(missing_docs)]

mod common;

use common::{greeted, int};
use masstree_protocol::{
    Body, Command, Greeting, Hello, Limits, Miss, Reply, ReplyDecoder, ReplyWriter, Request,
    RequestDecoder, RequestWriter, Row, Step, Written,
};

/// The request in `bytes`, which holds nothing else.
fn request<'a>(decoder: &mut RequestDecoder, bytes: &'a [u8], sequence: i64) -> Request<'a> {
    match decoder.decode(bytes) {
        Ok(Step::Request { used, seq, request }) => {
            assert_eq!((used, seq), (bytes.len(), int(sequence)));
            request
        }
        other => panic!("{other:?}"),
    }
}

/// The results in `bytes`, which holds nothing else.
fn body(bytes: &[u8], sequence: i64) -> Body<'_> {
    let (used, Reply { seq, body }) = ReplyDecoder::default().decode(bytes).unwrap().unwrap();
    assert_eq!((used, seq), (bytes.len(), Some(int(sequence))));
    body
}

fn written_request(write: impl FnOnce(&mut RequestWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut RequestWriter::new(&mut out));
    out
}

fn written_reply(write: impl FnOnce(&mut ReplyWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut ReplyWriter::new(&mut out));
    out
}

#[test]
fn handshake() {
    let bytes = b"\x93\x00\x0e\x82\xa4core\xff\xa9maxkeylen\xcc\xff";
    let mut decoder = RequestDecoder::new(Limits::default());
    let Request::Handshake(hello) = request(&mut decoder, bytes, 0) else {
        panic!("a handshake");
    };
    let expected = Hello {
        core: Some(int(-1)),
        max_key_len: Some(255),
        ..Hello::default()
    };
    assert_eq!(hello, expected);
    assert_eq!(written_request(|to| to.handshake(int(0), &hello)), bytes);

    let ours = written_reply(|to| to.welcome(int(0), Greeting::Ours, None));
    assert_eq!(ours, b"\x95\x00\x0f\xc3\xcd\xff\xff\xacMasstree-0.1");
    let Body::Welcome {
        max_seq,
        version,
        abilities,
    } = body(&ours, 0)
    else {
        panic!("a welcome");
    };
    assert_eq!(
        (max_seq, version, abilities),
        (int(65_535), &b"Masstree-0.1"[..], None)
    );
    let mtd = written_reply(|to| to.welcome(int(0), Greeting::Mtd { thread: 1 }, None));
    assert_eq!(mtd, b"\x95\x00\x0f\xc3\x01\xa3Bag");
}

#[test]
fn replace_inserts_then_updates() {
    for (sequence, value, sent, received, written) in [
        (
            4,
            "hello",
            &b"\x94\x04\x08\xa2k1\xa5hello"[..],
            b"\x93\x04\x09\x01",
            Written::Inserted,
        ),
        (
            5,
            "world!",
            b"\x94\x05\x08\xa2k1\xa6world!",
            b"\x93\x05\x09\x02",
            Written::Updated,
        ),
    ] {
        let mut decoder = greeted();
        let got = request(&mut decoder, sent, sequence);
        assert!(matches!(got, Request::Replace { key: b"k1", value: v } if v == value.as_bytes()));
        let again = written_request(|to| to.replace(int(sequence), b"k1", value.as_bytes()));
        assert_eq!(again, sent);
        let reply = written_reply(|to| to.written(int(sequence), Command::Replace, written));
        assert_eq!(reply, received);
        assert_eq!(body(received, sequence), Body::Written(written));
    }
}

#[test]
fn get_of_a_row_and_of_an_absent_column() {
    let (sent, received) = (b"\x93\x06\x02\xa2k1", b"\x93\x06\x03\xa6world!");
    let mut decoder = greeted();
    let Request::Get {
        key: b"k1",
        columns,
    } = request(&mut decoder, sent, 6)
    else {
        panic!("a GET");
    };
    assert!(columns.is_empty());
    assert_eq!(written_request(|to| to.get(int(6), b"k1", &[])), sent);
    assert_eq!(written_reply(|to| to.value(int(6), b"world!")), received);
    let Body::Row(row) = body(received, 6) else {
        panic!("a row")
    };
    assert_eq!(row.iter().collect::<Vec<_>>(), [Some(&b"world!"[..])]);

    let (sent, received) = (b"\x94\x08\x02\xa2k1\x05", b"\x93\x08\x03\xc0");
    let Request::Get {
        key: b"k1",
        columns,
    } = request(&mut decoder, sent, 8)
    else {
        panic!("a GET");
    };
    assert_eq!(columns.iter().collect::<Vec<_>>(), [5]);
    assert_eq!(written_request(|to| to.get(int(8), b"k1", &[5])), sent);
    assert_eq!(written_reply(|to| to.columns(int(8), [None], 1)), received);
    let Body::Row(row) = body(received, 8) else {
        panic!("a row")
    };
    assert_eq!(row.iter().collect::<Vec<_>>(), [None]);
}

#[test]
fn put_of_a_later_column_and_the_whole_row() {
    let (sent, received) = (b"\x95\x0b\x06\xa2p1\x02\xa2c2", b"\x93\x0b\x07\x02");
    let mut decoder = greeted();
    let Request::Put {
        key: b"p1",
        changes,
    } = request(&mut decoder, sent, 11)
    else {
        panic!("a PUT");
    };
    assert_eq!(changes.iter().collect::<Vec<_>>(), [(2, &b"c2"[..])]);
    assert_eq!(
        written_request(|to| to.put(int(11), b"p1", &[(2, b"c2")])),
        sent
    );
    let reply = written_reply(|to| to.written(int(11), Command::Put, Written::Updated));
    assert_eq!(reply, received);
    assert_eq!(body(received, 11), Body::Written(Written::Updated));

    let (sent, received) = (b"\x93\x0c\x02\xa2p1", b"\x95\x0c\x03\xa2c0\xa0\xa2c2");
    request(&mut decoder, sent, 12);
    let cells = [Some(&b"c0"[..]), Some(b""), Some(b"c2")];
    assert_eq!(written_reply(|to| to.columns(int(12), cells, 3)), received);
    let Body::Row(row) = body(received, 12) else {
        panic!("a row")
    };
    assert_eq!(row.iter().collect::<Vec<_>>(), cells);
}

#[test]
fn remove() {
    let (sent, received) = (b"\x93\x1e\x0a\xa2e1", b"\x93\x1e\x0b\xc3");
    let got = request(&mut greeted(), sent, 30);
    assert!(matches!(got, Request::Remove { key: b"e1" }));
    assert_eq!(written_request(|to| to.remove(int(30), b"e1")), sent);
    assert_eq!(written_reply(|to| to.removed(int(30), true)), received);
    assert_eq!(body(received, 30), Body::Removed(true));
    assert_eq!(body(b"\x93\x1e\x0b\xc2", 30), Body::Removed(false));
}

#[test]
fn scan_of_rows_with_one_and_two_columns() {
    let sent = b"\x94\x03\x04\xa2s2\x02";
    let received = b"\x96\x03\x05\xa2s2\xa3vs2\xa2s3\x92\xa3vs3\xa4col1";
    let mut decoder = greeted();
    let Request::Scan {
        first: b"s2",
        count: 2,
        columns,
    } = request(&mut decoder, sent, 3)
    else {
        panic!("a SCAN");
    };
    assert!(columns.is_empty());
    assert_eq!(written_request(|to| to.scan(int(3), b"s2", 2, &[])), sent);
    // Whatever number was expected, the bytes are the same.
    for expected in [0, 4, 14, 1000, 100_000, usize::MAX] {
        let reply = written_reply(|to| {
            let mut list = to.list(int(3), Command::Scan, expected);
            list.key(b"s2");
            list.value(b"vs2");
            list.key(b"s3");
            list.row(2, [&b"vs3"[..], b"col1"]);
            assert_eq!(list.finish(), received.len());
        });
        assert_eq!(reply, received);
    }
    let Body::Scan(list) = body(received, 3) else {
        panic!("a list")
    };
    let pairs: Vec<_> = list.pairs().collect();
    assert_eq!(pairs[0], (&b"s2"[..], Row::Plain(b"vs2")));
    let (b"s3", Row::Columns(cells)) = pairs[1] else {
        panic!("a row of two columns")
    };
    assert_eq!(
        cells.iter().collect::<Vec<_>>(),
        [Some(&b"vs3"[..]), Some(b"col1")]
    );
}

#[test]
fn checkpoint() {
    let (sent, received) = (b"\x92\x22\x0c", b"\x92\x22\x0d");
    assert!(matches!(
        request(&mut greeted(), sent, 34),
        Request::Checkpoint
    ));
    assert_eq!(
        written_request(|to| to.plain(int(34), Command::Checkpoint)),
        sent
    );
    assert_eq!(
        written_reply(|to| to.done(int(34), Command::Checkpoint)),
        received
    );
    assert_eq!(body(received, 34), Body::CheckpointStarted);
}

#[test]
fn integers_as_wide_as_clients_send_them() {
    let sent = b"\x93\xce\x00\x00\x00\x07\xcc\x02\xa2k1";
    assert!(matches!(
        request(&mut greeted(), sent, 7),
        Request::Get { key: b"k1", .. }
    ));
    let sent = b"\x92\xce\x00\x00\x00\x07\xcc\x0e";
    let mut decoder = RequestDecoder::new(Limits::default());
    assert!(matches!(
        request(&mut decoder, sent, 7),
        Request::Handshake(_)
    ));
}

#[test]
fn a_missing_key_in_each_form() {
    let bytes = b"\x96\x07\x02\xa2k1\x01\x92\xcc\x02\x03\x05";
    let mut decoder = greeted();
    let Request::Get { key, columns } = request(&mut decoder, bytes, 7) else {
        panic!("a GET");
    };
    assert_eq!(columns.iter().collect::<Vec<_>>(), [1, 2, 3, 5]);
    let reply = |miss| written_reply(|to| to.missing(int(7), miss, key, &columns));
    assert_eq!(reply(Miss::Code), b"\x93\x07\x03\xfe");
    assert_eq!(reply(Miss::Empty), b"\x92\x07\x03");
    assert_eq!(reply(Miss::Echo), b"\x96\x07\x03\xa2k1\x01\x92\x02\x03\x05");
    assert_eq!(body(&reply(Miss::Code), 7), Body::Missing);
    assert_eq!(body(&reply(Miss::Empty), 7), Body::Missing);
}
