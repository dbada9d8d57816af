//! What is written is read again, in any number of pieces, and is MessagePack in its shortest form in the eyes of another implementation.
#![allow(missing_docs)]

mod common;

use common::{greeted, rewrite};
use masstree_protocol::{
    Body, Command, Hello, Int, Isolation, Limits, Range, ReplyDecoder, ReplyWriter, RequestDecoder,
    RequestWriter, Row, Step, Transaction,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rmpv::Value;

fn ints() -> impl Strategy<Value = Int> {
    let widths = prop_oneof![Just(0), Just(8), Just(16), Just(32), Just(57)];
    (any::<i64>(), any::<u64>(), any::<bool>(), widths).prop_map(
        |(signed, unsigned, sign, shift)| {
            if sign {
                Int::from(signed >> shift)
            } else {
                Int::from(unsigned >> shift)
            }
        },
    )
}

fn keys() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 0..40), 1 => vec(any::<u8>(), 200..1024)]
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 0..300), 1 => (65_500_usize..65_600).prop_map(|len| vec![b'v'; len])]
}

fn columns() -> impl Strategy<Value = Vec<usize>> {
    vec(0_usize..1024, 0..20)
}

/// Any request but a handshake, as bytes.
fn requests() -> impl Strategy<Value = Vec<u8>> {
    let get = (ints(), keys(), columns())
        .prop_map(|(seq, key, columns)| written(|to| to.get(seq, &key, &columns)));
    let scan = (ints(), keys(), any::<u64>(), columns())
        .prop_map(|(seq, key, count, columns)| written(|to| to.scan(seq, &key, count, &columns)));
    let changes = vec((0_usize..1024, values()), 1..10);
    let put = (ints(), keys(), changes).prop_map(|(seq, key, changes)| {
        let changes: Vec<_> = changes
            .iter()
            .map(|(column, value)| (*column, &value[..]))
            .collect();
        written(|to| to.put(seq, &key, &changes))
    });
    let replace = (ints(), keys(), values())
        .prop_map(|(seq, key, value)| written(|to| to.replace(seq, &key, &value)));
    let remove = (ints(), keys()).prop_map(|(seq, key)| written(|to| to.remove(seq, &key)));
    let begin = (ints(), any::<(bool, bool)>()).prop_map(|(seq, (serializable, read_only))| {
        let isolation = if serializable {
            Isolation::Serializable
        } else {
            Isolation::Snapshot
        };
        written(|to| {
            to.begin(
                seq,
                Transaction {
                    isolation,
                    read_only,
                },
            )
        })
    });
    let mget =
        (ints(), vec(keys(), 0..20)).prop_map(|(seq, keys)| written(|to| to.mget(seq, &keys)));
    let bounds = (option::of(keys()), option::of(keys()), option::of(keys()));
    let range = (
        ints(),
        bounds,
        any::<(bool, bool, Option<u64>)>(),
        columns(),
    )
        .prop_map(
            |(seq, (from, upper, prefix), (reverse, keys_only, count), columns)| {
                let range = Range {
                    from: from.as_deref(),
                    to: upper.as_deref(),
                    prefix: prefix.as_deref(),
                    reverse,
                    count,
                    columns: &columns[..],
                    keys_only,
                };
                written(|to| to.range(seq, &range))
            },
        );
    let cas = (ints(), keys(), option::of(values()), option::of(values())).prop_map(
        |(seq, key, old, new)| written(|to| to.cas(seq, &key, old.as_deref(), new.as_deref())),
    );
    let plain = proptest::sample::select(vec![
        Command::Checkpoint,
        Command::Commit,
        Command::Abort,
        Command::Stats,
        Command::Ping,
        Command::Sync,
    ]);
    let plain = (ints(), plain).prop_map(|(seq, command)| written(|to| to.plain(seq, command)));
    prop_oneof![
        get, scan, put, replace, remove, begin, mget, range, cas, plain
    ]
}

fn written(write: impl FnOnce(&mut RequestWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut RequestWriter::new(&mut out));
    out
}

/// Reads all requests of a stream that arrives in pieces, and writes them again.
fn through_decoder(mut decoder: RequestDecoder, stream: &[u8], pieces: &[usize]) -> Vec<u8> {
    let (mut arrived, mut done, mut again) = (0, 0, Vec::new());
    let mut pieces = pieces.iter().cycle();
    while arrived < stream.len() {
        arrived = stream.len().min(arrived + pieces.next().unwrap_or(&1));
        loop {
            match decoder.decode(&stream[done..arrived]).unwrap() {
                Step::Request { used, seq, request } => {
                    again.extend(rewrite::request(seq, &request));
                    done += used;
                }
                Step::Partial { discard, missing } => {
                    assert_eq!(discard, 0);
                    assert!(missing > 0);
                    assert!(done == arrived || arrived + missing <= stream.len());
                    break;
                }
                Step::Refused { refusal, .. } => panic!("{refusal}"),
            }
        }
    }
    again
}

/// Whether another implementation writes the same bytes for the same values.
fn assert_shortest(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let mut rest = bytes;
        let value = rmpv::decode::read_value(&mut rest).unwrap();
        let mut again = Vec::new();
        write_shortest(&mut again, &value);
        assert_eq!(again, bytes[..bytes.len() - rest.len()]);
        bytes = rest;
    }
}

