//! Truncated, mutated and random bytes: an answer or a wait each time, never a panic, never memory, never more than linear work.
#![allow(missing_docs)]

mod common;

use allocation_counter::measure;
use common::{greeted, replies, requests};
use masstree_protocol::{
    Limits, ReplyDecoder, ReplyError, ReplyWriter, Request, RequestDecoder, RequestWriter, Step,
};
use std::time::{Duration, Instant};

/// Mutated and random messages a run.
const ROUNDS: usize = 100_000;

/// A small generator (xorshift64*), so that a failure is the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end
    }

    /// Changes a few bytes, cuts, or joins two messages.
    fn mutate(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        match self.below(5) {
            0 => bytes.truncate(self.below(bytes.len() + 1)),
            1 => {
                let at = self.below(bytes.len() + 1);
                let other = &corpus[self.below(corpus.len())];
                bytes.splice(at.., other[self.below(other.len())..].iter().copied());
            }
            2 => bytes = (0..self.below(60)).map(|_| self.next() as u8).collect(),
            _ => {}
        }
        // Headers are at the front of most messages, and what stands in them matters most.
        for _ in 0..self.below(4) {
            if !bytes.is_empty() {
                let near = self.below(bytes.len().min(24));
                bytes[near] = match self.below(3) {
                    0 => 0xC0 + self.below(0x20) as u8,
                    1 => bytes[near] ^ (1 << self.below(8)),
                    _ => self.next() as u8,
                };
            }
        }
        bytes
    }
}

/// Walks over everything that a request holds.
fn touch(request: &Request<'_>) -> usize {
    match request {
        Request::Get { columns, .. } | Request::Scan { columns, .. } => {
            assert_eq!(columns.iter().count(), columns.len());
            columns.iter().filter(|&column| column >= 1024).count()
        }
        Request::Put { changes, .. } => {
            assert_eq!(changes.iter().count(), changes.len());
            changes.iter().filter(|&(column, _)| column >= 1024).count()
        }
        Request::Mget(keys) => {
            assert_eq!(keys.iter().count(), keys.len());
            keys.iter().filter(|key| key.len() > 1024).count()
        }
        Request::Range(range) => {
            assert_eq!(range.columns.iter().count(), range.columns.len());
            range
                .columns
                .iter()
                .filter(|&column| column >= 1024)
                .count()
        }
        _ => 0,
    }
}

/// Decodes all that the bytes hold; whether the last of it was an error.
fn drain(decoder: &mut RequestDecoder, mut bytes: &[u8]) -> bool {
    loop {
        match decoder.decode(bytes) {
            Ok(Step::Request { used, request, .. }) => {
                assert_eq!(touch(&request), 0, "nothing over its limit gets through");
                bytes = &bytes[used..];
            }
            Ok(Step::Refused { used, .. }) => bytes = &bytes[used..],
            Ok(Step::Partial { discard, missing }) => {
                assert!(discard <= bytes.len() && missing > 0);
                return false;
            }
            Err(_) => return true,
        }
    }
}

#[test]
fn mutated_and_random_requests_take_no_memory_and_never_panic() {
    let corpus = requests();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut malformed = 0;
    for round in 0..ROUNDS {
        let bytes = random.mutate(&corpus);
        let greeted = if round % 8 == 0 {
            RequestDecoder::new(Limits::default())
        } else {
            greeted()
        };
        let mut decoder = greeted.clone();
        let memory = measure(|| malformed += usize::from(drain(&mut decoder, &bytes)));
        assert_eq!(memory.count_total, 0, "{bytes:02x?}");

        let mut out = Vec::new();
        let mut reply = ReplyWriter::new(&mut out);
        let memory = measure(|| match greeted.clone().decode(&bytes) {
            Ok(Step::Refused { seq, refusal, .. }) => reply.refuse(seq, &refusal),
            Err(error) => reply.malformed(&error),
            _ => {}
        });
        assert!(memory.bytes_max < 1024, "{} bytes", memory.bytes_max);
        if !out.is_empty() {
            let (used, _) = ReplyDecoder::default().decode(&out).unwrap().unwrap();
            assert_eq!(used, out.len());
        }
    }
    assert!(
        (1000..ROUNDS - 1000).contains(&malformed),
        "{malformed} malformed"
    );
}

#[test]
fn mutated_and_random_replies_take_no_memory_and_never_panic() {
    let corpus = replies();
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    for _ in 0..ROUNDS {
        let bytes = random.mutate(&corpus);
        let mut read = Ok(None);
        let memory = measure(|| read = ReplyDecoder::default().decode(&bytes));
        assert_eq!(memory.count_total, 0, "{bytes:02x?}");
        if let Ok(Some((used, reply))) = read {
            assert!(used <= bytes.len());
            assert!(format!("{reply:?}").len() < 1 << 20);
        }
    }
}

