//! What the protocol says in detail, over sockets: limits, columns, handshakes, what is ignored.
#![allow(missing_docs)]

mod support;

use masstree_server::Config;
use rmpv::Value;
use support::{WELCOME, config, int, site};

#[test]
fn limits_are_inclusive() {
    let site = site(Config {
        max_key: 10,
        max_value: 100,
        max_columns: 4,
        max_message: 200,
        ..config()
    });
    let mut client = site.greeted();
    client.request(|to| to.replace(int(1), &[b'k'; 10], &[b'v'; 100]));
    client.expect(b"\x93\x01\x09\x01");
    client.request(|to| to.replace(int(2), &[b'k'; 11], b"v"));
    assert!(client.error(2).contains("11"));
    client.request(|to| to.replace(int(3), b"k", &[b'v'; 101]));
    assert!(client.error(3).contains("101"));
    client.request(|to| to.put(int(4), b"k", &[(3, b"v")]));
    client.expect(b"\x93\x04\x07\x01");
    client.request(|to| to.put(int(5), b"k", &[(4, b"v")]));
    assert!(client.error(5).contains("column 4"));
    client.request(|to| to.get(int(6), b"k", &[4]));
    assert!(client.error(6).contains("column 4"));

    // 9 bytes, a key of 2, and two values.
    client.request(|to| to.put(int(7), b"kk", &[(0, &[b'v'; 90]), (1, &[b'v'; 95])]));
    let mut bytes = Vec::new();
    masstree_protocol::RequestWriter::new(&mut bytes).put(
        int(7),
        b"kk",
        &[(0, &[b'v'; 90]), (1, &[b'v'; 95])],
    );
    assert!(bytes.len() <= 200);
    client.expect(b"\x93\x07\x07\x01");
    client.request(|to| to.put(int(8), b"kk", &[(0, &[b'v'; 100]), (1, &[b'v'; 100])]));
    assert_eq!(client.message()[0], Value::Nil);
    client.assert_closed();
}

#[test]
fn a_million_elements_are_the_most() {
    let site = site(config());
    let mut client = site.greeted();
    // GET of a million elements less the three before the columns.
    let count = 1_000_000_u32;
    let mut message = vec![0xdd];
    message.extend(count.to_be_bytes());
    message.extend(b"\x07\x02\xa1k");
    message.resize(message.len() + count as usize - 3, 0);
    client.exchange(&message, b"\x93\x07\x03\xfe");
    client.send(b"\xdd\x00\x0f\x42\x41");
    assert_eq!(client.message()[0], Value::Nil);
    client.assert_closed();
}

#[test]
fn a_column_below_the_highest_is_empty_one_above_is_nil() {
    let site = site(config());
    let mut client = site.greeted();
    client.exchange(b"\x95\x01\x06\xa1k\x03\xa1x", b"\x93\x01\x07\x01");
    client.exchange(b"\x93\x02\x02\xa1k", b"\x96\x02\x03\xa0\xa0\xa0\xa1x");
    client.exchange(
        b"\x96\x03\x02\xa1k\x03\x00\x04",
        b"\x95\x03\x03\xa1x\xa0\xc0",
    );
    client.exchange(b"\x94\x04\x02\xa1k\x04", b"\x93\x04\x03\xc0");
    // In a SCAN one column is plain, several are an array.
    client.exchange(b"\x95\x05\x04\xa0\x09\x04", b"\x94\x05\x05\xa1k\xc0");
    client.exchange(
        b"\x96\x06\x04\xa0\x09\x03\x04",
        b"\x94\x06\x05\xa1k\x92\xa1x\xc0",
    );
}

#[test]
fn columns_may_lie_in_an_array() {
    let site = site(config());
    let mut client = site.greeted();
    client.exchange(
        b"\x94\x01\x06\xa1k\x94\x00\xa1a\x01\xa1b",
        b"\x93\x01\x07\x01",
    );
    client.exchange(b"\x94\x02\x02\xa1k\x92\x01\x00", b"\x94\x02\x03\xa1b\xa1a");
    client.exchange(
        b"\x95\x03\x04\xa0\x01\x92\x01\x00",
        b"\x94\x03\x05\xa1k\x92\xa1b\xa1a",
    );
}

