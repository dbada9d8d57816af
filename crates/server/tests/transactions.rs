//! Transactions over the wire: what they see, what they leave, and how they end.
#![allow(missing_docs)]

mod support;

use masstree_protocol::{Isolation, Range, Transaction};
use masstree_server::Config;
use masstree_store::{Durability, Options, Store};
use rmpv::Value;
use support::{Client, Site, config, int, site, site_of};

const SERIALIZABLE: Transaction = Transaction {
    isolation: Isolation::Serializable,
    read_only: false,
};

const READ_ONLY: Transaction = Transaction {
    isolation: Isolation::Snapshot,
    read_only: true,
};

fn begin(client: &mut Client, transaction: Transaction) -> u64 {
    let reply = client.ask(|to| to.begin(int(40), transaction));
    assert_eq!(reply[..2], [40.into(), 17.into()], "{reply:?}");
    reply[2].as_u64().unwrap()
}

/// Commits and returns the reply's results.
fn commit(client: &mut Client) -> Vec<Value> {
    client.send(b"\x92\x29\x12");
    let mut reply = client.message();
    assert_eq!(reply[..2], [41.into(), 19.into()], "{reply:?}");
    reply.split_off(2)
}

fn set(client: &mut Client, key: &str, value: &str) {
    let reply = client.ask(|to| to.replace(int(1), key.as_bytes(), value.as_bytes()));
    assert_eq!(reply[1], 9.into(), "{reply:?}");
}

fn get(client: &mut Client, key: &str) -> Value {
    client.ask(|to| to.get(int(2), key.as_bytes(), &[]))[2].clone()
}

fn rows(client: &mut Client, range: &Range<'_, &[usize]>) -> Vec<Value> {
    client.ask(|to| to.range(int(3), range)).split_off(2)
}

fn pair() -> (Site, Client, Client) {
    let site = site(config());
    let (mut one, two) = (site.extended(), site.extended());
    set(&mut one, "x", "0");
    set(&mut one, "y", "0");
    (site, one, two)
}

#[test]
fn its_own_writes_are_seen_by_it_alone_until_it_commits() {
    let (_site, mut one, mut two) = pair();
    begin(&mut one, Transaction::default());
    set(&mut one, "x", "1");
    one.exchange(b"\x94\x05\x08\xa1n\xa1v", b"\x93\x05\x09\x01");
    one.exchange(b"\x95\x06\x06\xa1n\x01\xa1w", b"\x93\x06\x07\x02");
    one.exchange(b"\x93\x07\x0a\xa1y", b"\x93\x07\x0b\xc3");
    one.exchange(b"\x93\x07\x0a\xa1y", b"\x93\x07\x0b\xc2");
    assert_eq!(get(&mut one, "x"), "1".into());
    assert_eq!(get(&mut one, "y"), (-2).into());
    one.exchange(b"\x93\x08\x02\xa1n", b"\x94\x08\x03\xa1v\xa1w");
    one.exchange(b"\x94\x08\x02\xa1n\x01", b"\x93\x08\x03\xa1w");
    assert_eq!(get(&mut two, "x"), "0".into());
    assert_eq!(get(&mut two, "n"), (-2).into());
    assert_eq!(commit(&mut one)[0], true.into());
    assert_eq!(get(&mut two, "x"), "1".into());
    assert_eq!(get(&mut two, "y"), (-2).into());
    assert_ne!(get(&mut two, "n"), (-2).into());
}

#[test]
fn it_reads_one_snapshot() {
    let (_site, mut one, mut two) = pair();
    for transaction in [Transaction::default(), SERIALIZABLE, READ_ONLY] {
        set(&mut two, "x", "0");
        begin(&mut one, transaction);
        set(&mut two, "x", "1");
        set(&mut two, "z", "1");
        assert_eq!(get(&mut one, "x"), "0".into());
        let all = ["x", "0", "y", "0"].map(Value::from);
        assert_eq!(rows(&mut one, &Range::default()), all);
        one.exchange(b"\x94\x04\x16\xa1x\xa1z", b"\x94\x04\x17\xa10\xc0");
        assert_eq!(commit(&mut one)[0], true.into());
        assert_eq!(get(&mut one, "x"), "1".into());
        two.exchange(b"\x93\x07\x0a\xa1z", b"\x93\x07\x0b\xc3");
    }
}

