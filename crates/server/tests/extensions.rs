//! The commands of clients that say `"proto": 2`, outside of transactions.
#![allow(missing_docs)]

mod support;

use masstree_protocol::{Command, Hello, Range};
use masstree_server::Config;
use masstree_store::{Options, Store};
use rmpv::Value;
use support::{Client, Site, config, int, site, site_of};

fn filled() -> (Site, Client) {
    let site = site(config());
    let mut client = site.extended();
    for (key, value) in [("a", "1"), ("ab", "2"), ("b", "3"), ("c", "4")] {
        client.request(|to| to.replace(int(1), key.as_bytes(), value.as_bytes()));
        client.expect(b"\x93\x01\x09\x01");
    }
    (site, client)
}

fn range(client: &mut Client, range: &Range<'_, &[usize]>) -> Vec<Value> {
    let mut reply = client.ask(|to| to.range(int(2), range));
    assert_eq!(reply[..2], [2.into(), 25.into()]);
    reply.split_off(2)
}

fn values(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|&text| text.into()).collect()
}

#[test]
fn the_handshake_tells_what_the_server_can_do() {
    let site = site(config());
    let reply = site.connect().hello(&Hello {
        proto: 2,
        bin: true,
        ..Hello::default()
    });
    let told = |name: &str| {
        let mut map = reply[5].as_map().unwrap().iter();
        map.find(|(key, _)| key.as_str() == Some(name))
            .map(|(_, value)| value.clone())
    };
    assert_eq!(told("bin"), Some(true.into()));
    assert_eq!(told("durable"), Some(false.into()));
    assert_eq!(told("maxkeylen"), Some(1024.into()));
    assert_eq!(told("maxmessage"), Some((32 << 20).into()));
}

#[test]
fn mget_has_nil_for_missing_keys() {
    let (_site, mut client) = filled();
    client.exchange(b"\x97\x03\x06\xa1r\x00\xa1x\x01\xa1y", b"\x93\x03\x07\x01");
    client.exchange(
        b"\x95\x2b\x16\xa1a\xa1z\xa1r",
        b"\x95\x2b\x17\xa11\xc0\x92\xa1x\xa1y",
    );
    client.exchange(b"\x92\x2c\x16", b"\x92\x2c\x17");
    // More than fit into one step.
    let keys: Vec<String> = (0..3000).map(|at| format!("key {at}")).collect();
    client.request(|to| to.replace(int(4), b"key 2999", b"last"));
    client.message();
    let reply = client.ask(|to| to.mget(int(5), &keys));
    assert_eq!(reply.len(), 3002);
    assert_eq!(reply.last(), Some(&"last".into()));
    assert!(reply[2..3001].iter().all(Value::is_nil));
}

#[test]
fn range_in_both_directions() {
    let (_site, mut client) = filled();
    let all = Range::default();
    let pairs = ["a", "1", "ab", "2", "b", "3", "c", "4"];
    assert_eq!(range(&mut client, &all), values(&pairs));
    let part = Range {
        from: Some(&b"ab"[..]),
        to: Some(b"c"),
        ..all
    };
    assert_eq!(range(&mut client, &part), values(&["ab", "2", "b", "3"]));
    let backwards = Range {
        reverse: true,
        ..part
    };
    assert_eq!(
        range(&mut client, &backwards),
        values(&["b", "3", "ab", "2"])
    );
    let one = Range {
        count: Some(1),
        ..backwards
    };
    assert_eq!(range(&mut client, &one), values(&["b", "3"]));
    let prefix = Range {
        prefix: Some(&b"a"[..]),
        keys_only: true,
        ..all
    };
    assert_eq!(range(&mut client, &prefix), values(&["a", "ab"]));
    let narrowed = Range {
        from: Some(&b"aa"[..]),
        ..prefix
    };
    assert_eq!(range(&mut client, &narrowed), values(&["ab"]));
    let inverted = Range {
        from: Some(&b"c"[..]),
        to: Some(b"a"),
        ..all
    };
    assert_eq!(range(&mut client, &inverted), []);
    let columns = Range {
        columns: &[0, 1][..],
        count: Some(1),
        ..all
    };
    assert_eq!(
        range(&mut client, &columns),
        ["a".into(), Value::Array(vec!["1".into(), Value::Nil])]
    );
    let none = Range {
        count: Some(0),
        ..all
    };
    assert_eq!(range(&mut client, &none), []);
}

#[test]
fn a_range_of_many_steps_has_all_rows_in_order() {
    let site = site(config());
    for at in 0..10_000_u32 {
        site.store.replace(&at.to_be_bytes(), &[1; 100]).unwrap();
    }
    let mut client = site.extended();
    for reverse in [false, true] {
        let keys = range(
            &mut client,
            &Range {
                keys_only: true,
                reverse,
                ..Range::default()
            },
        );
        let mut keys: Vec<u32> = keys
            .iter()
            .map(|key| u32::from_be_bytes(support::bytes(key).try_into().unwrap()))
            .collect();
        if reverse {
            keys.reverse();
        }
        assert!(keys.iter().copied().eq(0..10_000));
    }
    let pairs = range(&mut client, &Range::default());
    assert_eq!(pairs.len(), 20_000);
    client.request(|to| to.scan(int(9), &[], u64::MAX, &[]));
    assert_eq!(client.message().len(), 20_002);
}

