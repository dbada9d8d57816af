//! One connection, from its first byte to its last.
//!
//! ```text
//! begin (TLS) ─► work ─► exchange ─► work ─► … ─► the rest of the output ─► linger ─► closed
//! ```
//! Work goes on while bytes can be sent: the client is read from as long as what it has not taken is within the limit. Time runs only while something is
//! unfinished: before the handshake, within a message, and with output that is not taken.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};

use crate::exchange::{Event, Progress, exchange, send_some};
use crate::execute::{Pause, Session, Slice, retract, slice, slow};
use crate::input::Input;
use crate::local::Local;
use crate::metrics::{Counts, raise};
use crate::output::Output;
use crate::shared::Incoming;
use crate::tls;
use crate::transport::Transport;

/// How long a closed connection may go on sending before it is cut off.
const LINGER: Duration = Duration::from_secs(2);

/// How much it may.
const LINGER_BYTES: u64 = 4 << 20;

struct Connection {
    local: Rc<Local>,
    transport: Transport,
    input: Input,
    output: Output,
    session: Session,
    /// When the handshake must be through.
    greeting_by: Instant,
    /// Bytes read, and when that was last seen to change while a message was unfinished.
    reading: Progress,
    /// Bytes sent, and when that was last seen to change while output was left.
    sending: Progress,
    /// Bytes read and sent that the worker's tally knows of.
    told: (u64, u64),
}

/// What stopped the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// More input is needed.
    Starved,
    /// More output must leave first.
    Choked,
    /// The connection is to be closed.
    Close,
}

/// Serves a connection until it ends.
pub(crate) async fn serve(local: Rc<Local>, incoming: Incoming) {
    let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
    let _place = local.wakers.enter(waker);
    let Incoming { stream, peer, slot } = incoming;
    let greeting_by = Instant::now() + local.shared.handshake_timeout;
    let Some(transport) = begin(&local, stream, peer, greeting_by).await else {
        return;
    };
    let mut connection = Connection {
        session: Session::new(&local, peer),
        local: Rc::clone(&local),
        transport,
        input: Input::default(),
        output: Output::default(),
        greeting_by,
        reading: Progress::default(),
        sending: Progress::default(),
        told: (0, 0),
    };
    match connection.run().await {
        Ok(Event::TimedOut) => {
            raise(&local.tally().timeouts, 1);
            tracing::debug!("{peer}: closed, nothing has moved for too long");
        }
        Ok(_) => tracing::trace!("{peer}: closed"),
        Err(error) => tracing::debug!("{peer}: {error}"),
    }
    connection.tell();
    drop(slot);
}

/// Makes a stream of a socket, by TLS where that is asked for.
async fn begin(
    local: &Local,
    stream: std::net::TcpStream,
    peer: SocketAddr,
    greeting_by: Instant,
) -> Option<Transport> {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => {
            tracing::warn!("{peer}: cannot be served: {error}");
            return None;
        }
    };
    // Without it replies are only later, not wrong.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = &local.tls else {
        return Some(Transport::Plain(stream));
    };
    // In a box of its own: it is large, and gone once TLS has begun.
    match timeout_at(greeting_by, Box::pin(tls::accept(acceptor, stream))).await {
        Ok(Ok(transport)) => Some(transport),
        Ok(Err(error)) => {
            tracing::warn!("{peer}: {error}");
            raise(&local.tally().refused, 1);
            None
        }
        Err(_) => {
            raise(&local.tally().timeouts, 1);
            None
        }
    }
}

impl Connection {
    async fn run(&mut self) -> io::Result<Event> {
        let mut ended = false;
        loop {
            let stop = self.work().await?;
            self.tell();
            if stop == Stop::Close || (ended && stop == Stop::Starved) {
                return self.close(ended).await;
            }
            let reading = stop == Stop::Starved && !ended;
            match self.exchange(reading).await? {
                Event::End => ended = true,
                Event::TimedOut => return Ok(Event::TimedOut),
                Event::Arrived | Event::Left => {}
            }
        }
    }

    async fn exchange(&mut self, reading: bool) -> io::Result<Event> {
        let deadline = self.deadline();
        exchange(
            &self.local,
            &mut self.transport,
            &mut self.input,
            &mut self.output,
            reading,
            deadline,
        )
        .await
    }

