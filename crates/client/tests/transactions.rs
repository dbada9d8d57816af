//! Transactions over the wire: what they read, how they end, and what dropping one does.

mod common;

use common::serve;
use masstree_client::{
    Begin, Client, Commands as _, Error, Isolation, Options, Query, Request, blocking,
};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

const READ_ONLY: Begin = Begin {
    isolation: Isolation::Snapshot,
    read_only: true,
};

#[tokio::test]
async fn a_transaction_reads_its_writes_and_others_do_not() {
    let (_server, address) = serve();
    let client = Client::connect(&address, Options::default()).await.unwrap();
    client.replace(b"a", b"1").await.unwrap();
    let transaction = client.begin(Begin::default()).await.unwrap();
    transaction.replace(b"a", b"2").await.unwrap();
    transaction.replace(b"b", b"3").await.unwrap();
    assert_eq!(transaction.get(b"a").await.unwrap().unwrap().value(), b"2");
    let keys = transaction
        .scan(Query::all().page(1))
        .collect()
        .await
        .unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(client.get(b"a").await.unwrap().unwrap().value(), b"1");
    let at = transaction.commit().await.unwrap();
    assert!(at > 0);
    assert_eq!(client.get(b"b").await.unwrap().unwrap().value(), b"3");
}

#[tokio::test]
async fn dropping_a_transaction_aborts_it_and_frees_its_connection() {
    let (_server, address) = serve();
    let options = Options::default().transactions(1);
    let client = Client::connect(&address, options).await.unwrap();
    for _ in 0..20 {
        let transaction = client.begin(Begin::default()).await.unwrap();
        transaction.replace(b"a", b"1").await.unwrap();
        drop(transaction);
        assert_eq!(client.get(b"a").await.unwrap(), None);
    }
    let transaction = client.begin(Begin::default()).await.unwrap();
    assert_eq!(transaction.get(b"a").await.unwrap(), None);
    transaction.abort().await.unwrap();
}

#[tokio::test]
async fn a_dropped_commit_leaves_a_clean_connection() {
    let (_server, address) = serve();
    let options = Options::default().transactions(1);
    let client = Client::connect(&address, options).await.unwrap();
    let transaction = client.begin(Begin::default()).await.unwrap();
    transaction.replace(b"a", b"1").await.unwrap();
    // Polled once, so that the request is sent, and then let go.
    let mut commit = Box::pin(transaction.commit());
    let polled = tokio::time::timeout(std::time::Duration::ZERO, &mut commit).await;
    drop((polled, commit));
    let transaction = client.begin(Begin::default()).await.unwrap();
    transaction.replace(b"b", b"2").await.unwrap();
    transaction.commit().await.unwrap();
    assert!(client.get(b"b").await.unwrap().is_some());
}

#[tokio::test]
async fn the_first_committer_wins() {
    let (_server, address) = serve();
    let client = Client::connect(&address, Options::default()).await.unwrap();
    let one = client.begin(Begin::default()).await.unwrap();
    let two = client.begin(Begin::default()).await.unwrap();
    one.replace(b"k\0", b"1").await.unwrap();
    two.replace(b"k\0", b"2").await.unwrap();
    one.commit().await.unwrap();
    let error = two.commit().await.unwrap_err();
    assert!(
        matches!(&error, Error::Conflict { key } if key == b"k\0"),
        "{error}"
    );
    assert_eq!(error.to_string(), "conflict on key \"k\\x00\"");
    assert_eq!(client.get(b"k\0").await.unwrap().unwrap().value(), b"1");
}

#[tokio::test]
async fn transactions_are_tried_again_until_they_commit() {
    let (_server, address) = serve();
    let client = Client::connect(&address, Options::default()).await.unwrap();
    client.replace(b"n", b"0").await.unwrap();
    let tasks = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                client
                    .transact(Begin::default(), async |transaction| {
                        let row = transaction.get(b"n").await?.unwrap();
                        let count: u32 = String::from_utf8_lossy(row.value()).parse().unwrap();
                        let next = (count + 1).to_string();
                        transaction.replace(b"n", next.as_bytes()).await
                    })
                    .await
                    .unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(client.get(b"n").await.unwrap().unwrap().value(), b"80");
}

#[tokio::test]
async fn an_error_does_not_end_a_transaction() {
    let (_server, address) = serve();
    let client = Client::connect(&address, Options::default()).await.unwrap();
    let transaction = client.begin(Begin::default()).await.unwrap();
    transaction.replace(b"a", b"1").await.unwrap();
    assert!(transaction.replace(&[b'k'; 5000], b"").await.is_err());
    for request in [Request::Commit, Request::Abort, Request::Begin(READ_ONLY)] {
        let error = transaction.execute(request).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }));
    }
    transaction.commit().await.unwrap();
    assert!(client.get(b"a").await.unwrap().is_some());
}

#[test]
fn blocking_transactions() {
    use blocking::Commands as _;
    let (_server, address) = serve();
    let client = blocking::Client::connect(&address, Options::default()).unwrap();
    let transaction = client.begin(Begin::default()).unwrap();
    transaction.replace(b"a", b"1").unwrap();
    drop(transaction);
    assert_eq!(client.get(b"a").unwrap(), None);

    let transaction = client.begin(READ_ONLY).unwrap();
    client.replace(b"a", b"2").unwrap();
    assert_eq!(transaction.get(b"a").unwrap(), None);
    assert!(transaction.replace(b"a", b"3").is_err());
    transaction.abort().unwrap();

    let tries = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let serializable = Begin {
                        isolation: Isolation::Serializable,
                        ..Begin::default()
                    };
                    client
                        .transact(serializable, |transaction| {
                            tries.fetch_add(1, Relaxed);
                            let row = transaction.get(b"n")?.unwrap_or_default();
                            let mut next = row.into_value();
                            next.push(b'x');
                            transaction.replace(b"n", &next)
                        })
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(client.get(b"n").unwrap().unwrap().value().len(), 100);
    assert!(tries.load(Relaxed) >= 100);
}
