//! Bytes that arrived and are not used up.
//!
//! | held | where the bytes are |
//! |---|---|
//! | none | nowhere; a buffer is borrowed from the pool for each attempt to read |
//! | few, while waiting for more | in `kept`, of their size |
//! | else | in `buffer`, from `start` to `end`; it grows with what arrives, never with what was announced |

use std::io;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use crate::pool::{Pool, READ_BYTES};
use crate::transport::Transport;

/// Up to so many bytes are moved out of the buffer while more are waited for.
const FEW: usize = 1 << 10;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Input {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    kept: Vec<u8>,
    /// Bytes read so far.
    total: u64,
}

impl Input {
    /// What is not used up.
    pub fn unread(&self) -> &[u8] {
        if self.buffer.is_empty() {
            &self.kept
        } else {
            &self.buffer[self.start..self.end]
        }
    }

    /// Drops the first `count` bytes.
    pub fn consume(&mut self, count: usize) {
        if self.buffer.is_empty() {
            self.kept.drain(..count);
        } else {
            self.start += count;
        }
    }

    /// Bytes read so far.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Reads what there is, up to the room in the buffer. 0 at the end of the input.
    pub fn poll_fill(
        &mut self,
        transport: &mut Transport,
        cx: &mut Context<'_>,
        pool: &Pool,
    ) -> Poll<io::Result<usize>> {
        let borrowed = self.buffer.is_empty();
        if borrowed {
            self.buffer = pool.input();
            (self.start, self.end) = (0, self.kept.len());
        } else {
            self.make_room();
        }
        let mut room = ReadBuf::new(&mut self.buffer[self.end..]);
        let read = transport.poll_read(cx, &mut room);
        let count = room.filled().len();
        match read {
            Poll::Ready(Ok(())) => {
                if borrowed {
                    self.buffer[..self.kept.len()].copy_from_slice(&self.kept);
                    self.kept = Vec::new();
                }
                self.end += count;
                self.total += count as u64;
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.park(borrowed, pool);
                Poll::Pending
            }
        }
    }

    /// Gives the buffer back, if what is in it is little.
    fn park(&mut self, borrowed: bool, pool: &Pool) {
        let unread = self.start..self.end;
        if !borrowed {
            if unread.len() > FEW {
                return;
            }
            self.kept = self.buffer[unread].to_vec();
        }
        pool.return_input(std::mem::take(&mut self.buffer));
    }

    /// Room behind what is in the buffer: at least as much as that.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if 2 * self.end > self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len().max(READ_BYTES), 0);
        }
    }

    /// Lets all bytes go.
    pub fn clear(&mut self, pool: &Pool) {
        self.kept = Vec::new();
        pool.return_input(std::mem::take(&mut self.buffer));
        (self.start, self.end) = (0, 0);
    }
}