    /// Counts the bytes that have moved.
    fn tell(&mut self) {
        let now = (self.input.total(), self.output.total());
        let tally = self.local.tally();
        raise(&tally.bytes_in, now.0 - self.told.0);
        raise(&tally.bytes_out, now.1 - self.told.1);
        self.told = now;
    }

    /// When patience ends, if anything is unfinished.
    fn deadline(&mut self) -> Option<Instant> {
        let idle = self.local.shared.idle_timeout;
        let greeting = (!self.session.decoder.is_greeted()).then_some(self.greeting_by);
        let within = self.session.decoder.is_within_message() || !self.input.unread().is_empty();
        let reading = self.reading.deadline(within, self.input.total(), idle);
        let unsent = !self.output.is_done();
        let sending = self.sending.deadline(unsent, self.output.total(), idle);
        [greeting, reading, sending].into_iter().flatten().min()
    }

    /// Carries out what is at hand, slice by slice, and sends what can be sent in between.
    async fn work(&mut self) -> io::Result<Stop> {
        let local = &*self.local;
        loop {
            if self.output.pending() > local.shared.max_output {
                return Ok(Stop::Choked);
            }
            let unread = self.input.unread();
            if unread.is_empty() {
                return Ok(Stop::Starved);
            }
            let begin = Instant::now();
            self.output.prepare(&local.pool);
            let mut replies = local.write_replies.take();
            let session = &mut self.session;
            let Slice {
                used,
                pause,
                debt,
                mut counts,
            } = slice(local, session, unread, &mut self.output.bytes, &mut replies);
            if let Some(debt) = debt
                && let Err(why) = local.settler.settle(&local.shared.store, debt).await
            {
                retract(&mut self.output.bytes, &replies, &why);
                counts.errors += replies.len() as u32;
            }
            replies.clear();
            local.write_replies.replace(replies);
            local.tally().record(&counts, begin.elapsed());
            send_some(local, &mut self.transport, &mut self.output).await?;
            match pause {
                Pause::Starved => {
                    self.input.consume(used);
                    return Ok(Stop::Starved);
                }
                Pause::Close => {
                    self.input.consume(used);
                    return Ok(Stop::Close);
                }
                Pause::Yield => yield_now().await,
                Pause::Slow { seq, request } => {
                    let begin = Instant::now();
                    let mut counts = Counts::default();
                    counts.add(request.command(), 1);
                    self.output.prepare(&local.pool);
                    let out = &mut self.output.bytes;
                    let failed = Box::pin(slow(local, session, out, seq, request)).await;
                    counts.errors += u32::from(failed);
                    local.tally().record(&counts, begin.elapsed());
                    send_some(local, &mut self.transport, &mut self.output).await?;
                }
            }
            self.input.consume(used);
        }
    }

    /// Sends the rest, says that nothing follows, and lets the client finish too: closing a socket with unread input would take the last replies
    /// back from it.
    async fn close(&mut self, ended: bool) -> io::Result<Event> {
        self.session.transaction = None;
        self.input.clear(&self.local.pool);
        while !self.output.is_done() {
            if self.exchange(false).await? == Event::TimedOut {
                return Ok(Event::TimedOut);
            }
        }
        poll_fn(|cx| self.transport.poll_shutdown(cx)).await?;
        if !ended {
            let until = self.input.total() + LINGER_BYTES;
            let linger = async {
                while self.input.total() < until
                    && let Ok(Event::Arrived) = self.exchange(true).await
                {
                    self.input.clear(&self.local.pool);
                }
            };
            // Who does not finish in time is cut off.
            let _ = timeout(LINGER, linger).await;
        }
        Ok(Event::End)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::settle::Settler;
    use crate::shared::{Shared, Slot};
    use std::sync::Arc;

    #[test]
    fn a_connection_that_waits_is_small() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let store = masstree_store::Store::in_memory();
        let shared = Arc::new(Shared::new(store, &mut Config::default(), 1));
        let (settler, _) = Settler::start(&shared).unwrap();
        let local = Local::new(0, Arc::clone(&shared), settler, None);
        let incoming = Incoming {
            peer: stream.peer_addr().unwrap(),
            slot: Slot::take(&shared).unwrap(),
            stream,
        };
        let task = serve(Rc::new(local), incoming);
        let size = size_of_val(&task);
        assert!(size <= 2048, "{size} bytes");
    }
}
