//! Scans longer than a page, in both directions, with and without the extensions, held against a sorted list.

mod common;

use common::{serve, serve_with};
use masstree_client::blocking::{Client, Commands as _, Connection};
use masstree_client::{Client as AsyncClient, Commands as _, Options, Query, Request};
use masstree_server::Config;
use masstree_store::Store;

/// Keys of many lengths, the longest that there may be and runs of 0xFF among them; sorted.
fn keys() -> Vec<Vec<u8>> {
    let mut keys = vec![
        vec![],
        vec![0],
        vec![0, 0],
        vec![0xFF; 1024],
        vec![0xFF; 1023],
    ];
    for number in 0..700_u32 {
        keys.push(format!("key/{number:05}").into_bytes());
        let mut long = number.to_be_bytes().to_vec();
        long.resize(1024, 0xFF);
        keys.push(long);
    }
    keys.sort();
    keys
}

fn fill(address: &str, keys: &[Vec<u8>]) {
    let mut connection = Connection::connect(address, &Options::default()).unwrap();
    let requests = keys.iter().map(|key| Request::Replace { key, value: key });
    let mut done = 0;
    connection
        .pipeline()
        .run(requests, 256, |_, response| {
            done += usize::from(response.is_ok())
        })
        .unwrap();
    assert_eq!(done, keys.len());
}

fn read(client: &Client, query: Query) -> Vec<Vec<u8>> {
    client.scan(query).map(|entry| entry.unwrap().key).collect()
}

#[test]
fn every_page_size_gives_the_same_rows() {
    let (_server, address) = serve();
    let keys = keys();
    fill(&address, &keys);
    let new = Client::connect(&address, Options::default()).unwrap();
    let old = Client::connect(&address, Options::default().extensions(false)).unwrap();
    let mut backwards = keys.clone();
    backwards.reverse();
    for page in [1, 7, 512, 1405, 1406, 10_000] {
        assert_eq!(read(&new, Query::all().page(page)), keys, "{page}");
        assert_eq!(read(&old, Query::all().page(page)), keys, "{page}");
        let reverse = Query::all().reverse().page(page);
        assert_eq!(read(&new, reverse), backwards, "{page}");
    }
    for entry in new.scan(Query::all()) {
        let entry = entry.unwrap();
        assert_eq!(entry.row.value(), entry.key);
    }
}

#[test]
fn bounds_limits_and_prefixes() {
    let (_server, address) = serve();
    let keys = keys();
    fill(&address, &keys);
    let new = Client::connect(&address, Options::default()).unwrap();
    let old = Client::connect(&address, Options::default().extensions(false)).unwrap();
    let query = Query::prefix("key/")
        .from("key/00100")
        .to("key/00200")
        .page(30);
    let expected: Vec<_> = (100..200)
        .map(|number| format!("key/{number:05}").into_bytes())
        .collect();
    for client in [&new, &old] {
        assert_eq!(read(client, query.clone()), expected);
        assert_eq!(read(client, query.clone().limit(45)), expected[..45]);
        assert!(read(client, query.clone().limit(0)).is_empty());
        assert!(read(client, Query::prefix("none")).is_empty());
        let keys_only = client
            .scan(query.clone().keys_only())
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(keys_only.row.column(0), None);
        let columns = client
            .scan(query.clone().columns([0, 3]))
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(
            columns.row.columns().collect::<Vec<_>>(),
            [Some(&expected[0][..]), None]
        );
    }
    let last = read(&new, query.reverse().limit(2));
    assert_eq!(last, [expected[99].clone(), expected[98].clone()]);
}

#[test]
fn rows_too_long_for_a_page_come_in_smaller_ones() {
    let config = Config {
        max_reply: 1 << 20,
        ..Config::default()
    };
    let (_server, address) = serve_with(Store::in_memory(), config);
    let client = Client::connect(&address, Options::default()).unwrap();
    let value = vec![7; 300 << 10];
    for number in 0..20_u8 {
        client.replace(&[number], &value).unwrap();
    }
    assert_eq!(read(&client, Query::all()).len(), 20);
    assert_eq!(read(&client, Query::all().reverse()).len(), 20);
}

#[tokio::test]
async fn a_scan_in_a_transaction_is_one_snapshot() {
    let (_server, address) = serve();
    let client = AsyncClient::connect(&address, Options::default())
        .await
        .unwrap();
    for number in 0..100_u8 {
        client.replace(&[number], b"old").await.unwrap();
    }
    let transaction = client.begin(Default::default()).await.unwrap();
    let mut scan = transaction.scan(Query::all().page(10));
    let mut count = 0_u8;
    while let Some(entry) = scan.next().await.unwrap() {
        assert_eq!(
            (&entry.key[..], entry.row.value()),
            (&[count][..], &b"old"[..])
        );
        count += 1;
        client.replace(&[100 + count], b"new").await.unwrap();
        client.replace(&[count], b"new").await.unwrap();
    }
    assert_eq!(count, 100);
}