#[test]
fn further_arguments_are_ignored() {
    let site = site(config());
    let mut client = site.greeted();
    client.exchange(b"\x95\x01\x08\xa1k\xa1v\x05", b"\x93\x01\x09\x01");
    client.exchange(b"\x93\x02\x0c\xa1x", b"\x92\x02\x0d");
    client.exchange(b"\x94\x03\x0a\xa1k\xc0", b"\x93\x03\x0b\xc3");
}

#[test]
fn the_empty_key_and_any_byte_are_fine() {
    let site = site(config());
    let mut client = site.greeted();
    client.exchange(b"\x94\x01\x08\xa0\xa1v", b"\x93\x01\x09\x01");
    client.exchange(b"\x93\x02\x02\xa0", b"\x93\x02\x03\xa1v");
    let all: Vec<u8> = (0..=255).collect();
    client.request(|to| to.replace(int(3), &all, &all));
    client.expect(b"\x93\x03\x09\x01");
    client.request(|to| to.get(int(4), &all, &[]));
    let mut expected = b"\x93\x04\x03\xda\x01\x00".to_vec();
    expected.extend(&all);
    client.expect(&expected);
    client.exchange(b"\x93\x05\x0a\xa0", b"\x93\x05\x0b\xc3");
    client.exchange(b"\x93\x06\x0a\xa0", b"\x93\x06\x0b\xc2");
}

#[test]
fn handshakes_of_all_kinds() {
    let site = site(config());
    for welcome in [
        &b"\x92\x00\x0e"[..],
        b"\x93\x00\x0e\x80",
        b"\x93\x00\x0e\x82\xa9maxkeylen\x10\xa4core\x07", // in any order
        b"\x93\x00\x0e\x82\xa5other\x93\x01\x02\x03\x05\xc0", // unknown keys
        b"\x93\x00\x0e\x82\xa4core\xc0\xa9maxkeylen\xc0", // nil is as good as none
        b"\x93\x00\x0e\x82\xa3bin\xc2\xa4auth\xa1x",      // without proto
        b"\x94\x00\x0e\x80\x07",                          // more arguments
    ] {
        site.connect().exchange(welcome, WELCOME);
    }
    for refused in [
        &b"\x93\x00\x0e\xc0"[..],
        b"\x93\x00\x0e\x90",
        b"\x93\x00\x0e\xa1x",
        b"\x93\x00\x0e\x81\xa9maxkeylen\xff",
        b"\x93\x00\x0e\x81\xa4core\xa1x",
        b"\x93\x00\x0e\x81\xa3bin\x01",
    ] {
        let mut client = site.connect();
        client.send(refused);
        let reply = client.message();
        assert_eq!(reply[..3], [0.into(), 15.into(), false.into()]);
        client.assert_closed();
    }
    let mut client = site.greeted();
    client.send(b"\x92\x05\x0e");
    assert!(client.error(5).contains("already"));
    client.exchange(b"\x93\x06\x02\xa1k", b"\x93\x06\x03\xfe");
}

#[test]
fn bin_is_for_those_who_ask() {
    let site = site(config());
    let mut client = site.connect();
    client.exchange(b"\x93\x00\x0e\x81\xa3bin\xc3", WELCOME);
    client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    client.exchange(b"\x93\x02\x02\xa1k", b"\x93\x02\x03\xc4\x01v");
    client.exchange(b"\x94\x03\x04\xa0\x01", b"\x94\x03\x05\xc4\x01k\xc4\x01v");
    client.exchange(b"\x94\x04\x02\xa1k\x07", b"\x93\x04\x03\xc0");
    site.greeted()
        .exchange(b"\x93\x02\x02\xa1k", b"\x93\x02\x03\xa1v");
}

#[test]
fn a_handshake_that_never_ends_is_given_up() {
    let site = site(config());
    let mut client = site.connect();
    client.send(b"\x93\x00\x0e\x81\xa5other\xdb\x00\x02\x00\x00");
    // The server has no use for more than 64 KiB of it.
    client.send(&vec![b'x'; 128 << 10]);
    let reply = client.message();
    assert_eq!(reply[..3], [0.into(), 15.into(), false.into()]);
    client.assert_closed();
    site.assert_alive();
}
