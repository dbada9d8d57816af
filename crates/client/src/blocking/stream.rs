//! The socket of a blocking connection, plain or under TLS.
//!
//! A server that is sent much stops reading until its own replies are read. So whoever sends here takes in what has arrived whenever
//! sending does not go on for a moment; otherwise both sides might wait for each other.

use crate::error::{Error, Failure};
use crate::options::Options;
use crate::tls::Trust;
use crate::wire::Input;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::{ClientConnection, StreamOwned};

/// For how long a write waits before replies are looked for.
const WRITE_WAIT: Duration = Duration::from_millis(10);

/// For how long it is looked for them.
const LOOK: Duration = Duration::from_millis(1);

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Stream {
    transport: Transport,
    /// How long the other side may be silent.
    patience: Duration,
    /// The most that is taken in while sending.
    max_held: usize,
}

#[derive(Debug)]
enum Transport {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Connects, and speaks TLS if there is somebody to trust. Its patience is that for connecting until [`be_patient`](Self::be_patient).
    pub(crate) fn connect(
        address: &str,
        options: &Options,
        trust: Option<&Trust>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::connect(address, source);
        let tcp = connect_any(address, options.connect_timeout).map_err(failed)?;
        tcp.set_nodelay(true).map_err(failed)?;
        tcp.set_write_timeout(Some(WRITE_WAIT)).map_err(failed)?;
        let transport = match trust {
            None => Transport::Plain(tcp),
            Some(trust) => {
                let config = Arc::clone(&trust.config);
                let session = ClientConnection::new(config, trust.name.clone())
                    .map_err(|why| Error::Tls(format!("{address}: {why}")))?;
                Transport::Tls(Box::new(StreamOwned::new(session, tcp)))
            }
        };
        let mut stream = Self {
            transport,
            patience: options.connect_timeout,
            max_held: options.max_reply,
        };
        stream.be_patient(options.connect_timeout).map_err(failed)?;
        stream.shake_hands(address)?;
        Ok(stream)
    }

    /// The TLS handshake, which would otherwise hide in the first write.
    fn shake_hands(&mut self, address: &str) -> Result<(), Error> {
        let Transport::Tls(tls) = &mut self.transport else {
            return Ok(());
        };
        let deadline = Instant::now() + self.patience;
        while tls.conn.is_handshaking() {
            match tls.conn.complete_io(&mut tls.sock) {
                Ok(_) => {}
                Err(error) if is_pause(&error) && Instant::now() < deadline => {}
                Err(error) if is_pause(&error) => {
                    return Err(Error::connect(address, ErrorKind::TimedOut.into()));
                }
                Err(error) => return Err(Error::Tls(format!("{address}: {error}"))),
            }
        }
        Ok(())
    }

    /// Sets how long the other side may be silent.
    pub(crate) fn be_patient(&mut self, patience: Duration) -> io::Result<()> {
        self.patience = patience.max(LOOK);
        self.tcp().set_read_timeout(Some(self.patience))
    }

    fn tcp(&self) -> &TcpStream {
        match &self.transport {
            Transport::Plain(tcp) => tcp,
            Transport::Tls(tls) => &tls.sock,
        }
    }

    /// Sends all of `output` and empties it. What arrives meanwhile goes into `input`.
    pub(crate) fn send(&mut self, output: &mut Vec<u8>, input: &mut Input) -> Result<(), Failure> {
        let mut sent = 0;
        let mut deadline = None;
        loop {
            let went_on = if sent < output.len() {
                self.transport.write(&output[sent..])
            } else {
                self.transport.flush().map(|()| 0)
            };
            match went_on {
                Ok(0) if sent < output.len() => {
                    return Err(io::Error::from(ErrorKind::WriteZero).into());
                }
                Ok(0) => break,
                Ok(count) => {
                    sent += count;
                    deadline = None;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_pause(&error) => {
                    if self.look(input)? {
                        deadline = None;
                    }
                    let now = Instant::now();
                    if now > *deadline.get_or_insert(now + self.patience) {
                        return Err(Failure::TimedOut);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        output.clear();
        Ok(())
    }

    /// Takes in what has arrived, if anything; returns whether there was.
    fn look(&mut self, input: &mut Input) -> Result<bool, Failure> {
        if input.len() >= self.max_held {
            return Ok(false);
        }
        self.tcp().set_read_timeout(Some(LOOK))?;
        let read = self.transport.read(input.room());
        self.tcp().set_read_timeout(Some(self.patience))?;
        match read {
            Ok(0) => Err(Failure::Ended),
            Ok(count) => {
                input.filled(count);
                Ok(true)
            }
            Err(error) if is_pause(&error) || error.kind() == ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets go of the other side.
    pub(crate) fn close(&self) {
        // It may have closed already.
        let _ = self.tcp().shutdown(Shutdown::Both);
    }

    /// Waits until something arrives.
    pub(crate) fn receive(&mut self, input: &mut Input) -> Result<(), Failure> {
        loop {
            match self.transport.read(input.room()) {
                Ok(0) => return Err(Failure::Ended),
                Ok(count) => {
                    input.filled(count);
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_pause(&error) => return Err(Failure::TimedOut),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

/// Whether it is only that a socket's time is up.
fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Connects to the first of the name's addresses that answers.
fn connect_any(address: &str, time: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::from(ErrorKind::NotFound);
    for candidate in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&candidate, time.max(LOOK)) {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = error,
        }
    }
    Err(last)
}
