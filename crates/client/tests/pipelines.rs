//! Deep pipelines: neither side waits for the other, and what is in flight is bounded.

mod common;

use common::{fake, serve};
use masstree_client::blocking::{Commands as _, Connection};
use masstree_client::{
    Commands as _, Connection as AsyncConnection, Error, Options, Request, Response, Written,
};
use masstree_protocol::Body;
use std::thread;

/// More than what both kernels and the server's output hold.
const VALUE: usize = 256 << 10;
const READS: usize = 200;

#[test]
fn replies_that_nobody_takes_yet_do_not_stop_requests() {
    let (_server, address) = serve();
    let mut connection = Connection::connect(&address, &Options::default()).unwrap();
    let value = vec![7; VALUE];
    connection.replace(b"k", &value).unwrap();
    let mut pipeline = connection.pipeline();
    // Reads of 50 MiB in all, and then 10 MiB of writes behind them, before the first reply is taken.
    for _ in 0..READS {
        pipeline.send(Request::get(b"k")).unwrap();
    }
    for _ in 0..40 {
        pipeline
            .send(Request::Replace {
                key: b"k2",
                value: &value,
            })
            .unwrap();
    }
    pipeline.flush().unwrap();
    for _ in 0..READS {
        let length = pipeline.receive_with(|body| match body {
            Body::Row(row) => row.first().map(<[u8]>::len),
            _ => None,
        });
        assert_eq!(length.unwrap().unwrap(), Some(VALUE));
    }
    let mut written = 0;
    while let Some(response) = pipeline.receive() {
        assert!(matches!(response.unwrap(), Response::Written(_)));
        written += 1;
    }
    assert_eq!(written, 40);
}

#[tokio::test]
async fn the_same_asynchronously() {
    let (_server, address) = serve();
    let connection = AsyncConnection::connect(&address, &Options::default())
        .await
        .unwrap();
    let value = vec![7; VALUE];
    connection.replace(b"k", &value).await.unwrap();
    let mut requests = vec![Request::get(b"k"); READS];
    requests.extend(
        [Request::Replace {
            key: b"k2",
            value: &value,
        }; 80],
    );
    let responses = connection.batch(&requests).await.unwrap();
    assert_eq!(responses.len(), READS + 80);
    assert!(responses.iter().all(Result::is_ok));
}

#[test]
fn a_full_window_says_so() {
    let (_server, address) = serve();
    let options = Options::default().window(16 << 10);
    let mut connection = Connection::connect(&address, &options).unwrap();
    let mut pipeline = connection.pipeline();
    let mut sent = 0;
    let error = loop {
        match pipeline.send(Request::Ping) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, Error::PipelineFull) && sent == 16,
        "{sent}: {error}"
    );
    assert!(pipeline.receive().unwrap().is_ok());
    pipeline.send(Request::Ping).unwrap();
    // One that is larger than the window goes by itself.
    while pipeline.receive().is_some() {}
    let value = vec![0; 64 << 10];
    pipeline
        .send(Request::Replace {
            key: b"k",
            value: &value,
        })
        .unwrap();
    assert!(pipeline.receive().unwrap().is_ok());
}

#[test]
fn a_pipeline_that_is_dropped_leaves_a_usable_connection() {
    let (_server, address) = serve();
    let mut connection = Connection::connect(&address, &Options::default()).unwrap();
    let mut pipeline = connection.pipeline();
    for value in [b"1", b"2"] {
        pipeline
            .send(Request::Replace { key: b"k", value })
            .unwrap();
    }
    assert_eq!(connection.get(b"k").unwrap().unwrap().value(), b"2");
}

#[test]
fn any_number_runs_through_a_window() {
    let (_server, address) = serve();
    let options = Options::default().window(64 << 10);
    let mut connection = Connection::connect(&address, &options).unwrap();
    let keys: Vec<_> = (0..20_000_u32).map(u32::to_be_bytes).collect();
    let requests = keys.iter().map(|key| Request::Replace { key, value: key });
    let mut places = Vec::new();
    connection
        .pipeline()
        .run(requests, 10_000, |place, response| {
            assert_eq!(response.unwrap(), Response::Written(Written::Inserted));
            places.push(place);
        })
        .unwrap();
    assert!(places.into_iter().eq(0..20_000));
}

#[test]
fn a_server_that_takes_nothing_is_given_up() {
    let address = fake(|_, stream| {
        thread::spawn(move || {
            thread::sleep(std::time::Duration::from_secs(20));
            drop(stream);
        });
    });
    let options = common::hasty().window(1 << 30);
    let value = vec![0; 8 << 20];
    let mut connection = Connection::connect(&address, &options).unwrap();
    let mut pipeline = connection.pipeline();
    while pipeline
        .send(Request::Replace {
            key: b"k",
            value: &value,
        })
        .is_ok()
    {}
    let error = pipeline.receive().unwrap().unwrap_err();
    assert!(error.is_timeout() && error.maybe_done(), "{error}");
}