/// By hand, because `rmpv` writes a str that is not UTF-8 as bin.
fn write_shortest(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Nil => rmp::encode::write_nil(out).unwrap(),
        Value::Boolean(value) => rmp::encode::write_bool(out, *value).unwrap(),
        Value::Integer(value) => {
            match value.as_u64() {
                Some(value) => rmp::encode::write_uint(out, value),
                None => rmp::encode::write_sint(out, value.as_i64().unwrap()),
            }
            .unwrap();
        }
        Value::String(text) => {
            rmp::encode::write_str_len(out, text.as_bytes().len() as u32).unwrap();
            out.extend_from_slice(text.as_bytes());
        }
        Value::Binary(bytes) => rmp::encode::write_bin(out, bytes).unwrap(),
        Value::Array(values) => {
            rmp::encode::write_array_len(out, values.len() as u32).unwrap();
            values.iter().for_each(|value| write_shortest(out, value));
        }
        Value::Map(pairs) => {
            rmp::encode::write_map_len(out, pairs.len() as u32).unwrap();
            for (key, value) in pairs {
                write_shortest(out, key);
                write_shortest(out, value);
            }
        }
        other => panic!("{other}"),
    }
}

proptest! {
    #[test]
    fn requests_in_pieces(
        messages in vec(requests(), 1..8),
        pieces in vec(prop_oneof![1_usize..5, 1_usize..20_000], 1..10),
    ) {
        let stream = messages.concat();
        assert_shortest(&stream);
        prop_assert_eq!(&through_decoder(greeted(), &stream, &pieces), &stream);
    }

    #[test]
    fn handshakes(
        seq in ints(),
        core in option::of(ints()),
        max_key_len in option::of(0_u64..1025),
        extensions: bool,
        bin: bool,
        auth in option::of(vec(any::<u8>(), 0..40)),
        piece in 1_usize..10,
    ) {
        let proto = if extensions { 2 } else { 0 };
        let hello = Hello { core, max_key_len, proto, bin, auth: auth.as_deref() };
        let mut stream = Vec::new();
        RequestWriter::new(&mut stream).handshake(seq, &hello);
        let again = through_decoder(RequestDecoder::new(Limits::default()), &stream, &[piece]);
        prop_assert_eq!(again, stream);
    }

    /// Lists of any length, whatever length was expected, as str and as bin.
    #[test]
    fn scans(
        seq in ints(),
        rows in vec((keys(), vec(option::of(vec(any::<u8>(), 0..40)), 0..5)), 0..40),
        expected in prop_oneof![0_usize..100, Just(70_000), Just(usize::MAX)],
        bin: bool,
    ) {
        let mut bytes = b"before".to_vec();
        let mut reply = ReplyWriter::new(&mut bytes).with_bin(bin);
        let mut list = reply.list(seq, Command::Scan, expected);
        for (key, cells) in &rows {
            list.key(key);
            list.cells(cells.len(), cells.iter().map(Option::as_deref));
        }
        let len = list.finish();
        prop_assert_eq!(&bytes[..6], b"before");
        let bytes = &bytes[6..];
        prop_assert_eq!(len, bytes.len());
        assert_shortest(bytes);
        let (used, reply) = ReplyDecoder::default().decode(bytes).unwrap().unwrap();
        prop_assert_eq!((used, reply.seq), (bytes.len(), Some(seq)));
        let Body::Scan(list) = reply.body else { panic!("a scan") };
        let read: Vec<(Vec<u8>, Vec<_>)> = list
            .pairs()
            .map(|(key, row)| {
                let cells = match row {
                    Row::Absent => vec![None],
                    Row::Plain(value) => vec![Some(value.to_vec())],
                    Row::Columns(cells) => cells.iter().map(|cell| cell.map(<[u8]>::to_vec)).collect(),
                };
                (key.to_vec(), cells)
            })
            .collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn rows(seq in ints(), cells in vec(option::of(values()), 1..20)) {
        let mut bytes = Vec::new();
        ReplyWriter::new(&mut bytes).columns(seq, cells.iter().map(Option::as_deref), 0);
        assert_shortest(&bytes);
        let (_, reply) = ReplyDecoder::default().decode(&bytes).unwrap().unwrap();
        let Body::Row(row) = reply.body else { panic!("a row") };
        let read: Vec<_> = row.iter().map(|cell| cell.map(<[u8]>::to_vec)).collect();
        prop_assert_eq!(read, cells);
    }
}

#[test]
fn every_kind_of_reply() {
    for (index, bytes) in common::replies().into_iter().enumerate() {
        let (used, reply) = ReplyDecoder::default().decode(&bytes).unwrap().unwrap();
        assert_eq!(used, bytes.len());
        let again = rewrite::reply(&reply, index % 2 == 1);
        // Three things the bytes do not tell: a miss that is empty, a REPLACE that was answered like a PUT, a sequence number of nil.
        let told = !matches!(bytes[..], [0x92, _, 3] | [_, _, 9, _]) && reply.seq.is_some();
        if told {
            assert_eq!(again, bytes);
        }
    }
}

#[test]
fn every_kind_of_request() {
    let messages = common::requests();
    for (index, bytes) in messages.iter().enumerate() {
        let fresh = RequestDecoder::new(Limits::default());
        let decoder = if index == 0 { fresh } else { greeted() };
        assert_eq!(through_decoder(decoder, bytes, &[1]), *bytes);
    }
}
