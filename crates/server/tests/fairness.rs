//! One worker, a client that keeps it busy, and another that is served all the same.
#![allow(missing_docs)]

mod support;

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use masstree_protocol::{Range, RequestWriter};
use masstree_server::Config;
use support::{Site, config, int, site};

/// Lets one client do `busy`, and checks that another gets many answers before that is over.
fn beside(site: &Site, busy: impl FnOnce() + Send) {
    let mut other = site.greeted();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            busy();
            over.store(true, SeqCst);
        });
        for _ in 0..20 {
            other.exchange(b"\x93\x03\x02\xa1k", b"\x93\x03\x03\xfe");
        }
        assert!(!over.load(SeqCst), "the others had to wait for it");
    });
}

fn one_worker() -> Site {
    site(Config {
        threads: NonZero::new(1),
        ..config()
    })
}

#[test]
fn long_scans_do_not_stall_the_others() {
    let site = one_worker();
    for at in 0..100_000_u32 {
        site.store.replace(&at.to_be_bytes(), b"").unwrap();
    }
    let mut client = site.extended();
    let range = Range {
        keys_only: true,
        ..Range::default()
    };
    let scans = 60;
    for seq in 0..scans {
        client.request(|to| to.range(int(seq), &range));
    }
    client.expect(b"\xdd\x00\x01\x86\xa2\x00\x19");
    beside(&site, || {
        client.finish();
        assert!(client.rest().len() > 5 * 59 * 100_000);
    });
}

#[test]
fn a_long_pipeline_does_not_stall_the_others() {
    let site = one_worker();
    let mut client = site.greeted();
    let mut some = Vec::new();
    for at in 0..1000_u32 {
        RequestWriter::new(&mut some).replace(int(at.into()), &at.to_be_bytes(), b"v");
    }
    let mut sender = client.stream.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            use std::io::Write;
            for _ in 0..1000 {
                sender.write_all(&some).unwrap();
            }
            sender.shutdown(std::net::Shutdown::Write).unwrap();
        });
        client.expect(b"\x93\x00\x09\x01");
        beside(&site, || {
            assert!(client.rest().len() >= 4 * 999_999);
        });
    });
}
