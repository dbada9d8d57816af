//! A socket with its buffers: requests of a batch go out in one write, and what has come is taken in one read.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::Failure;

/// Bytes of one read at the least.
const READ: usize = 64 << 10;

/// A connected socket.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// Where requests are appended.
    pub(super) output: Vec<u8>,
    written: usize,
    input: Vec<u8>,
    /// What is filled of the input, and what of that is used up.
    filled: usize,
    used: usize,
}

impl Socket {
    /// Connects to `address`, to the first of its addresses that answers.
    pub(super) fn connect(address: &str, timeout: Duration) -> Result<Self, Failure> {
        let refused = |why: &dyn std::fmt::Display| {
            Failure::Refused(format!(
                "cannot connect to {address}: {why}; is a server listening there?"
            ))
        };
        let addresses = address.to_socket_addrs().map_err(|error| refused(&error))?;
        let mut last = None;
        for address in addresses {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => return Self::new(stream).map_err(|error| refused(&error)),
                Err(error) => last = Some(error),
            }
        }
        Err(match last {
            Some(error) => refused(&error),
            None => refused(&"the name has no address"),
        })
    }

    fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            output: Vec::with_capacity(READ),
            written: 0,
            input: vec![0; READ],
            filled: 0,
            used: 0,
        })
    }

    /// Writes what is queued, as far as the network takes it.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        while self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(0) => {
                    return Err(Failure::Closed(
                        "the server takes no more requests".to_owned(),
                    ));
                }
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(closed(&error)),
            }
        }
        self.output.clear();
        self.written = 0;
        Ok(())
    }

    /// Whether there is something left to write.
    pub(super) fn is_writing(&self) -> bool {
        self.written < self.output.len()
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Takes in what has come, and has `take` take one reply after the other from its front.
    ///
    /// `take` returns how many bytes the reply has, or nothing if there is no whole one. A failure of the socket is told after what came before it
    /// has been taken.
    #[inline]
    pub(super) fn receive(
        &mut self,
        mut take: impl FnMut(&[u8]) -> Result<Option<usize>, Failure>,
    ) -> Result<(), Failure> {
        loop {
            let filled = self.fill();
            while let Some(used) = take(self.input())? {
                self.used += used;
            }
            if !filled? {
                return Ok(());
            }
        }
    }

    /// Writes what is queued and waits for the first reply of a connection, which `take` takes as in [`receive`](Self::receive).
    pub(super) fn greet(
        &mut self,
        timeout: Duration,
        mut take: impl FnMut(&[u8]) -> Result<Option<usize>, Failure>,
    ) -> Result<(), Failure> {
        loop {
            self.exchange(timeout)?;
            if let Some(used) = take(self.input())? {
                self.used += used;
                return Ok(());
            }
        }
    }

    /// Takes in what has come, once. Returns whether the buffer was filled, so that there may be more.
    ///
    /// An end of the stream is told as a failure; what came before it is in the buffer.
    fn fill(&mut self) -> Result<bool, Failure> {
        if self.used == self.filled {
            self.used = 0;
            self.filled = 0;
        } else if self.used > 0 && self.input.len() - self.filled < READ / 4 {
            self.input.copy_within(self.used..self.filled, 0);
            self.filled -= self.used;
            self.used = 0;
        }
        if self.input.len() - self.filled < READ / 4 {
            self.input.resize(self.input.len() * 2, 0);
        }
        loop {
            return match self.stream.read(&mut self.input[self.filled..]) {
                Ok(0) => Err(Failure::Closed(
                    "the server closed the connection".to_owned(),
                )),
                Ok(count) => {
                    self.filled += count;
                    Ok(self.filled == self.input.len())
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => Err(closed(&error)),
            };
        }
    }

    /// What has come and is not used up.
    fn input(&self) -> &[u8] {
        &self.input[self.used..self.filled]
    }

    /// Writes all that is queued and waits for more input.
    fn exchange(&mut self, timeout: Duration) -> Result<(), Failure> {
        let start = Instant::now();
        let before = self.filled - self.used;
        loop {
            self.flush()?;
            self.fill()?;
            if self.filled - self.used > before {
                return Ok(());
            }
            let Some(left) = timeout.checked_sub(start.elapsed()) else {
                return Err(Failure::Silent(format!(
                    "the server did not answer the first request within {timeout:?}"
                )));
            };
            super::super::engine::wait::wait(&[(self.fd(), self.is_writing())], Some(left));
        }
    }
}

fn closed(error: &std::io::Error) -> Failure {
    Failure::Closed(format!("the connection broke: {error}"))
}
