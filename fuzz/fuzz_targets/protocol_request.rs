//! Any bytes as what a client sends: answers are the same however the bytes are cut, and each of them is a reply that can be read.
//!
//! The first byte says how long the pieces are and whether the handshake is done; limits are small, so that short inputs pass them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use masstree_protocol::{Hello, Limits, ReplyDecoder, ReplyWriter, Request, RequestDecoder, Step};

/// What came of a stream: each request as text, and the answers to what was refused.
fn transcript(stream: &[u8], piece: usize, greeted: bool) -> (Vec<String>, Vec<u8>) {
    let limits = Limits {
        max_message: 400,
        max_elements: 100,
        max_key: 8,
        max_value: 40,
        max_columns: 16,
    };
    let hello = Hello {
        proto: 2,
        ..Hello::default()
    };
    let mut decoder = RequestDecoder::new(limits);
    if greeted {
        decoder.accept(&hello);
    }
    let (mut requests, mut answers) = (Vec::new(), Vec::new());
    let (mut buffer, mut pieces) = (Vec::new(), stream.chunks(piece));
    loop {
        let mut reply = ReplyWriter::new(&mut answers);
        let used = match decoder.decode(&buffer) {
            Ok(Step::Request { used, seq, request }) => {
                if let Request::Handshake(hello) = &request {
                    decoder.accept(hello);
                }
                requests.push(format!("{seq} {request:?}"));
                used
            }
            Ok(Step::Refused { used, seq, refusal }) => {
                reply.refuse(seq, &refusal);
                if refusal.closes() {
                    break;
                }
                used
            }
            Ok(Step::Partial { discard, missing }) => {
                assert!(missing > 0);
                buffer.drain(..discard);
                let Some(next) = pieces.next() else { break };
                buffer.extend_from_slice(next);
                continue;
            }
            Err(malformed) => {
                reply.malformed(&malformed);
                break;
            }
        };
        buffer.drain(..used);
    }
    (requests, answers)
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, stream)) = data.split_first() else {
        return;
    };
    let greeted = first >= 64;
    let whole = transcript(stream, stream.len().max(1), greeted);
    let cut = transcript(stream, usize::from(first % 64) + 1, greeted);
    assert_eq!(whole, cut);

    let mut answers = &whole.1[..];
    let mut decoder = ReplyDecoder::default();
    while !answers.is_empty() {
        let (used, _) = decoder
            .decode(answers)
            .expect("a reply")
            .expect("a whole one");
        answers = &answers[used..];
    }
});
