//! The messages in `docs/protocol.md` are what the codec reads and writes.
#![allow(missing_docs)]

mod common;

use common::{greeted, rewrite};
use masstree_protocol::{Command, Limits, ReplyDecoder, ReplyWriter, RequestDecoder, Step};

/// The bytes of each line that begins with `side`, with the line.
fn messages(side: &'static str) -> impl Iterator<Item = (Vec<u8>, &'static str)> {
    include_str!("../../../docs/protocol.md")
        .lines()
        .filter_map(move |line| {
            let (hex, _) = line.strip_prefix(side)?.split_once("   ")?;
            let bytes = hex
                .split_whitespace()
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect();
            Some((bytes, line))
        })
}

#[test]
fn what_clients_send() {
    let mut seen = std::collections::HashSet::new();
    for (bytes, line) in messages("C: ") {
        let code = bytes[2];
        let mut decoder = match code {
            14 => RequestDecoder::new(Limits::default()),
            _ => greeted(),
        };
        match decoder.decode(&bytes).unwrap() {
            Step::Request { used, seq, request } => {
                assert_eq!(used, bytes.len(), "{line}");
                seen.insert(code);
                let again = rewrite::request(seq, &request);
                // Options are written in an order of their own.
                assert_eq!(again.len(), bytes.len() - nested(code, &bytes), "{line}");
            }
            Step::Refused { seq, refusal, .. } => {
                let mut out = Vec::new();
                ReplyWriter::new(&mut out).refuse(seq, &refusal);
                assert!(messages("S: ").any(|(reply, _)| reply == out), "{line}");
            }
            partial => panic!("{line}: {partial:?}"),
        }
    }
    assert_eq!(seen.len(), Command::ALL.len(), "a request of each command");
}

/// Bytes of a header that GET can do without.
fn nested(code: u8, bytes: &[u8]) -> usize {
    usize::from(code == Command::Get.code() && bytes.len() > 6 && bytes[6] == 0x92)
}

#[test]
fn what_the_server_sends() {
    let mut seen = std::collections::HashSet::new();
    for (bytes, line) in messages("S: ") {
        let (used, _) = ReplyDecoder::default().decode(&bytes).unwrap().expect(line);
        assert_eq!(used, bytes.len(), "{line}");
        seen.insert(bytes[2]);
    }
    assert_eq!(
        seen.len(),
        Command::ALL.len() + 1,
        "a reply to each command, and errors"
    );
}
