//! The rows of the protocol's table of decisions, in its order, over sockets.
#![allow(missing_docs)]

mod support;

use masstree_protocol::{Command, Hello};
use masstree_server::Config;
use rmpv::Value;
use support::{Client, HELLO, WELCOME, config, int, site};

#[test]
fn a_missing_key_is_answered_with_not_found() {
    let site = site(config());
    site.greeted()
        .exchange(b"\x93\x07\x02\xa2k9", b"\x93\x07\x03\xfe");
}

#[test]
fn the_handshake_is_answered_with_five_elements() {
    let site = site(config());
    site.connect()
        .exchange(b"\x93\x00\x0e\x81\xa4core\xff", WELCOME);
}

#[test]
fn a_maxkeylen_above_the_limit_is_refused() {
    let refused = b"\x94\x00\x0f\xc2\xadbad maxkeylen";
    let site = site(config());
    let mut client = site.connect();
    client.exchange(b"\x93\x00\x0e\x81\xa9maxkeylen\xcd\x04\x01", refused);
    client.assert_closed();
    site.connect()
        .exchange(b"\x93\x00\x0e\x81\xa9maxkeylen\xcd\x04\x00", WELCOME);

    let longest = support::site(Config {
        max_key: 64 << 10,
        ..config()
    });
    longest.connect().exchange(
        b"\x93\x00\x0e\x81\xa9maxkeylen\xce\x00\x01\x00\x00",
        WELCOME,
    );
}

#[test]
fn a_request_before_the_handshake_closes() {
    let site = site(config());
    let mut client = site.connect();
    client.exchange(
        b"\x94\x05\x08\xa2k1\xa1v",
        b"\x93\x05\xff\xafhandshake first",
    );
    client.assert_closed();
    assert!(site.store.get(b"k1").unwrap().is_none());
}

#[test]
fn handshake_and_requests_may_share_a_segment() {
    let site = site(config());
    let mut client = site.connect();
    client.send(b"\x92\x00\x0e\x94\x01\x08\xa2k1\xa1v\x93\x02\x02\xa2k1");
    client.expect(WELCOME);
    client.expect(b"\x93\x01\x09\x01\x93\x02\x03\xa1v");
}

#[test]
fn a_client_that_says_nothing_disturbs_nobody() {
    let site = site(config());
    let silent: Vec<Client> = (0..8).map(|_| site.connect()).collect();
    for _ in 0..8 {
        site.assert_alive();
    }
    drop(silent);
}

#[test]
fn many_connections_at_once_are_served() {
    let site = site(config());
    let mut clients: Vec<Client> = (0..200).map(|_| site.connect()).collect();
    for client in &mut clients {
        client.send(HELLO);
    }
    for client in clients.iter_mut().rev() {
        client.expect(WELCOME);
    }
}

#[test]
fn what_is_wrong_is_an_error_and_changes_nothing() {
    let site = site(config());
    let mut client = site.extended();
    client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    for request in [
        &b"\x92\x07\x63"[..],                   // an unknown command
        b"\x91\x07",                            // none
        b"\x92\x07\xa1x",                       // one that is no integer
        b"\x92\x07\x0e",                        // a second handshake
        b"\x93\x07\x0e\x80",                    // the same with a map
        b"\x92\x07\x02",                        // GET without a key
        b"\x93\x07\x02\x05",                    // of an integer
        b"\x93\x07\x02\xc0",                    // of nil
        b"\x94\x07\x02\xa1k\xa1x",              // of a column that is a str
        b"\x93\x07\x06\xa1k",                   // PUT without columns
        b"\x94\x07\x06\xa1k\x01",               // without a value
        b"\x95\x07\x06\xa1k\x00\x02",           // of an integer
        b"\x96\x07\x06\xa1k\x00\xa1w\x01",      // without the last value
        b"\x95\x07\x06\xa1k\xff\xa1w",          // of a negative column
        b"\x97\x07\x06\xa1k\x00\xa1w\xff\xa1w", // of one among others
        b"\x95\x07\x06\xa1k\xcd\x04\x00\xa1w",  // of a column over the limit
        b"\x93\x07\x08\xa1k",                   // REPLACE without a value
        b"\x94\x07\x08\xa1k\xc0",               // by nil
        b"\x92\x07\x0a",                        // REMOVE without a key
        b"\x92\x07\x04",                        // SCAN without a key
        b"\x93\x07\x04\xa1k",                   // without a count
        b"\x94\x07\x04\xa1k\xff",               // with a negative count
        b"\x94\x07\x04\xa1k\xa1x",              // with a count that is a str
        b"\x93\x07\x10\x01",                    // BEGIN with an integer
        b"\x92\x07\x12",                        // COMMIT without a transaction
        b"\x92\x07\x14",                        // ABORT without one
        b"\x93\x07\x16\x01",                    // MGET of an integer
        b"\x92\x07\x18",                        // RANGE without a map
        b"\x93\x07\x18\x81\xa4form\xa1a",       // with an unknown option
        b"\x95\x07\x1a\xa1k\x01\xc0",           // CAS of an integer
    ] {
        client.send(request);
        assert!(!client.error(7).is_empty());
        client.exchange(b"\x93\x08\x02\xa1k", b"\x93\x08\x03\xa1v");
    }
    assert_eq!(site.store.stats().rows, 1);
}

