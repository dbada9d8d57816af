//! What the pools do when a connection is lost: reads go on, writes that may have been applied are not sent again.

mod common;

use common::{await_bytes, drain, fake, serve};
use masstree_client::blocking::{self, Commands as _};
use masstree_client::{Begin, Client, Commands as _, Options, Written};
use masstree_protocol::{Command, ReplyWriter, Written as Found};
use masstree_server::{Config, Server};
use masstree_store::Store;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A server that closes each connection at its first request, until the `good`th answers it with `reply`; and how many connections there were.
fn fragile(good: usize, reply: fn(ReplyWriter<'_>)) -> (String, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let address = fake(move |number, mut stream| {
        counter.fetch_add(1, Relaxed);
        await_bytes(&mut stream);
        if number >= good {
            let mut out = Vec::new();
            reply(ReplyWriter::new(&mut out));
            let _ = stream.write_all(&out);
            drain(&mut stream);
        }
    });
    (address, seen)
}

fn found(mut reply: ReplyWriter<'_>) {
    reply.value(1_u64.into(), b"v");
}

fn written(mut reply: ReplyWriter<'_>) {
    reply.written(1_u64.into(), Command::Replace, Found::Updated);
}

#[tokio::test]
async fn reads_are_tried_again() {
    let (address, seen) = fragile(2, found);
    let client = Client::connect(&address, Options::default()).await.unwrap();
    assert_eq!(client.get(b"k").await.unwrap().unwrap().value(), b"v");
    assert_eq!(seen.load(Relaxed), 3);
    let (address, seen) = fragile(2, found);
    let client = blocking::Client::connect(&address, Options::default()).unwrap();
    assert_eq!(client.get(b"k").unwrap().unwrap().value(), b"v");
    assert_eq!(seen.load(Relaxed), 3);
}

#[tokio::test]
async fn writes_that_may_have_been_applied_are_not_unless_asked() {
    let (address, seen) = fragile(1, written);
    let client = Client::connect(&address, Options::default()).await.unwrap();
    let error = client.replace(b"k", b"v").await.unwrap_err();
    assert!(error.maybe_done(), "{error}");
    assert_eq!(seen.load(Relaxed), 1);

    let (address, _) = fragile(1, written);
    let client = blocking::Client::connect(&address, Options::default()).unwrap();
    let error = client.replace(b"k", b"v").unwrap_err();
    assert!(error.maybe_done(), "{error}");

    let asked = || Options::default().retry_writes(true);
    let (address, _) = fragile(1, written);
    let client = Client::connect(&address, asked()).await.unwrap();
    assert_eq!(client.replace(b"k", b"v").await.unwrap(), Written::Updated);
    let (address, _) = fragile(1, written);
    let client = blocking::Client::connect(&address, asked()).unwrap();
    assert_eq!(client.replace(b"k", b"v").unwrap(), Written::Updated);
}

#[tokio::test]
async fn retries_come_to_an_end() {
    let (address, seen) = fragile(usize::MAX, found);
    let options = Options::default().retries(2);
    let client = Client::connect(&address, options.clone()).await.unwrap();
    assert!(client.get(b"k").await.unwrap_err().is_lost());
    assert_eq!(seen.load(Relaxed), 3);
    let client = blocking::Client::connect(&address, options).unwrap();
    assert!(client.get(b"k").unwrap_err().is_lost());
}

#[test]
fn a_server_that_comes_back_is_found_again() {
    let (server, address) = serve();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let several = Options::default().connections(3);
    let client = blocking::Client::connect(&address, several.clone()).unwrap();
    let aside = runtime
        .block_on(Client::connect(&address, several))
        .unwrap();
    let transaction = client.begin(Begin::default()).unwrap();
    client.replace(b"k", b"1").unwrap();
    server.shutdown().unwrap();

    let listener = TcpListener::bind(&address).expect("the port is free again");
    let _server = Server::start(Store::in_memory(), vec![listener], Config::default()).unwrap();
    assert!(transaction.replace(b"k", b"2").unwrap_err().is_lost());
    assert!(transaction.commit().unwrap_err().is_lost());
    assert_eq!(client.get(b"k").unwrap(), None);
    assert_eq!(client.replace(b"k", b"3").unwrap(), Written::Inserted);
    client.begin(Begin::default()).unwrap().commit().unwrap();
    runtime.block_on(async {
        for _ in 0..6 {
            assert_eq!(aside.get(b"k").await.unwrap().unwrap().value(), b"3");
        }
        aside
            .begin(Begin::default())
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
    });
}
