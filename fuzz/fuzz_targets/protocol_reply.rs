//! Any bytes as what a server sends: replies are the same however the bytes are cut.
//!
//! The first byte says how long the pieces are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use masstree_protocol::ReplyDecoder;

/// Each reply of a stream as text, and the error that ended it, if one did.
fn transcript(stream: &[u8], piece: usize) -> Vec<String> {
    let mut decoder = ReplyDecoder::default();
    let (mut replies, mut done, mut arrived) = (Vec::new(), 0, 0);
    loop {
        match decoder.decode(&stream[done..arrived]) {
            Ok(Some((used, reply))) => {
                replies.push(format!("{reply:?}"));
                done += used;
            }
            Ok(None) if arrived == stream.len() => return replies,
            Ok(None) => arrived = stream.len().min(arrived + piece),
            Err(error) => {
                replies.push(error.to_string());
                return replies;
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, stream)) = data.split_first() else {
        return;
    };
    let whole = transcript(stream, stream.len().max(1));
    assert_eq!(transcript(stream, usize::from(first) + 1), whole);
});
