//! Every command, through both front ends, against a server.

mod common;

use common::serve;
use masstree_client::{
    Client, Command, Commands, Connection, Error, Options, Query, Range, Request, Response, Row,
    Swap, Written, blocking,
};

#[tokio::test]
async fn every_command_asynchronously() {
    let (_server, address) = serve();
    let client = Client::connect(&address, Options::default()).await.unwrap();
    assert_eq!(client.server().version, "Masstree-0.1");
    assert_eq!(client.abilities().unwrap().proto, 2);

    assert_eq!(client.get(b"k1").await.unwrap(), None);
    assert_eq!(
        client.replace(b"k1", b"v1").await.unwrap(),
        Written::Inserted
    );
    assert_eq!(
        client.replace(b"k1", b"v2").await.unwrap(),
        Written::Updated
    );
    assert_eq!(client.get(b"k1").await.unwrap().unwrap().value(), b"v2");
    let changes: [(usize, &[u8]); 2] = [(2, b"c\0"), (0, b"a")];
    assert_eq!(
        client.put(b"k2", &changes).await.unwrap(),
        Written::Inserted
    );
    let row = client.get(b"k2").await.unwrap().unwrap();
    assert_eq!(
        row,
        Row::from_columns([Some(&b"a"[..]), Some(b""), Some(b"c\0")])
    );
    let row = client.get_columns(b"k2", &[2, 5]).await.unwrap().unwrap();
    assert_eq!(row, Row::from_columns([Some(&b"c\0"[..]), None]));

    let rows = client.get_many(&[b"k1", b"none", b"k2"]).await.unwrap();
    assert_eq!(rows[0].as_ref().unwrap().value(), b"v2");
    assert!(rows[1].is_none() && rows[2].as_ref().unwrap().len() == 3);
    let page = client.scan_page(b"k", 10).await.unwrap();
    assert_eq!(page.len(), 2);
    let range = Range {
        reverse: true,
        count: Some(1),
        keys_only: true,
        ..Range::default()
    };
    assert_eq!(client.range(range).await.unwrap()[0].key, b"k2");
    let all = client.scan(Query::all()).collect().await.unwrap();
    assert_eq!(all, page);

    let swap = client
        .compare_and_set(b"k3", None, Some(b"x"))
        .await
        .unwrap();
    assert_eq!(swap, Swap::Done);
    let swap = client
        .compare_and_set(b"k3", Some(b"y"), None)
        .await
        .unwrap();
    assert_eq!(swap, Swap::Differs(Some(Row::from_value(b"x".to_vec()))));
    assert!(client.remove(b"k3").await.unwrap());
    assert!(!client.remove(b"k3").await.unwrap());

    client.ping().await.unwrap();
    client.sync().await.unwrap();
    client.checkpoint().await.unwrap();
    assert!(!client.stats().await.unwrap().is_empty());
}

#[test]
fn every_command_blocking() {
    use blocking::Commands as _;
    let (_server, address) = serve();
    let client = blocking::Client::connect(&address, Options::default()).unwrap();
    assert_eq!(client.get(b"").unwrap(), None);
    assert_eq!(client.replace(b"", b"").unwrap(), Written::Inserted);
    assert_eq!(client.get(b"").unwrap().unwrap().value(), b"");
    assert_eq!(client.put(b"k", &[(1, b"b")]).unwrap(), Written::Inserted);
    assert_eq!(
        client.get_columns(b"k", &[1]).unwrap().unwrap().value(),
        b"b"
    );
    assert_eq!(client.get_many(&[b"k", b"none"]).unwrap().len(), 2);
    assert_eq!(client.scan_page(b"", 10).unwrap().len(), 2);
    assert_eq!(client.range(Range::default()).unwrap().len(), 2);
    assert_eq!(client.scan(Query::all()).count(), 2);
    let swap = client.compare_and_set(b"k", Some(b"b"), None).unwrap();
    assert!(matches!(swap, Swap::Differs(Some(row)) if row.len() == 2));
    assert!(client.remove(b"k").unwrap());
    client.ping().unwrap();
    client.sync().unwrap();
    client.checkpoint().unwrap();
    let stats = client.stats().unwrap();
    let rows = stats.iter().find(|(name, _)| name == "rows");
    assert_eq!(
        rows.and_then(|(_, rows)| rows.as_u64()),
        Some(1),
        "{stats:?}"
    );
}

