//! Ten thousand connections, of which a thousand say nothing and a hundred never read. The server is a process of its own, because each side needs as many
//! descriptors. `ci/connections.sh` runs it.
#![allow(missing_docs)]

mod support;

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::num::NonZero;
use std::time::{Duration, Instant};

use masstree_protocol::RequestWriter;
use masstree_server::Config;
use masstree_store::Store;
use support::process::Process;
use support::{Client, int};

const CONNECTIONS: usize = 10_000;
const SILENT: usize = 1_000;
const NEVER_READING: usize = 100;

/// Connections whose latency is measured, and requests of each.
const MEASURED: usize = 100;
const ROUNDS: usize = 100;

/// How often both servers are measured, by turns: what disturbs the machine disturbs both.
const TRIES: usize = 9;

#[test]
#[ignore = "the other process of the test below"]
fn serves_until_its_input_ends() {
    let store = Store::in_memory();
    store.replace(b"large", &vec![7; 256 << 10]).unwrap();
    let config = Config {
        threads: NonZero::new(1),
        max_output: 1 << 20,
        // The silent and the greedy are to be there all the time.
        handshake_timeout: Duration::from_secs(600),
        idle_timeout: Duration::from_secs(600),
        shutdown_timeout: Duration::from_secs(1),
        ..Config::default()
    };
    support::process::serve(store, config);
}

fn greet(address: SocketAddr) -> Client {
    let mut client = Client::connect(address);
    client.exchange(support::HELLO, support::WELCOME);
    client
}

/// The 99th percentile of round trips over these connections, one after the other.
fn p99(clients: &mut [Client]) -> Duration {
    let mut times = Vec::with_capacity(ROUNDS * clients.len());
    for _ in 0..ROUNDS {
        for client in &mut *clients {
            let begin = Instant::now();
            client.exchange(b"\x93\x01\x02\xa1k", b"\x93\x01\x03\xfe");
            times.push(begin.elapsed());
        }
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

#[test]
#[ignore = "needs 10,000 descriptors in each of two processes: ci/connections.sh"]
fn ten_thousand_connections() {
    let quiet = Process::start(None);
    let process = Process::start(None);
    let address = process.address;
    let mut alone: Vec<_> = (0..MEASURED).map(|_| greet(quiet.address)).collect();
    let mut among: Vec<_> = (0..MEASURED).map(|_| greet(address)).collect();

    let silent: Vec<_> = (0..SILENT)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let mut request = Vec::new();
    RequestWriter::new(&mut request).get(int(1), b"large", &[]);
    let greedy: Vec<_> = (0..NEVER_READING)
        .map(|_| {
            let mut client = greet(address);
            client.stream.set_nonblocking(true).unwrap();
            // Until the server takes no more of it, or far more than it can answer.
            let many = request.repeat(1000);
            while client
                .stream
                .write(&many)
                .is_ok_and(|count| count == many.len())
            {}
            client
        })
        .collect();
    let idle_count = CONNECTIONS - SILENT - NEVER_READING - MEASURED;
    let mut idle: Vec<_> = (0..idle_count).map(|_| greet(address)).collect();

    let mut ratios: Vec<_> = (0..TRIES)
        .map(|_| {
            let (alone, among) = (p99(&mut alone), p99(&mut among));
            println!("p99 alone {alone:?}, among {CONNECTIONS} connections {among:?}");
            among.as_secs_f64() / alone.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[TRIES / 2];
    println!("{ratio:.2} times");
    assert!(ratio <= 2.0, "{ratios:?}");
    // All the others are still served.
    for client in &mut idle {
        client.exchange(b"\x93\x02\x02\xa1k", b"\x93\x02\x03\xfe");
    }
    drop((silent, greedy));
    process.finish();
    quiet.finish();
}
