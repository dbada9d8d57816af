//! A server that runs out of descriptors: it waits for some to come back, and serves those who waited with it.
#![allow(missing_docs)]

mod support;

use masstree_store::Store;
use support::process::Process;
use support::{Client, HELLO, WELCOME, config};

#[test]
#[ignore = "the other process of the test below"]
fn serves_until_its_input_ends() {
    support::process::serve(Store::in_memory(), config());
}

#[test]
fn connections_beyond_the_descriptors_wait_and_are_served() {
    let process = Process::start(Some(64));
    let mut clients: Vec<Client> = (0..120)
        .map(|_| {
            let mut client = Client::connect(process.address);
            client.send(HELLO);
            client
        })
        .collect();
    // Connections are accepted in the order in which they came, and each that goes makes room for one that waits.
    let last = clients.split_off(100);
    for mut client in clients {
        client.expect(WELCOME);
    }
    for mut client in last {
        client.expect(WELCOME);
        client.exchange(b"\x93\x02\x02\xa1k", b"\x93\x02\x03\xfe");
    }
    process.finish();
}
