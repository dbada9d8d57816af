//! The task that moves a connection's bytes: it sends what callers have written, and gives each reply to who waits for it.
//!
//! Both directions run in one task, each at its own pace, so that a server that sends much while it is sent much never waits for a client
//! that waits for it. Whatever goes wrong in either ends both, and everyone who waits gets an error.

use crate::connection::Shared;
use crate::error::Failure;
use crate::wire::{Input, KEPT_OUTPUT};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How often within the time allowed the driver looks whether replies still come.
const LOOKS: u32 = 8;

/// What drives one connection.
pub(crate) struct Driver {
    pub(crate) shared: Arc<Shared>,
    pub(crate) request_timeout: Duration,
}

impl Driver {
    /// Runs until the connection ends.
    pub(crate) async fn run(
        self,
        reader: impl AsyncRead + Unpin,
        writer: impl AsyncWrite + Unpin,
        input: Input,
    ) {
        let failure = {
            let mut reading = pin!(self.read(reader, input));
            let writing = pin!(self.write(writer));
            tokio::select! {
                failure = &mut reading => failure,
                written = writing => match written {
                    Err(failure) => failure,
                    Ok(()) if self.shared.state.lock().ledger.is_empty() => Failure::Closed,
                    Ok(()) => reading.await,
                },
            }
        };
        self.shared.end(failure);
    }

    /// Sends until no handle is left and everything is sent.
    async fn write(&self, mut writer: impl AsyncWrite + Unpin) -> Result<(), Failure> {
        let mut buffer = Vec::new();
        loop {
            let closing = {
                let mut state = self.shared.state.lock();
                std::mem::swap(&mut state.output, &mut buffer);
                state.ledger.hand_on();
                state.closing
            };
            if !buffer.is_empty() {
                writer.write_all(&buffer).await?;
                writer.flush().await?;
                buffer.clear();
                buffer.shrink_to(KEPT_OUTPUT);
            } else if closing {
                writer.shutdown().await?;
                return Ok(());
            } else {
                self.shared.work.notified().await;
            }
        }
    }

    /// Takes replies until something is wrong, or nobody waits any more.
    async fn read(&self, mut reader: impl AsyncRead + Unpin, mut input: Input) -> Failure {
        let mut watch = Watch::default();
        let pause = (self.request_timeout / LOOKS).max(Duration::from_millis(1));
        let mut ticks = interval_at(Instant::now() + pause, pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Err(failure) = self.settle(&mut input) {
                return failure;
            }
            {
                let state = self.shared.state.lock();
                if state.closing && state.ledger.is_empty() {
                    return Failure::Closed;
                }
            }
            tokio::select! {
                biased;
                read = reader.read(input.room()) => match read {
                    Ok(0) => return Failure::Ended,
                    Ok(count) => input.filled(count),
                    Err(error) => return error.into(),
                },
                _ = ticks.tick() => {
                    let state = self.shared.state.lock();
                    if watch.look(state.ledger.settled(), state.ledger.is_empty()) > LOOKS {
                        return Failure::TimedOut;
                    }
                }
            }
        }
    }

    /// Hands out the replies that are whole.
    fn settle(&self, input: &mut Input) -> Result<(), Failure> {
        let mut units = 0;
        let settled = loop {
            match input.next() {
                Ok(None) => break Ok(()),
                Err(failure) => break Err(failure),
                Ok(Some(reply)) => {
                    let settled = self.shared.state.lock().ledger.settle(&reply);
                    match settled {
                        Err(failure) => break Err(failure),
                        Ok((waiter, response)) => {
                            units += waiter.units as usize;
                            // Whoever has stopped waiting needs no response.
                            let _ = waiter.sender.send(response);
                        }
                    }
                }
            }
        };
        self.shared.window.add_permits(units);
        settled
    }
}

/// Finds out whether nothing was answered for a while although somebody waits.
#[derive(Default)]
struct Watch {
    settled: u64,
    looks: u32,
}

impl Watch {
    /// How many times in a row nothing has changed.
    fn look(&mut self, settled: u64, idle: bool) -> u32 {
        if idle || settled != self.settled {
            self.looks = 0;
        } else {
            self.looks += 1;
        }
        self.settled = settled;
        self.looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waiting_in_vain_counts() {
        let mut watch = Watch::default();
        assert_eq!(watch.look(0, true), 0);
        assert_eq!(watch.look(0, false), 1);
        assert_eq!(watch.look(0, false), 2);
        assert_eq!(watch.look(1, false), 0);
        assert_eq!(watch.look(1, false), 1);
        assert_eq!(watch.look(1, true), 0);
    }
}
