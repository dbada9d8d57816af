//! The metrics over HTTP.
#![allow(missing_docs)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use masstree_server::Config;
use masstree_store::{Options, Store};
use support::{config, site_of};

fn http(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn everything_is_told_at_one_path() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(Options::new(directory.path())).unwrap();
    let site = site_of(
        store,
        Config {
            metrics: Some(TcpListener::bind("127.0.0.1:0").unwrap()),
            ..config()
        },
    );
    let address = site.server.metrics_address().unwrap();
    let mut client = site.greeted();
    client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    for _ in 0..3 {
        client.exchange(b"\x93\x02\x02\xa1k", b"\x93\x02\x03\xa1v");
    }
    client.send(b"\x92\x03\x63");
    client.error(3);
    // A reply may be there before it is counted; the next request of the same connection comes after that.
    client.exchange(b"\x93\x02\x02\xa1k", b"\x93\x02\x03\xa1v");
    let answer = http(address, "GET /metrics");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for line in [
        "masstree_connections 1",
        "masstree_connections_accepted_total 1",
        "masstree_rows 1",
        "masstree_versions 1",
        "masstree_read_only 0",
        "masstree_errors_total 1",
        "masstree_log_transactions_total 1",
        "masstree_checkpoint_running 0",
        "masstree_request_seconds_count{command=\"REPLACE\"} 1",
        "masstree_request_seconds_bucket{le=\"+Inf\",command=\"REPLACE\"} 1",
        "masstree_request_seconds_count{command=\"HANDSHAKE\"} 1",
        "# TYPE masstree_request_seconds histogram",
        "# EOF",
    ] {
        assert!(
            answer.lines().any(|told| told.starts_with(line)),
            "{line} is not in\n{answer}"
        );
    }
    assert!(http(address, "GET /other").starts_with("HTTP/1.1 404 "));
    assert!(http(address, "POST /metrics").starts_with("HTTP/1.1 405 "));
    // Junk, and nothing at all.
    let mut junk = TcpStream::connect(address).unwrap();
    junk.write_all(&[0xff; 20_000]).ok();
    let _silent = TcpStream::connect(address).unwrap();
    assert!(http(address, "GET /metrics").contains("masstree_rows 1"));
    site.server.shutdown().unwrap();
}

#[test]
fn checkpoints_are_counted_whoever_starts_them() {
    let told = |options: Options, ask: bool| {
        let site = site_of(
            Store::open(options).unwrap(),
            Config {
                metrics: Some(TcpListener::bind("127.0.0.1:0").unwrap()),
                ..config()
            },
        );
        let address = site.server.metrics_address().unwrap();
        let mut client = site.greeted();
        client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
        if ask {
            client.exchange(b"\x92\x02\x0c", b"\x92\x02\x0d");
        }
        let deadline = Instant::now() + support::PATIENCE;
        loop {
            let answer = http(address, "GET /metrics");
            let is = |line: &str| answer.lines().any(|told| told == line);
            if is("masstree_checkpoints_total 1") {
                assert!(is("masstree_checkpoint_failures_total 0"), "{answer}");
                let last = answer
                    .lines()
                    .find_map(|line| line.strip_prefix("masstree_checkpoint_last_seconds "));
                assert!(last.unwrap().parse::<f64>().unwrap() > 0.0, "{answer}");
                break;
            }
            assert!(Instant::now() < deadline, "{answer}");
            std::thread::sleep(Duration::from_millis(20));
        }
        // Nothing new is written, so none is due.
        std::thread::sleep(Duration::from_millis(500));
        let answer = http(address, "GET /metrics");
        assert!(
            answer.contains("masstree_checkpoints_total 1\n"),
            "{answer}"
        );
        site.server.shutdown().unwrap();
    };
    let directory = || tempfile::tempdir().unwrap();
    let (by_size, by_time, asked) = (directory(), directory(), directory());
    let mut options = Options::new(by_size.path());
    options.checkpoint_bytes = Some(1);
    told(options, false);
    let mut options = Options::new(by_time.path());
    options.checkpoint_interval = Some(Duration::from_millis(1));
    told(options, false);
    told(Options::new(asked.path()), true);
}
