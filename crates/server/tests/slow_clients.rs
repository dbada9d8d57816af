//! Clients that say nothing, stop in the middle, or do not read: they are dropped, bounded, and nobody else notices.
#![allow(missing_docs)]

mod support;

use std::io::Write;
use std::time::Duration;

use masstree_server::Config;
use support::{Client, Site, config, int, site};

const SHORT: Duration = Duration::from_millis(150);

fn impatient() -> Site {
    site(Config {
        handshake_timeout: SHORT,
        idle_timeout: SHORT,
        max_output: 1 << 20,
        ..config()
    })
}

/// Waits until the server has no more than so many connections.
fn until_connections(client: &mut Client, count: u64) {
    loop {
        client.send(b"\x92\x01\x1c");
        let reply = client.message();
        let mut fields = reply[2].as_map().unwrap().iter();
        let field = fields.find(|(name, _)| name.as_str() == Some("connections"));
        if field.unwrap().1.as_u64().unwrap() <= count {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn without_a_handshake_in_time_a_connection_is_closed() {
    let site = impatient();
    let mut silent = site.connect();
    let mut begun = site.connect();
    begun.send(b"\x93\x00\x0e");
    silent.assert_closed();
    begun.assert_closed();
}

#[test]
fn an_unfinished_message_is_given_up_and_an_idle_connection_is_not() {
    let site = impatient();
    let mut idle = site.greeted();
    let mut stuck = site.greeted();
    stuck.send(b"\x93\x01\x02\xa1k\x94\x02\x08\xa5ab");
    stuck.expect(b"\x93\x01\x03\xfe");
    stuck.assert_closed();
    // A message that is refused, and whose bytes do not come.
    let mut doomed = site.greeted();
    doomed.send(b"\x93\x01\x02\xda\x08\x00abc");
    doomed.assert_closed();
    // Far longer than the others were given.
    std::thread::sleep(4 * SHORT);
    idle.exchange(b"\x93\x03\x02\xa1k", b"\x93\x03\x03\xfe");
}

#[test]
fn who_goes_on_slowly_is_not_given_up() {
    let site = site(Config {
        handshake_timeout: Duration::from_secs(60),
        idle_timeout: Duration::from_secs(60),
        ..config()
    });
    let mut client = site.connect();
    for byte in b"\x92\x00\x0e\x94\x02\x08\xa5abcde\xa1v" {
        client.send(&[*byte]);
        std::thread::sleep(Duration::from_millis(2));
    }
    client.expect(support::WELCOME);
    client.expect(b"\x93\x02\x09\x01");
}

#[test]
fn who_never_reads_is_not_read_from_and_then_dropped() {
    let site = impatient();
    site.store.replace(b"large", &vec![7; 1 << 20]).unwrap();
    let mut watcher = site.extended();
    let mut greedy = site.greeted();
    // Far more than fits into the socket's buffers and the output; at some point nobody takes it any more.
    let mut request = Vec::new();
    masstree_protocol::RequestWriter::new(&mut request).get(int(1), b"large", &[]);
    let batch = request.repeat(10_000);
    let refused = (0..10_000).any(|_| greedy.stream.write_all(&batch).is_err());
    assert!(refused, "all was taken");
    until_connections(&mut watcher, 1);
}

#[test]
fn who_reads_late_gets_everything() {
    let site = site(Config {
        max_output: 1 << 20,
        ..config()
    });
    site.store.replace(b"large", &vec![7; 1 << 20]).unwrap();
    let mut client = site.greeted();
    for seq in 0..64 {
        client.request(|to| to.get(int(seq), b"large", &[]));
    }
    for seq in 0..64 {
        let reply = client.message();
        assert_eq!(reply[0], seq.into());
        assert_eq!(support::bytes(&reply[2]).len(), 1 << 20);
    }
}

#[test]
fn a_client_may_send_everything_before_it_reads() {
    let site = site(config());
    let mut client = site.greeted();
    let mut all = Vec::new();
    for at in 0..200_000_u32 {
        let mut to = masstree_protocol::RequestWriter::new(&mut all);
        to.replace(int(at.into()), &at.to_be_bytes(), b"v");
    }
    client.send(&all);
    for at in 0..200_000_u32 {
        let reply = client.message();
        assert_eq!(reply[..], [at.into(), 9.into(), 1.into()]);
    }
}

#[test]
fn too_many_connections_are_told_so() {
    let site = site(Config {
        max_connections: 3,
        ..config()
    });
    let mut clients: Vec<Client> = (0..3).map(|_| site.greeted()).collect();
    let mut fourth = site.connect();
    fourth.expect(b"\x93\xc0\xff\xb4too many connections");
    fourth.assert_closed();
    clients[0].exchange(b"\x93\x03\x02\xa1k", b"\x93\x03\x03\xfe");
    // Its place is free once the server has closed it too.
    let mut gone = clients.pop().unwrap();
    gone.finish();
    gone.assert_closed();
    drop(gone);
    loop {
        let mut next = site.connect();
        next.send(support::HELLO);
        if next.message()[0] == 0.into() {
            break;
        }
    }
}
