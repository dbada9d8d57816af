//! A store whose disk has failed: reads are answered, writes are told why not, and no write is taken for safe that is not.
#![allow(missing_docs)]

mod support;

use std::sync::Arc;

use masstree_server::StopError;
use masstree_store::{Durability, Options, Store};
use masstree_testkit::disk::{Failure, SimulatedDisk};
use support::disk::Simulated;
use support::{Site, config, site_of};

fn site_on(disk: &SimulatedDisk, durability: Durability) -> Site {
    let options = Options {
        durability,
        checkpoint_bytes: None,
        ..Options::default()
    };
    let disk = Arc::new(Simulated(disk.clone()));
    let (store, _) = Store::open_on(disk, options, |_| {}).unwrap();
    site_of(store, config())
}

#[test]
fn writes_whose_sync_fails_are_errors_within_their_batch() {
    let disk = SimulatedDisk::new();
    let site = site_on(&disk, Durability::Always);
    let mut client = site.extended();
    client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    // The batch is appended, then synced. If a mark comes before it, it is the append that fails.
    disk.fail_at(disk.operations() + 2, Failure::Io);
    // REPLACE, GET, REMOVE, PUT, CAS in one segment.
    client.send(
        b"\x94\x02\x08\xa1n\xa1v\x93\x03\x02\xa1k\x93\x04\x0a\xa1k\x95\x05\x06\xa1p\x00\xa1v\x95\x06\x1a\xa1c\xc0\xa1v",
    );
    assert!(!client.error(2).is_empty());
    client.expect(b"\x93\x03\x03\xa1v");
    for seq in 4..=6 {
        assert!(!client.error(seq).is_empty());
    }

    // Later ones are told so at once, and why.
    client.send(b"\x94\x07\x08\xa1n\xa1v");
    let why = client.error(7);
    assert!(why.contains("read-only") && why.contains("log"), "{why}");
    client.send(b"\x92\x08\x20");
    assert!(client.error(8).contains("read-only"));
    client.send(b"\x92\x09\x10\x94\x0a\x08\xa1n\xa1v\x92\x0b\x12");
    assert_eq!(client.message()[1], 17.into());
    client.expect(b"\x93\x0a\x09\x02");
    assert!(client.error(11).contains("read-only"));
    // Reads go on, for new connections too.
    site.extended().exchange(b"\x92\x01\x1e", b"\x92\x01\x1f");
    client.send(b"\x92\x0c\x1c");
    let stats = client.message()[2].clone();
    let mut fields = stats.as_map().unwrap().iter();
    let read_only = fields.find(|(name, _)| name.as_str() == Some("read_only"));
    assert_eq!(read_only.unwrap().1, 1.into());

    let ended = site.server.shutdown();
    assert!(matches!(ended, Err(StopError::Store(_))), "{ended:?}");
}

#[test]
fn a_write_to_the_log_that_fails_is_told_under_interval_too() {
    let disk = SimulatedDisk::new();
    let pause = std::time::Duration::from_secs(3600);
    let site = site_on(&disk, Durability::Interval(pause));
    let mut client = site.greeted();
    client.exchange(b"\x94\x01\x08\xa1k\xa1v", b"\x93\x01\x09\x01");
    disk.fail_at(disk.operations() + 1, Failure::NoSpace);
    client.send(b"\x94\x02\x08\xa1n\xa1v");
    assert!(client.error(2).contains("full"));
    client.exchange(b"\x93\x03\x02\xa1k", b"\x93\x03\x03\xa1v");
    client.send(b"\x94\x04\x08\xa1n\xa1v");
    assert!(client.error(4).contains("read-only"));
    // Nothing needs to be written for what is not there.
    client.send(b"\x93\x05\x0a\xa4none");
    client.message();
}
