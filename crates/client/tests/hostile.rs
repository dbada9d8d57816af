//! Servers that answer as none should: every caller gets an error, the connection is closed, nothing panics, nothing hangs.

mod common;

use common::{await_bytes, drain, fake, hasty};
use masstree_client::blocking::{self, Commands as _};
use masstree_client::{Commands as _, Connection, Error, Failure, Request};
use masstree_protocol::ReplyWriter;
use proptest::prelude::*;
use std::io::Write;
use std::net::{Shutdown, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

/// What a server might send that is no reply to a GET with number 1.
fn nonsense() -> Vec<Vec<u8>> {
    let mut out_of_turn = Vec::new();
    ReplyWriter::new(&mut out_of_turn).value(2_u64.into(), b"v");
    vec![
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![0xC1],
        vec![0x90],
        b"\x93\xc0\xff\xa3why".to_vec(),
        out_of_turn,
        b"\x92\x01\x1f".to_vec(),
        b"\x93\x01\x09\x01".to_vec(),
        b"\x93\x01\x05\xa1k".to_vec(),
        b"\xdd\xff\xff\xff\xff\x01\x03".to_vec(),
        b"\x93\x01\x03\xdb\xff\xff\xff\xff".to_vec(),
        [0x91; 100_000].to_vec(),
        b"\x93\x01\x63\x00".to_vec(),
    ]
}

#[tokio::test]
async fn every_caller_of_a_pipeline_gets_an_error() {
    for bytes in nonsense() {
        let shown = bytes[..bytes.len().min(40)].escape_ascii().to_string();
        let address = fake(move |_, mut stream| {
            await_bytes(&mut stream);
            let _ = stream.write_all(&bytes);
            drain(&mut stream);
        });
        let connection = Connection::connect(&address, &hasty()).await.unwrap();
        let mut replies = Vec::new();
        for _ in 0..10 {
            replies.push(connection.submit(Request::get(b"k")).await.unwrap());
        }
        for reply in replies {
            let error = reply.await.unwrap_err();
            assert!(error.is_lost() && !error.is_timeout(), "{shown}: {error}");
        }
        assert!(connection.is_lost());
        let error = connection.get(b"k").await.unwrap_err();
        assert!(error.is_lost() && !error.maybe_done(), "{shown}: {error}");

        let mut connection = blocking::Connection::connect(&address, &hasty()).unwrap();
        let mut pipeline = connection.pipeline();
        for _ in 0..10 {
            pipeline.send(Request::get(b"k")).unwrap();
        }
        for left in (0..10).rev() {
            let error = pipeline.receive().unwrap().unwrap_err();
            assert!(error.is_lost() && !error.is_timeout(), "{shown}: {error}");
            assert_eq!(pipeline.in_flight(), left);
        }
        assert!(pipeline.receive().is_none());
        assert!(connection.get(b"k").unwrap_err().is_lost());
    }
}

#[tokio::test]
async fn replies_before_a_cut_count_and_those_behind_are_lost() {
    let mut bytes = Vec::new();
    for seq in 1..=3_u64 {
        ReplyWriter::new(&mut bytes).value(seq.into(), b"value");
    }
    for cut in 0..bytes.len() {
        let front = bytes[..cut].to_vec();
        let whole = cut / (bytes.len() / 3);
        let address = fake(move |_, mut stream| {
            await_bytes(&mut stream);
            let _ = stream.write_all(&front);
            let _ = stream.shutdown(Shutdown::Write);
            drain(&mut stream);
        });
        let connection = Connection::connect(&address, &hasty()).await.unwrap();
        let mut replies = Vec::new();
        for _ in 0..3 {
            replies.push(connection.submit(Request::get(b"k")).await.unwrap());
        }
        for (place, reply) in replies.into_iter().enumerate() {
            let response = reply.await;
            assert_eq!(response.is_ok(), place < whole, "{cut}: {response:?}");
        }
        let mut connection = blocking::Connection::connect(&address, &hasty()).unwrap();
        let mut done = 0;
        let requests = [Request::get(b"k"); 3];
        let ran = connection.pipeline().run(requests, 3, |_, _| done += 1);
        assert!(ran.unwrap_err().is_lost());
        assert_eq!(done, whole);
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let address = fake(|_, mut stream| {
        thread::spawn(move || drain(&mut stream));
    });
    let started = Instant::now();
    let connection = Connection::connect(&address, &hasty()).await.unwrap();
    let two = tokio::join!(connection.get(b"a"), connection.replace(b"b", b""));
    for error in [two.0.unwrap_err(), two.1.unwrap_err()] {
        assert!(error.is_timeout() && error.maybe_done(), "{error}");
    }
    let connection = blocking::Connection::connect(&address, &hasty()).unwrap();
    assert!(connection.get(b"a").unwrap_err().is_timeout());
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_reply_that_trickles_in_is_given_up() {
    let address = fake(|_, mut stream| {
        thread::spawn(move || {
            await_bytes(&mut stream);
            let bytes = b"\x93\x01\x03\xda\xff\xff";
            for byte in bytes.iter().chain([b'v'; 10_000].iter()) {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
        });
    });
    let started = Instant::now();
    let connection = blocking::Connection::connect(&address, &hasty()).unwrap();
    assert!(connection.get(b"a").unwrap_err().is_timeout());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let connection = Connection::connect(&address, &hasty()).await.unwrap();
        assert!(connection.get(b"a").await.unwrap_err().is_timeout());
    });
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let options = hasty().connect_timeout(Duration::from_millis(200));
    let error = Connection::connect(&address, &options).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let error = blocking::Connection::connect(&address, &options).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    drop(listener);
    let error = Connection::connect(&address, &options).await.unwrap_err();
    assert!(
        matches!(&error, Error::Connect { address: named, .. } if *named == address),
        "{error}"
    );
}

#[tokio::test]
async fn more_rows_than_asked_for_are_refused() {
    let mut bytes = b"\x96\x01\x05".to_vec();
    bytes.extend(b"\xa1a\xa1v\xa1b\xa1v");
    let address = fake(move |_, mut stream| {
        await_bytes(&mut stream);
        let _ = stream.write_all(&bytes);
        drain(&mut stream);
    });
    let connection = Connection::connect(&address, &hasty()).await.unwrap();
    let error = connection.scan_page(b"", 1).await.unwrap_err();
    assert!(
        matches!(&error, Error::Lost { because, .. } if matches!(**because, Failure::WrongReply { .. })),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_end_in_a_response_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let address = fake(move |_, mut stream| {
            await_bytes(&mut stream);
            let _ = stream.write_all(b"\x93\x01");
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Write);
            drain(&mut stream);
        });
        let connection = blocking::Connection::connect(&address, &hasty()).unwrap();
        if let Err(error) = connection.get(b"k") {
            prop_assert!(!error.is_timeout());
        }
    }
}
