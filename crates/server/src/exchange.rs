//! Waiting for bytes in either direction, with a bound on how long nothing may happen.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::input::Input;
use crate::local::Local;
use crate::output::Output;
use crate::transport::Transport;

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Bytes arrived.
    Arrived,
    /// Some output has left, or all of it.
    Left,
    /// No more will arrive, or will be taken because the server ends.
    End,
    /// Nothing, until the deadline.
    TimedOut,
}

/// Since when nothing has moved.
#[derive(Default)]
pub(crate) struct Progress(Option<(u64, Instant)>);

impl Progress {
    /// When patience ends, if something is unfinished with `count` bytes having moved so far.
    pub fn deadline(
        &mut self,
        unfinished: bool,
        count: u64,
        patience: Duration,
    ) -> Option<Instant> {
        if !unfinished {
            self.0 = None;
            return None;
        }
        let since = match self.0 {
            Some((then, since)) if then == count => since,
            _ => Instant::now(),
        };
        self.0 = Some((count, since));
        Some(since + patience)
    }
}

/// Waits for the next event. Sends what there is to send; reads if `reading`.
pub(crate) async fn exchange(
    local: &Local,
    transport: &mut Transport,
    input: &mut Input,
    output: &mut Output,
    reading: bool,
    deadline: Option<Instant>,
) -> io::Result<Event> {
    let happens = poll_fn(|cx| {
        let waiting = !output.is_done();
        let before = output.total();
        if waiting && let Poll::Ready(Err(error)) = output.poll_send(transport, cx, &local.pool) {
            return Poll::Ready(Err(error));
        }
        if reading {
            match input.poll_fill(transport, cx, &local.pool) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(Event::End)),
                Poll::Ready(Ok(_)) => return Poll::Ready(Ok(Event::Arrived)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if local.is_stopping() => return Poll::Ready(Ok(Event::End)),
                Poll::Pending => {}
            }
        }
        if waiting && (output.is_done() || output.total() > before) {
            return Poll::Ready(Ok(Event::Left));
        }
        Poll::Pending
    });
    match deadline {
        None => happens.await,
        Some(deadline) => match timeout_at(deadline, happens).await {
            Ok(event) => event,
            Err(_) => Ok(Event::TimedOut),
        },
    }
}

/// Sends what the transport takes now.
pub(crate) async fn send_some(
    local: &Local,
    transport: &mut Transport,
    output: &mut Output,
) -> io::Result<()> {
    poll_fn(|cx| match output.poll_send(transport, cx, &local.pool) {
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        _ => Poll::Ready(Ok(())),
    })
    .await
}