#[tokio::test]
async fn what_the_server_refuses_leaves_the_connection() {
    let (_server, address) = serve();
    let connection = Connection::connect(&address, &Options::default())
        .await
        .unwrap();
    let long = vec![b'k'; 2000];
    let error = connection.replace(&long, b"").await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused { command: Command::Replace, why } if why.contains("2000")),
        "{error}"
    );
    let error = connection.execute(Request::Commit).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    connection.ping().await.unwrap();
    assert!(!connection.is_lost());
}

#[tokio::test]
async fn too_large_a_request_is_not_sent() {
    let (_server, address) = serve();
    let connection = Connection::connect(&address, &Options::default())
        .await
        .unwrap();
    let value = vec![0; 33 << 20];
    let error = connection.replace(b"k", &value).await.unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { unit: "bytes", .. }),
        "{error}"
    );
    let keys = vec![&b"k"[..]; 1_000_001];
    let error = connection.get_many(&keys).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                unit: "elements",
                ..
            }
        ),
        "{error}"
    );
    connection.ping().await.unwrap();
}

#[tokio::test]
async fn a_server_without_extensions_does_what_it_can() {
    let (_server, address) = serve();
    for bin in [false, true] {
        let options = Options::default()
            .extensions(false)
            .bin(bin)
            .max_key_len(255);
        let client = Client::connect(&address, options).await.unwrap();
        assert!(client.abilities().is_none());
        client.replace(b"k\xff", b"v\0").await.unwrap();
        assert_eq!(client.get(b"k\xff").await.unwrap().unwrap().value(), b"v\0");
        assert_eq!(client.scan(Query::all()).collect().await.unwrap().len(), 1);
        for error in [
            client.ping().await.unwrap_err(),
            client.begin(Default::default()).await.unwrap_err(),
            client
                .scan(Query::all().reverse())
                .collect()
                .await
                .unwrap_err(),
        ] {
            assert!(matches!(error, Error::Unsupported { .. }), "{error}");
        }
    }
}

#[test]
fn too_long_a_key_for_the_server_is_refused_at_the_handshake() {
    let (_server, address) = serve();
    let options = Options::default().max_key_len(1 << 20);
    let error = blocking::Connection::connect(&address, &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server refused the connection: bad maxkeylen"
    );
}

#[tokio::test]
async fn requests_of_one_task_keep_their_order() {
    let (_server, address) = serve();
    let connection = Connection::connect(&address, &Options::default())
        .await
        .unwrap();
    let values: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    let mut requests = Vec::new();
    for value in &values {
        let value = value.as_bytes();
        requests.push(Request::Replace { key: b"k", value });
        requests.push(Request::get(b"k"));
    }
    let responses = connection.batch(&requests).await.unwrap();
    for (value, response) in values.iter().zip(responses.iter().skip(1).step_by(2)) {
        let Ok(Response::Row(Some(row))) = response else {
            panic!("{response:?}")
        };
        assert_eq!(row.value(), value.as_bytes());
    }
    assert_eq!(connection.in_flight(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_share_a_connection() {
    let (_server, address) = serve();
    let client = Client::connect(&address, Options::default().window(8 << 10))
        .await
        .unwrap();
    let tasks = (0..64_u32).map(|task| {
        let client = client.clone();
        tokio::spawn(async move {
            for step in 0..50_u32 {
                let key = (task * 1000 + step).to_be_bytes();
                client.replace(&key, &step.to_be_bytes()).await.unwrap();
                let row = client.get(&key).await.unwrap().unwrap();
                assert_eq!(row.value(), step.to_be_bytes());
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn what_was_submitted_is_done_after_the_connection_is_let_go() {
    let (_server, address) = serve();
    let connection = Connection::connect(&address, &Options::default())
        .await
        .unwrap();
    let request = Request::Replace {
        key: b"k",
        value: b"v",
    };
    let reply = connection.submit(request).await.unwrap();
    drop(connection);
    assert_eq!(reply.await.unwrap(), Response::Written(Written::Inserted));
}