#[test]
fn a_conflict_names_the_key_and_changes_nothing() {
    let (_site, mut one, mut two) = pair();
    begin(&mut one, Transaction::default());
    set(&mut one, "x", "one");
    set(&mut one, "y", "one");
    set(&mut two, "x", "two");
    assert_eq!(commit(&mut one), [(-1).into(), "x".into()]);
    assert_eq!(get(&mut one, "x"), "two".into());
    assert_eq!(get(&mut one, "y"), "0".into());
    // It is over.
    one.send(b"\x92\x09\x12");
    one.error(9);
}

#[test]
fn write_skew_is_for_snapshot_isolation_only() {
    for (isolation, both) in [(Transaction::default(), true), (SERIALIZABLE, false)] {
        let (_site, mut one, mut two) = pair();
        begin(&mut one, isolation);
        begin(&mut two, isolation);
        get(&mut one, "x");
        get(&mut two, "y");
        set(&mut one, "y", "1");
        set(&mut two, "x", "1");
        assert_eq!(commit(&mut one)[0], true.into());
        let second = commit(&mut two);
        assert_eq!(second[0] == true.into(), both, "{second:?}");
    }
}

#[test]
fn a_phantom_is_a_conflict_under_serializable() {
    for reverse in [false, true] {
        let (_site, mut one, mut two) = pair();
        begin(&mut one, SERIALIZABLE);
        let range = Range {
            prefix: Some(&b"p"[..]),
            reverse,
            ..Range::default()
        };
        assert_eq!(rows(&mut one, &range), []);
        set(&mut two, "p1", "phantom");
        set(&mut one, "x", "1");
        assert_eq!(commit(&mut one)[0], (-1).into());
    }
}

#[test]
fn scans_see_its_own_writes_in_both_directions() {
    let site = site(config());
    let mut client = site.extended();
    for at in 0..6000 {
        site.store
            .replace(format!("{at:05}").as_bytes(), b"old")
            .unwrap();
    }
    begin(&mut client, Transaction::default());
    let all = Range {
        keys_only: true,
        ..Range::default()
    };
    let backwards = Range {
        reverse: true,
        ..all
    };
    assert_eq!(rows(&mut client, &backwards).len(), 6000);
    set(&mut client, "00010x", "new");
    set(&mut client, "zz", "new");
    client.exchange(b"\x93\x07\x0a\xa500011", b"\x93\x07\x0b\xc3");
    let forwards = rows(&mut client, &all);
    let mut reversed = rows(&mut client, &backwards);
    reversed.reverse();
    assert_eq!(forwards, reversed);
    assert_eq!(forwards.len(), 6001);
    assert_eq!(forwards[11], "00010x".into());
    let last = Range {
        count: Some(2),
        ..backwards
    };
    assert_eq!(
        rows(&mut client, &last),
        ["zz".into(), Value::from("05999")]
    );
    client.exchange(
        b"\x94\x05\x04\xa500010\x03",
        b"\x98\x05\x05\xa500010\xa3old\xa600010x\xa3new\xa500012\xa3old",
    );
}

#[test]
fn abort_and_disconnect_leave_nothing() {
    let (site, mut one, mut two) = pair();
    begin(&mut one, Transaction::default());
    set(&mut one, "x", "1");
    one.exchange(b"\x92\x2a\x14", b"\x92\x2a\x15");
    assert_eq!(get(&mut one, "x"), "0".into());

    begin(&mut one, Transaction::default());
    set(&mut one, "x", "2");
    one.finish();
    one.assert_closed();
    drop(one);
    assert_eq!(get(&mut two, "x"), "0".into());
    // The snapshot is let go of as well, before the connection is closed.
    assert_eq!(site.store.stats().snapshots, 0);
}

