//! Reading and writing of the common messages. Each figure is for one message; a batch of 64 lies in one buffer, as it does when a client
//! pipelines.
#![allow(missing_docs)]

use divan::Bencher;
use divan::counter::ItemsCount;
use masstree_protocol::{
    Body, Command, Hello, Limits, ReplyDecoder, ReplyWriter, Request, RequestDecoder,
    RequestWriter, Step, Written,
};
use std::hint::black_box;

const BATCH: u64 = 64;

fn main() {
    divan::main();
}

/// A batch of messages.
fn batch<'a>(mut write: impl FnMut(&mut Vec<u8>, u64) + 'a) -> Vec<u8> {
    let mut out = Vec::new();
    (1..=BATCH).for_each(|seq| write(&mut out, seq));
    out
}

fn decode_requests(bencher: Bencher<'_, '_>, stream: Vec<u8>) {
    let mut decoder = RequestDecoder::new(Limits::default());
    decoder.accept(&Hello::default());
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        let (mut at, mut sum) = (0, 0);
        while let Ok(Step::Request { used, request, .. }) = decoder.decode(&stream[at..]) {
            at += used;
            sum += match request {
                Request::Get { key, columns } => key.len() + columns.iter().sum::<usize>(),
                Request::Replace { key, value } => key.len() + value.len(),
                Request::Put { key, changes } => {
                    key.len() + changes.iter().map(|(_, value)| value.len()).sum::<usize>()
                }
                other => other.command().code().into(),
            };
        }
        assert_eq!(at, stream.len());
        sum
    });
}

fn decode_replies(bencher: Bencher<'_, '_>, stream: Vec<u8>) {
    let mut decoder = ReplyDecoder::default();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        let (mut at, mut sum) = (0, 0);
        while let Ok(Some((used, reply))) = decoder.decode(&stream[at..]) {
            at += used;
            sum += match reply.body {
                Body::Row(row) => row.first().map_or(0, <[u8]>::len),
                Body::Scan(list) => list.pairs().map(|(key, _)| key.len()).sum(),
                _ => 1,
            };
        }
        assert_eq!(at, stream.len());
        sum
    });
}

fn encode(bencher: Bencher<'_, '_>, mut write: impl FnMut(&mut Vec<u8>, u64)) {
    let mut out = Vec::with_capacity(1 << 20);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        out.clear();
        (1..=BATCH).for_each(|seq| write(&mut out, black_box(seq)));
        black_box(&out);
    });
}

const KEY: &[u8] = b"user:0000001234";
const VALUE: &[u8] = &[b'v'; 100];

#[divan::bench]
fn decode_get(bencher: Bencher<'_, '_>) {
    let write = |out: &mut Vec<u8>, seq: u64| RequestWriter::new(out).get(seq.into(), KEY, &[]);
    decode_requests(bencher, batch(write));
}

#[divan::bench]
fn decode_get_two_columns(bencher: Bencher<'_, '_>) {
    let write = |out: &mut Vec<u8>, seq: u64| RequestWriter::new(out).get(seq.into(), KEY, &[0, 5]);
    decode_requests(bencher, batch(write));
}

#[divan::bench]
fn decode_get_nested_columns(bencher: Bencher<'_, '_>) {
    let write = |out: &mut Vec<u8>, seq: u64| {
        out.extend([0x94, seq as u8, 2, 0xA2, b'k', b'1', 0x92, 0, 5]);
    };
    decode_requests(bencher, batch(write));
}

#[divan::bench]
fn decode_replace(bencher: Bencher<'_, '_>) {
    let write =
        |out: &mut Vec<u8>, seq: u64| RequestWriter::new(out).replace(seq.into(), KEY, VALUE);
    decode_requests(bencher, batch(write));
}

#[divan::bench]
fn decode_put(bencher: Bencher<'_, '_>) {
    let write = |out: &mut Vec<u8>, seq: u64| {
        RequestWriter::new(out).put(seq.into(), KEY, &[(0, VALUE), (2, b"x")]);
    };
    decode_requests(bencher, batch(write));
}

#[divan::bench]
fn encode_get(bencher: Bencher<'_, '_>) {
    encode(bencher, |out, seq| {
        RequestWriter::new(out).get(seq.into(), black_box(KEY), &[])
    });
}

#[divan::bench]
fn encode_put(bencher: Bencher<'_, '_>) {
    encode(bencher, |out, seq| {
        RequestWriter::new(out).put(
            seq.into(),
            black_box(KEY),
            &[(0, black_box(VALUE)), (2, b"x")],
        );
    });
}

#[divan::bench]
fn encode_get_reply(bencher: Bencher<'_, '_>) {
    encode(bencher, |out, seq| {
        ReplyWriter::new(out).value(seq.into(), black_box(VALUE))
    });
}

#[divan::bench]
fn encode_put_reply(bencher: Bencher<'_, '_>) {
    encode(bencher, |out, seq| {
        ReplyWriter::new(out).written(seq.into(), Command::Put, black_box(Written::Updated));
    });
}

#[divan::bench]
fn encode_scan_reply_of_100_rows(bencher: Bencher<'_, '_>) {
    encode(bencher, |out, seq| {
        let mut reply = ReplyWriter::new(out);
        let mut list = reply.list(seq.into(), Command::Scan, 200);
        for _ in 0..100 {
            list.key(black_box(KEY));
            list.value(black_box(VALUE));
        }
        list.finish();
    });
}

#[divan::bench]
fn decode_get_reply(bencher: Bencher<'_, '_>) {
    let write = |out: &mut Vec<u8>, seq: u64| ReplyWriter::new(out).value(seq.into(), VALUE);
    decode_replies(bencher, batch(write));
}

#[divan::bench]
fn decode_put_reply(bencher: Bencher<'_, '_>) {
    let write = |out: &mut Vec<u8>, seq: u64| {
        ReplyWriter::new(out).written(seq.into(), Command::Put, Written::Inserted);
    };
    decode_replies(bencher, batch(write));
}
