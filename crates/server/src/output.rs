//! Replies that have not left.

use std::io;
use std::task::{Context, Poll, ready};

use crate::pool::Pool;
use crate::transport::Transport;

/// Bytes in front that have left are cut off once there are so many, and as many as there are behind.
const CUT: usize = 64 << 10;

/// Replies, written by the executor and sent from the front.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// What there is to send from `sent` on, with room for more.
    pub bytes: Vec<u8>,
    sent: usize,
    /// Whether the transport may hold bytes back.
    unflushed: bool,
    /// Bytes sent so far.
    total: u64,
}

impl Output {
    /// Bytes that have not left.
    pub fn pending(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Whether all has left.
    pub fn is_done(&self) -> bool {
        self.pending() == 0 && !self.unflushed
    }

    /// Bytes sent so far.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Borrows a buffer, unless there is one.
    pub fn prepare(&mut self, pool: &Pool) {
        if self.bytes.capacity() == 0 {
            self.bytes = pool.output();
        }
    }

    /// Sends as much as the transport takes. Ready once all has left.
    pub fn poll_send(
        &mut self,
        transport: &mut Transport,
        cx: &mut Context<'_>,
        pool: &Pool,
    ) -> Poll<io::Result<()>> {
        while self.pending() > 0 {
            match transport.poll_write(cx, &self.bytes[self.sent..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    self.sent += count;
                    self.total += count as u64;
                    self.unflushed = transport.is_buffered();
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    if self.sent >= CUT.max(self.pending()) {
                        self.bytes.drain(..self.sent);
                        self.sent = 0;
                    }
                    return Poll::Pending;
                }
            }
        }
        if self.bytes.capacity() > 0 {
            self.sent = 0;
            pool.return_output(std::mem::take(&mut self.bytes));
        }
        if self.unflushed {
            ready!(transport.poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}
