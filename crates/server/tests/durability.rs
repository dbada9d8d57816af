//! What was acknowledged over the wire is there after the store is opened again, and connections share syncs.
#![allow(missing_docs)]

mod support;

use std::thread;

use masstree_store::{Durability, Options, Store};
use support::{Site, config, int, site_of};

#[test]
fn acknowledged_writes_survive_and_share_syncs() {
    const CLIENTS: u32 = 8;
    const WRITES: u32 = 2000;
    for durability in [Durability::default(), Durability::Always] {
        let directory = tempfile::tempdir().unwrap();
        let open = || {
            let options = Options::new(directory.path());
            Store::open(Options {
                durability,
                ..options
            })
            .unwrap()
        };
        let site = site_of(open(), config());
        thread::scope(|scope| {
            for worker in 0..CLIENTS {
                let mut client = site.greeted();
                scope.spawn(move || {
                    for batch in 0..WRITES / 100 {
                        for at in 0..100 {
                            let key = [worker, batch, at].map(u32::to_be_bytes).concat();
                            client.request(|to| to.replace(int(at.into()), &key, b"v"));
                        }
                        for at in 0..100 {
                            let reply = client.message();
                            assert_eq!(reply[..], [at.into(), 9.into(), 1.into()]);
                        }
                    }
                });
            }
        });
        let stats = site.store.log_stats().unwrap();
        let writes = u64::from(CLIENTS * WRITES);
        assert_eq!(stats.transactions, writes);
        assert!(stats.syncs < writes / 5, "{stats:?}");
        if durability == Durability::Always {
            assert_eq!(stats.not_durable, 0);
        }
        let Site { server, store, .. } = site;
        server.shutdown().unwrap();
        drop(store);
        assert_eq!(open().stats().rows as u64, writes);
    }
}
