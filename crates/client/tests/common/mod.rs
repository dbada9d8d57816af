//! A server for each test, and servers that answer as no server should.
#![allow(dead_code, reason = "each test program uses a part of it")]

use masstree_client::Options;
use masstree_protocol::{Abilities, Greeting, Limits, ReplyWriter, Request, RequestDecoder, Step};
use masstree_server::{Config, Server};
use masstree_store::Store;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Starts a server in memory, on a free port.
pub fn serve() -> (Server, String) {
    serve_with(Store::in_memory(), Config::default())
}

/// Starts a server, on a free port.
pub fn serve_with(store: Store, config: Config) -> (Server, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = Server::start(store, vec![listener], config).expect("a server");
    let address = server.addresses()[0].to_string();
    (server, address)
}

/// Options of a client that soon loses patience.
pub fn hasty() -> Options {
    Options::default()
        .connect_timeout(Duration::from_secs(5))
        .request_timeout(Duration::from_millis(400))
        .retries(0)
}

/// A server that greets every client, and does with the connection what `script` does; with which connection it is.
pub fn fake(script: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            if greet(&mut stream).is_some() {
                script(number, stream);
            }
        }
    });
    address
}

/// Answers the handshake.
fn greet(stream: &mut TcpStream) -> Option<()> {
    let mut decoder = RequestDecoder::new(Limits::default());
    let (mut input, mut piece) = (Vec::new(), [0; 256]);
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        input.extend_from_slice(&piece[..count]);
        let Ok(step) = decoder.decode(&input) else {
            return None;
        };
        if let Step::Request {
            seq,
            request: Request::Handshake(hello),
            ..
        } = step
        {
            let abilities = Abilities::new(&hello, &Limits::default(), false);
            let mut out = Vec::new();
            ReplyWriter::new(&mut out).welcome(seq, Greeting::Ours, Some(&abilities));
            return stream.write_all(&out).ok();
        }
    }
}

/// Reads until the first of the client's bytes are there.
pub fn await_bytes(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
}

/// Reads whatever comes until the client goes away.
pub fn drain(stream: &mut TcpStream) {
    let mut piece = [0; 65_536];
    while matches!(stream.read(&mut piece), Ok(1..)) {}
}
