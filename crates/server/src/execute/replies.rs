//! Replies to writes that turn out not to be safe.
//!
//! A write's reply is in the output before the disk has the write. It does not leave before that, and if the disk fails, an error takes its place.

use masstree_protocol::{Int, ReplyWriter};

/// Where in the output the reply to a write is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WriteReply {
    pub start: usize,
    pub end: usize,
    pub seq: Int,
}

/// Puts errors in the place of `replies`, which are in the order of the output.
pub(crate) fn retract(out: &mut Vec<u8>, replies: &[WriteReply], why: &str) {
    let Some(first) = replies.first() else {
        return;
    };
    let old = out.split_off(first.start);
    let mut done = first.start;
    for reply in replies {
        out.extend_from_slice(&old[done - first.start..reply.start - first.start]);
        ReplyWriter::new(out).error(reply.seq, why);
        done = reply.end;
    }
    out.extend_from_slice(&old[done - first.start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_replies_are_replaced() {
        let mut out = b"..AAA-BB=".to_vec();
        let reply = |start, end, seq: u64| WriteReply {
            start,
            end,
            seq: seq.into(),
        };
        retract(&mut out, &[reply(2, 5, 1), reply(6, 8, 2)], "no");
        assert_eq!(out, b"..\x93\x01\xff\xa2no-\x93\x02\xff\xa2no=");
        retract(&mut out, &[], "no");
        assert!(out.ends_with(b"="));
    }
}