#[test]
fn errors_do_not_end_it() {
    let (_site, mut one, _two) = pair();
    begin(&mut one, Transaction::default());
    set(&mut one, "x", "1");
    one.send(b"\x92\x05\x10");
    assert!(one.error(5).contains("already"));
    one.send(b"\x92\x06\x63");
    one.error(6);
    one.request(|to| to.replace(int(7), &[b'k'; 2000], b""));
    one.error(7);
    assert_eq!(get(&mut one, "x"), "1".into());
    assert_eq!(commit(&mut one)[0], true.into());
    for outside in [&b"\x92\x08\x12"[..], b"\x92\x08\x14"] {
        one.send(outside);
        assert!(one.error(8).contains("no transaction"));
    }
}

#[test]
fn a_read_only_one_refuses_writes() {
    let (_site, mut one, _two) = pair();
    let snapshot = begin(&mut one, READ_ONLY);
    for write in [
        &b"\x94\x05\x08\xa1x\xa1v"[..],
        b"\x95\x05\x06\xa1x\x00\xa1v",
        b"\x93\x05\x0a\xa1x",
        b"\x95\x05\x1a\xa1x\xa10\xa1v",
    ] {
        one.send(write);
        assert!(one.error(5).contains("read-only"));
    }
    assert_eq!(get(&mut one, "x"), "0".into());
    assert_eq!(commit(&mut one), [true.into(), snapshot.into()]);
}

#[test]
fn compare_and_set_within_it() {
    let (_site, mut one, mut two) = pair();
    begin(&mut one, Transaction::default());
    one.exchange(b"\x95\x01\x1a\xa1x\xa10\xa11", b"\x93\x01\x1b\xc3");
    one.exchange(b"\x95\x02\x1a\xa1x\xa10\xa12", b"\x94\x02\x1b\xc2\xa11");
    one.exchange(b"\x95\x03\x1a\xa1y\xa10\xc0", b"\x93\x03\x1b\xc3");
    one.exchange(b"\x95\x04\x1a\xa1y\xa10\xa1v", b"\x94\x04\x1b\xc2\xc0");
    assert_eq!(get(&mut two, "x"), "0".into());
    assert_eq!(commit(&mut one)[0], true.into());
    assert_eq!(get(&mut two, "x"), "1".into());
    assert_eq!(get(&mut two, "y"), (-2).into());
}

#[test]
fn what_it_keeps_is_bounded() {
    let site = site(Config {
        max_transaction: 100_000,
        ..config()
    });
    let mut client = site.extended();
    begin(&mut client, Transaction::default());
    let mut errors = 0;
    for at in 0..200_u32 {
        let reply = client.ask(|to| to.replace(int(1), &at.to_be_bytes(), &[0; 1000]));
        errors += usize::from(reply[1] == (-1).into());
    }
    assert!((100..200).contains(&errors), "{errors}");
    assert_eq!(commit(&mut client)[0], true.into());
    assert_eq!(site.store.stats().rows, 200 - errors);
}

#[test]
fn a_large_one_commits_and_is_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let options = Options::new(directory.path());
        Store::open(Options {
            durability: Durability::Always,
            ..options
        })
        .unwrap()
    };
    let site = site_of(open(), config());
    let mut client = site.extended();
    begin(&mut client, SERIALIZABLE);
    for at in 0..1000_u32 {
        client.request(|to| to.replace(int(1), &at.to_be_bytes(), b"v"));
    }
    for _ in 0..1000 {
        client.expect(b"\x93\x01\x09\x01");
    }
    assert_eq!(commit(&mut client)[0], true.into());
    let Site { server, store, .. } = site;
    server.shutdown().unwrap();
    drop(store);
    assert_eq!(open().stats().rows, 1000);
}