#[test]
fn compare_and_set() {
    let (_site, mut client) = filled();
    // What is there, and what is expected in vain.
    client.exchange(b"\x95\x01\x1a\xa1a\xa11\xa1x", b"\x93\x01\x1b\xc3");
    client.exchange(b"\x95\x02\x1a\xa1a\xa11\xa1y", b"\x94\x02\x1b\xc2\xa1x");
    // No such key.
    client.exchange(b"\x95\x03\x1a\xa1n\xc0\xa1v", b"\x93\x03\x1b\xc3");
    client.exchange(b"\x95\x04\x1a\xa1n\xc0\xa1v", b"\x94\x04\x1b\xc2\xa1v");
    client.exchange(b"\x95\x05\x1a\xa1m\xa1v\xa1v", b"\x94\x05\x1b\xc2\xc0");
    // Removed.
    client.exchange(b"\x95\x06\x1a\xa1n\xa1v\xc0", b"\x93\x06\x1b\xc3");
    client.exchange(b"\x95\x07\x1a\xa1n\xc0\xc0", b"\x93\x07\x1b\xc3");
    // A row of several columns is never as expected.
    client.exchange(b"\x95\x08\x06\xa1a\x01\xa1z", b"\x93\x08\x07\x02");
    client.exchange(
        b"\x95\x09\x1a\xa1a\xa1x\xa1y",
        b"\x94\x09\x1b\xc2\x92\xa1x\xa1z",
    );
}

#[test]
fn ping_stats_and_sync() {
    let (site, mut client) = filled();
    client.exchange(b"\x92\x30\x1e", b"\x92\x30\x1f");
    client.exchange(b"\x92\x31\x20", b"\x92\x31\x21");
    let reply = client.ask(|to| to.plain(int(4), Command::Stats));
    let stats = reply[2].as_map().unwrap();
    let told = |name: &str| {
        let found = stats.iter().find(|(key, _)| key.as_str() == Some(name));
        found.and_then(|(_, value)| value.as_u64())
    };
    assert_eq!(told("rows"), Some(4));
    assert_eq!(told("connections"), Some(1));
    assert_eq!(told("read_only"), Some(0));
    drop(site);
}

#[test]
fn sync_and_checkpoint_of_a_store_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Store::open(Options::new(directory.path())).unwrap();
    let site = site_of(open(), config());
    let mut client = site.extended();
    client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    client.exchange(b"\x92\x02\x20", b"\x92\x02\x21");
    assert_eq!(site.store.log_stats().unwrap().not_durable, 0);
    // Several at once: one runs, and all are answered.
    client.exchange(&b"\x92\x03\x0c".repeat(5), &b"\x92\x03\x0d".repeat(5));
    let Site { server, store, .. } = site;
    server.shutdown().unwrap();
    drop(store);
    assert_eq!(
        open().get(b"k").unwrap().unwrap().column(0),
        Some(&b"v"[..])
    );
}

#[test]
fn a_reply_over_the_limit_is_an_error() {
    let site = site(Config {
        max_reply: 10_000,
        ..config()
    });
    let mut client = site.extended();
    client.request(|to| to.replace(int(1), b"k", &[1; 1000]));
    client.message();
    client.request(|to| to.replace(int(1), b"l", &[1; 9994]));
    client.message();
    // The same column over and over: a thousand times the row.
    client.request(|to| to.get(int(2), b"k", &[0; 1000]));
    assert!(client.error(2).contains("10000"));
    client.request(|to| to.get(int(3), b"k", &[0; 9]));
    assert_eq!(client.message().len(), 11);
    client.request(|to| to.mget(int(4), &["k"; 10]));
    assert!(client.error(4).contains("10000"));
    client.request(|to| to.scan(int(5), b"", 9, &[]));
    assert!(client.error(5).contains("10000"));
    client.request(|to| to.scan(int(5), b"", 1, &[]));
    assert_eq!(client.message().len(), 4);
    client.request(|to| to.range(int(6), &Range::default()));
    assert!(client.error(6).contains("10000"));
    // [7, 3, value]: six bytes and the value, which is exactly the limit.
    client.request(|to| to.get(int(7), b"l", &[]));
    assert_eq!(client.message().len(), 3);
    client.request(|to| to.replace(int(8), b"l", &[1; 9995]));
    client.message();
    client.request(|to| to.get(int(9), b"l", &[]));
    assert!(client.error(9).contains("10000"));
}
