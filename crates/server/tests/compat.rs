//! `--compat mtd` and `--miss`: they change the handshake's reply and the answer to a missing key, and nothing else.
#![allow(missing_docs)]

mod support;

use masstree_protocol::Miss;
use masstree_server::Config;
use std::num::NonZero;
use support::{config, site};

const GET: &[u8] = b"\x93\x07\x02\xa2k9";
const GET_COLUMNS: &[u8] = b"\x95\x07\x02\xa2k9\x01\x92\x02\x03";

/// The replies to GETs of a missing key, whole and in part.
fn missing(config: Config) -> [Vec<u8>; 2] {
    let site = site(config);
    [GET, GET_COLUMNS].map(|request| {
        let mut client = site.connect();
        client.send(b"\x92\x00\x0e");
        client.message();
        client.send(request);
        client.finish();
        client.rest()
    })
}

#[test]
fn each_miss_answers_as_it_says() {
    for (miss, whole, columns) in [
        (
            Miss::Code,
            &b"\x93\x07\x03\xfe"[..],
            &b"\x93\x07\x03\xfe"[..],
        ),
        (Miss::Empty, b"\x92\x07\x03", b"\x92\x07\x03"),
        (
            Miss::Echo,
            b"\x93\x07\x03\xa2k9",
            b"\x95\x07\x03\xa2k9\x01\x92\x02\x03",
        ),
    ] {
        assert_eq!(missing(Config { miss, ..config() }), [whole, columns]);
    }
}

#[test]
fn compat_greets_as_the_cpp_server_and_echoes() {
    let compat = || Config {
        compat_mtd: true,
        threads: NonZero::new(1),
        ..config()
    };
    let site = site(compat());
    let mut client = site.connect();
    client.exchange(
        b"\x93\x00\x0e\x82\xa4core\xff\xa9maxkeylen\xcc\xff",
        b"\x95\x00\x0f\xc3\x00\xa3Bag",
    );
    client.exchange(GET, b"\x93\x07\x03\xa2k9");
    // All else is as ever.
    client.exchange(b"\x94\x01\x08\xa2k9\xa1v", b"\x93\x01\x09\x01");
    client.exchange(GET, b"\x93\x07\x03\xa1v");
    client.exchange(b"\x94\x02\x04\xa0\x00", b"\x92\x02\x05");
    client.send(b"\x92\x03\x63");
    client.error(3);

    let empty = Config {
        miss: Miss::Empty,
        ..compat()
    };
    assert_eq!(missing(empty)[0], b"\x92\x07\x03");
}

#[test]
fn compat_tells_each_connection_its_thread() {
    let site = site(Config {
        compat_mtd: true,
        threads: NonZero::new(3),
        ..config()
    });
    let mut threads: Vec<_> = (0..6)
        .map(|_| {
            let mut client = site.connect();
            client.send(b"\x92\x00\x0e");
            let reply = client.message();
            assert_eq!(reply[4].as_str(), Some("Bag"));
            reply[3].as_u64().unwrap()
        })
        .collect();
    threads.sort_unstable();
    assert_eq!(threads, [0, 0, 1, 1, 2, 2]);
}