#[test]
fn a_message_cut_at_any_byte_is_waited_for() {
    for (index, whole) in requests().iter().enumerate() {
        let fresh = || {
            if index == 0 {
                RequestDecoder::new(Limits::default())
            } else {
                greeted()
            }
        };
        let mut resumed = fresh();
        // Long values are cut at their ends only: what lies between is the same.
        let cuts = (0..whole.len()).filter(|&cut| cut < 400 || cut + 400 > whole.len());
        for cut in cuts {
            for decoder in [&mut fresh(), &mut resumed] {
                let step = decoder.decode(&whole[..cut]);
                let Ok(Step::Partial {
                    discard: 0,
                    missing,
                }) = step
                else {
                    panic!("{cut} bytes of {whole:02x?} gave {step:?}");
                };
                assert!(missing >= 1 && cut + missing <= whole.len());
            }
        }
        let step = resumed.decode(whole);
        assert!(matches!(step, Ok(Step::Request { used, .. }) if used == whole.len()));
        assert!(!resumed.is_within_message());
    }
    for whole in replies() {
        let mut resumed = ReplyDecoder::default();
        for cut in (0..whole.len()).filter(|&cut| cut < 400 || cut + 400 > whole.len()) {
            assert_eq!(ReplyDecoder::default().decode(&whole[..cut]), Ok(None));
            assert_eq!(resumed.decode(&whole[..cut]), Ok(None));
        }
        assert!(resumed.decode(&whole).unwrap().is_some());
    }
}

/// The steps of a stream that arrives in pieces, as text, up to the first error.
fn steps(stream: &[u8], piece: usize, greeted: bool) -> Vec<String> {
    let limits = Limits {
        max_message: 400,
        max_elements: 100,
        max_key: 8,
        max_value: 40,
        max_columns: 16,
    };
    let mut decoder = match greeted {
        true => common::greeted_with(limits),
        false => RequestDecoder::new(limits),
    };
    let (mut seen, mut buffer, mut pieces) = (Vec::new(), Vec::new(), stream.chunks(piece));
    loop {
        let used = match decoder.decode(&buffer) {
            Ok(Step::Request { used, seq, request }) => {
                seen.push(format!("{seq} {request:?}"));
                used
            }
            Ok(Step::Refused { used, seq, refusal }) => {
                seen.push(format!("{seq} {refusal}"));
                used
            }
            Ok(Step::Partial { discard, .. }) => {
                buffer.drain(..discard);
                match pieces.next() {
                    Some(piece) => buffer.extend_from_slice(piece),
                    None => return seen,
                }
                continue;
            }
            Err(malformed) => {
                seen.push(malformed.kind.to_string());
                return seen;
            }
        };
        buffer.drain(..used);
    }
}

#[test]
fn answers_do_not_depend_on_where_a_stream_is_cut() {
    let corpus = requests();
    let mut random = Random(0x0123_4567_89AB_CDEF);
    for round in 0..20_000 {
        let mut stream = random.mutate(&corpus);
        stream.truncate(600);
        stream.extend(random.mutate(&corpus).into_iter().take(600));
        let greeted = round % 4 > 0;
        let whole = steps(&stream, stream.len().max(1), greeted);
        let piece = random.below(20) + 1;
        assert_eq!(steps(&stream, piece, greeted), whole, "{stream:02x?}");
    }
}

/// Hundreds of thousands of headers, one byte a call: if each call began at the start, this would take hours.
#[test]
fn a_large_message_byte_by_byte_is_linear() {
    let keys = vec![b"key"; 200_000];
    let mut mget = Vec::new();
    RequestWriter::new(&mut mget).mget(1_u64.into(), &keys);
    let mut get = Vec::new();
    RequestWriter::new(&mut get).get(1_u64.into(), b"key", &vec![7; 900_000]);
    let mut replace = Vec::new();
    RequestWriter::new(&mut replace).replace(1_u64.into(), b"key", &vec![7; 1 << 20]);
    for whole in [mget, get, replace] {
        let mut decoder = greeted();
        let start = Instant::now();
        for cut in 0..whole.len() {
            let step = decoder.decode(&whole[..cut]);
            assert!(matches!(step, Ok(Step::Partial { discard: 0, .. })));
        }
        let step = decoder.decode(&whole);
        assert!(matches!(step, Ok(Step::Request { used, .. }) if used == whole.len()));
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn replies_that_no_server_sends_are_errors() {
    for bytes in [
        &b"\x92\x01\x02"[..],          // the code of a request
        b"\x91\x01",                   // no code
        b"\x92\x01\x63",               // a code of no command
        b"\x93\x01\x09\x05",           // neither inserted nor updated
        b"\x93\x01\x03\x05",           // an integer for a column
        b"\x93\x01\x05\xa1k",          // a key without a row
        b"\x94\x01\x05\x91\xa1k\xa1v", // an array for a key
        b"\x94\x01\x13\xc2\x01",       // a commit that is neither
        b"\x93\x01\x1b\xc2",           // a difference without a value
        b"\x93\x01\x1d\x01",           // statistics that are no map
    ] {
        let error = ReplyDecoder::default().decode(bytes).unwrap_err();
        assert!(!matches!(error, ReplyError::Malformed(_)), "{error}");
    }
    let error = ReplyDecoder::default()
        .decode(b"\x92\xa1x\x03")
        .unwrap_err();
    assert!(matches!(error, ReplyError::Malformed(_)));
}
