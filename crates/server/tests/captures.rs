//! Every exchange that was captured between clients and the C++ server, byte for byte over a socket.
#![allow(missing_docs)]

mod support;

use support::{config, site};

/// What was sent, and what came back, in an order in which each finds what it needs.
const EXCHANGES: [(&[u8], &[u8]); 12] = [
    (b"\x94\x04\x08\xa2k1\xa5hello", b"\x93\x04\x09\x01"),
    (b"\x94\x05\x08\xa2k1\xa6world!", b"\x93\x05\x09\x02"),
    (b"\x93\x06\x02\xa2k1", b"\x93\x06\x03\xa6world!"),
    (b"\x94\x08\x02\xa2k1\x05", b"\x93\x08\x03\xc0"),
    (b"\x94\x0a\x08\xa2p1\xa2c0", b"\x93\x0a\x09\x01"),
    (b"\x95\x0b\x06\xa2p1\x02\xa2c2", b"\x93\x0b\x07\x02"),
    (b"\x93\x0c\x02\xa2p1", b"\x95\x0c\x03\xa2c0\xa0\xa2c2"),
    (b"\x94\x1d\x08\xa2e1\xa1x", b"\x93\x1d\x09\x01"),
    (b"\x93\x1e\x0a\xa2e1", b"\x93\x1e\x0b\xc3"),
    (
        b"\x97\x01\x06\xa2s3\x00\xa3vs3\x01\xa4col1",
        b"\x93\x01\x07\x01",
    ),
    (b"\x94\x02\x08\xa2s2\xa3vs2", b"\x93\x02\x09\x01"),
    (
        b"\x94\x03\x04\xa2s2\x02",
        b"\x96\x03\x05\xa2s2\xa3vs2\xa2s3\x92\xa3vs3\xa4col1",
    ),
];

const HANDSHAKE: (&[u8], &[u8]) = (
    b"\x93\x00\x0e\x82\xa4core\xff\xa9maxkeylen\xcc\xff",
    b"\x95\x00\x0f\xc3\xcd\xff\xff\xacMasstree-0.1",
);

const CHECKPOINT: (&[u8], &[u8]) = (b"\x92\x22\x0c", b"\x92\x22\x0d");

#[test]
fn one_by_one() {
    let site = site(config());
    let mut client = site.connect();
    client.exchange(HANDSHAKE.0, HANDSHAKE.1);
    for (request, reply) in EXCHANGES {
        client.exchange(request, reply);
    }
    client.exchange(CHECKPOINT.0, CHECKPOINT.1);
}

#[test]
fn all_in_one_segment_with_the_handshake() {
    let site = site(config());
    let mut client = site.connect();
    let (requests, replies): (Vec<&[u8]>, Vec<&[u8]>) =
        std::iter::once(HANDSHAKE).chain(EXCHANGES).unzip();
    client.exchange(&requests.concat(), &replies.concat());
}

#[test]
fn cut_at_every_byte() {
    let site = site(config());
    let mut client = site.connect();
    for (request, reply) in std::iter::once(&HANDSHAKE).chain(&EXCHANGES) {
        for byte in *request {
            client.send(&[*byte]);
        }
        client.expect(reply);
    }
}

#[test]
fn wide_integers_and_bin() {
    let site = site(config());
    let mut client = site.connect();
    // [7 as 32 bits, 14 as 8 bits], as clients send it.
    client.exchange(
        b"\x92\xce\x00\x00\x00\x07\xcc\x0e",
        b"\x95\x07\x0f\xc3\xcd\xff\xff\xacMasstree-0.1",
    );
    client.exchange(
        b"\xdc\x00\x04\xd3\xff\xff\xff\xff\xff\xff\xff\xff\xd1\x00\x08\xc4\x02k1\xdb\x00\x00\x00\x01v",
        b"\x93\xff\x09\x01",
    );
    client.exchange(b"\x93\xe0\x02\xc5\x00\x02k1", b"\x93\xe0\x03\xa1v");
    client.exchange(
        b"\x93\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x02\xd9\x02k1",
        b"\x93\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x03\xa1v",
    );
}