#[test]
fn what_kills_the_cpp_server_does_not_kill_this_one() {
    let site = site(config());
    let mut client = site.connect();
    // A handshake whose third element is no map.
    client.send(b"\x93\x00\x0e\x01");
    let reply = client.message();
    assert_eq!(reply[..3], [0.into(), 15.into(), false.into()]);
    client.assert_closed();

    let mut client = site.greeted();
    // PUT with columns in descending order: any order will do.
    client.exchange(b"\x97\x01\x06\xa1d\x02\xa1c\x00\xa1a", b"\x93\x01\x07\x01");
    client.exchange(b"\x93\x02\x02\xa1d", b"\x95\x02\x03\xa1a\xa0\xa1c");
    // PUT with a repeated column: the last counts.
    client.exchange(b"\x97\x03\x06\xa1r\x00\xa1a\x00\xa1b", b"\x93\x03\x07\x01");
    client.exchange(b"\x93\x04\x02\xa1r", b"\x93\x04\x03\xa1b");
    // PUT with a negative column.
    client.send(b"\x95\x05\x06\xa1r\xff\xa1a");
    client.error(5);
    // REMOVE of a key that is too long.
    client.request(|to| to.remove(int(6), &[b'x'; 1025]));
    assert!(client.error(6).contains("1025"));
    // A client that leaves while its reply is on the way.
    client.request(|to| to.replace(int(7), b"large", &vec![7; 8 << 20]));
    client.expect(b"\x93\x07\x09\x01");
    let mut leaves = site.greeted();
    leaves.send(&b"\x93\x08\x02\xa5large".repeat(4));
    drop(leaves);
    // A message that is cut short by the end of the connection.
    let mut cut = site.greeted();
    cut.send(b"\x94\x09\x08\xa3cu");
    drop(cut);
    site.assert_alive();
    assert_eq!(site.store.stats().rows, 4);
}

#[test]
fn bytes_that_are_no_message_are_answered_and_close() {
    let site = site(config());
    for bytes in [
        &b"\xc1"[..],                                         // not MessagePack
        b"\x93\x07\x02\xc1",                                  // within a message
        b"\xa1x",                                             // no array
        b"\x05",                                              // no array
        b"\xc0",                                              // no array
        b"\x80",                                              // no array
        b"\x90",                                              // an empty one
        b"\x93\xa1x\x02\xa1k",       // a sequence number that is no integer
        b"\x93\xc0\x02\xa1k",        // nil
        b"\x93\xca\x00\x00\x00\x00", // a float
        b"\x93\x07\x02\xd4\x01\x00", // an ext type
        b"\x93\x07\x02\x91\x91\x91\x91\x91\x91\x91\x91\xa1k", // nested too deep
    ] {
        let mut client = site.greeted();
        client.send(bytes);
        let reply = client.message();
        assert_eq!(reply[..2], [Value::Nil, (-1).into()], "{bytes:02x?}");
        assert!(!reply[2].as_str().unwrap().is_empty());
        client.assert_closed();
    }
    site.assert_alive();
}

#[test]
fn a_scan_of_no_pairs_has_none() {
    let site = site(config());
    let mut client = site.greeted();
    client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    client.exchange(b"\x94\x02\x04\xa0\x00", b"\x92\x02\x05");
    client.exchange(b"\x94\x03\x04\xa0\x05", b"\x94\x03\x05\xa1k\xa1v");
    client.exchange(b"\x94\x04\x04\xa1l\x05", b"\x92\x04\x05");
}

#[test]
fn a_long_value_is_stored_whole_up_to_the_limit() {
    let site = site(config());
    let mut client = site.greeted();
    for (seq, length) in [(1, 65_535), (2, 65_536), (3, 70_000), (4, 16 << 20)] {
        let value: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        client.request(|to| to.replace(int(seq), b"k", &value));
        client.message();
        client.request(|to| to.get(int(9), b"k", &[]));
        assert!(support::bytes(&client.message()[2]) == value, "{length}");
    }
    client.request(|to| to.replace(int(5), b"k", &vec![0; (16 << 20) + 1]));
    assert!(client.error(5).contains("16777217"));
    // The connection has lost nothing.
    client.request(|to| to.get(int(6), b"k", &[]));
    assert_eq!(support::bytes(&client.message()[2]).len(), 16 << 20);
}

#[test]
fn what_is_too_large_is_refused_from_its_header() {
    let site = site(config());
    for header in [
        &b"\x94\x01\x08\xa1k\xdb\xff\xff\xff\xff"[..], // a value of 4 GiB
        b"\x94\x01\x08\xdb\xff\xff\xff\xff",           // a key of 4 GiB
        b"\xdd\xff\xff\xff\xff\x01\x02",               // an array of four billion
        b"\x93\x01\x02\xdd\xff\xff\xff\xff",           // columns of four billion
        b"\x93\x01\x18\xdf\xff\xff\xff\xff",           // a map of four billion
    ] {
        let mut client = site.greeted();
        client.send(header);
        assert_eq!(client.message()[..2], [Value::Nil, (-1).into()]);
        client.assert_closed();
    }
    // A hundred thousand arrays in one another.
    let mut client = site.greeted();
    client.send(b"\x93\x01\x02");
    client.send(&[0x91; 100_000]);
    assert_eq!(client.message()[0], Value::Nil);
    client.rest();
    site.assert_alive();
}

#[test]
fn extensions_are_for_those_who_ask() {
    let site = site(config());
    let mut client = site.greeted();
    for command in Command::ALL.into_iter().filter(|one| one.is_extension()) {
        client.request(|to| to.plain(int(3), command));
        assert!(client.error(3).contains("proto"), "{command}");
    }
    client.exchange(b"\x93\x04\x02\xa1k", b"\x93\x04\x03\xfe");
    // A later version is answered as this one.
    let mut client = site.connect();
    let reply = client.hello(&Hello {
        proto: 9,
        ..Hello::default()
    });
    assert_eq!(reply.len(), 6);
    let proto = reply[5].as_map().unwrap().iter();
    let mut proto = proto.filter(|(name, _)| name.as_str() == Some("proto"));
    assert_eq!(proto.next().unwrap().1, 2.into());
}
