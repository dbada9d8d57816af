//! Bytes that arrived, and the replies in them.
//!
//! The buffer grows by doubling while a reply is not whole, at most to the longest reply that is taken, and shrinks again after it. The
//! decoder refuses a longer one from its header.

use crate::error::Failure;
use masstree_protocol::{Limits, Reply, ReplyDecoder};

/// What the buffer begins with, and goes back to.
const SMALL: usize = 64 << 10;

/// Less room than this is not worth a read.
const LEAST_ROOM: usize = 4 << 10;

/// The bytes of replies that were not taken yet.
#[derive(Debug)]
pub(crate) struct Input {
    decoder: ReplyDecoder,
    /// Bytes from `start` to `end` have arrived and were not taken.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    /// Takes replies of at most so many bytes.
    pub(crate) fn new(max_reply: usize) -> Self {
        let limits = Limits {
            max_message: max_reply,
            ..Limits::for_replies()
        };
        Self {
            decoder: ReplyDecoder::new(limits),
            buffer: vec![0; SMALL],
            start: 0,
            end: 0,
        }
    }

    /// Where to put bytes that arrive; never empty.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > SMALL {
                self.buffer.truncate(SMALL);
                self.buffer.shrink_to_fit();
            }
        }
        if self.buffer.len() - self.end < LEAST_ROOM {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.end > self.buffer.len() / 2 {
                self.buffer.resize(2 * self.buffer.len(), 0);
            }
        }
        &mut self.buffer[self.end..]
    }

    /// Says how many bytes were put into [`room`](Self::room).
    pub(crate) fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.buffer.len());
    }

    /// Bytes that arrived and were not taken.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// The next reply, if it is whole.
    pub(crate) fn next(&mut self) -> Result<Option<Reply<'_>>, Failure> {
        let Some((used, reply)) = self.decoder.decode(&self.buffer[self.start..self.end])? else {
            return Ok(None);
        };
        self.start += used;
        Ok(Some(reply))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use masstree_protocol::{Body, ReplyWriter};

    /// Feeds `bytes` in steps of `step` and returns the lengths of the rows that come out, and the largest buffer.
    fn feed(bytes: &[u8], step: usize) -> (Vec<usize>, usize) {
        let mut input = Input::new(1 << 20);
        let (mut lengths, mut largest) = (Vec::new(), 0);
        for piece in bytes.chunks(step) {
            let mut piece = piece;
            while !piece.is_empty() {
                let room = input.room();
                let count = room.len().min(piece.len());
                room[..count].copy_from_slice(&piece[..count]);
                input.filled(count);
                piece = &piece[count..];
                largest = largest.max(input.buffer.len());
                while let Some(reply) = input.next().unwrap() {
                    let Body::Row(row) = reply.body else {
                        panic!("{reply:?}")
                    };
                    lengths.push(row.first().unwrap().len());
                }
            }
        }
        (lengths, largest)
    }

    #[test]
    fn replies_come_out_whatever_the_pieces() {
        let mut bytes = Vec::new();
        let lengths: Vec<usize> = (0..40).map(|place| place * place * 100).collect();
        for (seq, &length) in (1_u64..).zip(&lengths) {
            ReplyWriter::new(&mut bytes).value(seq.into(), &vec![b'v'; length]);
        }
        for step in [1, 7, 4096, 65_536, bytes.len()] {
            let (found, largest) = feed(&bytes, step);
            assert_eq!(found, lengths);
            assert!(largest <= 512 << 10, "{largest}");
        }
    }

    #[test]
    fn too_long_a_reply_is_refused_from_its_header() {
        let mut input = Input::new(1 << 20);
        let bytes = b"\x93\x01\x03\xdb\x7f\xff\xff\xff";
        input.room()[..bytes.len()].copy_from_slice(bytes);
        input.filled(bytes.len());
        assert!(matches!(input.next(), Err(Failure::Reply(_))));
    }
}
