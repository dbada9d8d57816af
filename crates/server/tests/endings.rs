//! How connections and servers end: what has arrived is answered, and nothing is left behind.
#![allow(missing_docs)]

mod support;

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use masstree_server::{Config, Server, StartError};
use masstree_store::{Options, Store};
use support::{Site, config, int, site, site_of};

#[test]
fn what_came_before_the_end_of_input_is_answered() {
    let site = site(config());
    let mut client = site.connect();
    let mut all = support::HELLO.to_vec();
    for seq in 0..5000 {
        masstree_protocol::RequestWriter::new(&mut all).replace(int(seq), b"k", b"v");
    }
    all.extend(b"\x94\x01\x08\xa1"); // and the beginning of one more
    client.send(&all);
    client.finish();
    client.expect(support::WELCOME);
    for seq in 0..5000 {
        assert_eq!(client.message()[0], seq.into());
    }
    client.assert_closed();
}

#[test]
fn a_server_that_ends_answers_what_it_has_carried_out() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Store::open(Options::new(directory.path())).unwrap();
    let site = site_of(open(), config());
    let mut clients: Vec<_> = (0..8).map(|_| site.greeted()).collect();
    for (worker, client) in clients.iter_mut().enumerate() {
        for at in 0..1000_u32 {
            let key = [worker as u8]
                .into_iter()
                .chain(at.to_be_bytes())
                .collect::<Vec<_>>();
            client.request(|to| to.replace(int(at.into()), &key, b"v"));
        }
    }
    let Site { server, store, .. } = site;
    server.shutdown().unwrap();
    let mut answered = 0;
    for client in &mut clients {
        while let Some(reply) = client.next() {
            assert_eq!(reply[1..], [9.into(), 1.into()]);
            answered += 1;
        }
    }
    assert_eq!(store.stats().rows, answered);
    drop(store);
    assert_eq!(open().stats().rows, answered);
}

#[test]
fn a_server_that_has_ended_accepts_nothing() {
    let site = site(config());
    let mut idle = site.greeted();
    let silent = site.connect();
    let address = site.address;
    site.server.shutdown().unwrap();
    idle.assert_closed();
    drop(silent);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn the_handle_ends_it_from_another_thread() {
    let site = site(config());
    let handle = site.server.shutdown_handle();
    let waits = std::thread::spawn(move || site.server.wait());
    handle.clone().shutdown();
    waits.join().unwrap().unwrap();
    handle.shutdown();
}

#[test]
fn dropping_a_server_ends_it() {
    let Site {
        server,
        store,
        address,
    } = site(config());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert!(store.replace(b"k", b"v").is_ok());
}

#[test]
fn who_does_not_take_its_replies_cannot_keep_a_server_from_ending() {
    let site = site(Config {
        shutdown_timeout: Duration::from_millis(200),
        ..config()
    });
    site.store.replace(b"large", &vec![7; 8 << 20]).unwrap();
    let mut client = site.greeted();
    for seq in 0..8 {
        client.request(|to| to.get(int(seq), b"large", &[]));
    }
    // The first bytes of the first reply are there, so the others are on the way.
    client.expect(b"\x93\x00\x03");
    site.server.shutdown().unwrap();
    assert!(client.rest().len() < 64 << 20);
}

#[test]
fn several_addresses_are_one_server() {
    let listeners: Vec<_> = (0..3)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let server = Server::start(Store::in_memory(), listeners, config()).unwrap();
    let addresses = server.addresses();
    assert_eq!(addresses.len(), 3);
    let mut first = support::Client::connect(addresses[0]);
    first.exchange(support::HELLO, support::WELCOME);
    first.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    let mut third = support::Client::connect(addresses[2]);
    third.exchange(support::HELLO, support::WELCOME);
    third.exchange(b"\x93\x02\x02\xa1k", b"\x93\x02\x03\xa1v");
}

#[test]
fn what_cannot_be_is_an_error() {
    let start = |listeners, config| Server::start(Store::in_memory(), listeners, config);
    assert!(matches!(
        start(Vec::new(), config()),
        Err(StartError::NoListener)
    ));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let wrong = Config {
        max_key: (64 << 10) + 1,
        ..config()
    };
    let error = start(vec![listener], wrong).unwrap_err();
    assert_eq!(error.to_string(), "max-key must be at most 64 KiB");
}
