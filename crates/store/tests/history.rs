//! The state of earlier times: how far back it goes, and what limits it.

use std::thread;
use std::time::{Duration, Instant};

use masstree_store::{Error, Options, Row, Store};

fn with_history(keep: Duration) -> Options {
    Options {
        history: Some(keep),
        ..Options::default()
    }
}

#[test]
fn without_history_there_is_none() {
    let store = Store::in_memory();
    store.replace(b"k", b"1").unwrap();
    for at in [0, store.now(), u64::MAX] {
        assert!(matches!(store.at(at), Err(Error::NoHistory { at: told }) if told == at));
    }
}

#[test]
fn what_is_older_than_the_time_to_keep_is_let_go() {
    let store = Store::with_options(with_history(Duration::from_millis(50)));
    store.replace(b"k", b"first").unwrap();
    let first = store.now();
    store.replace(b"k", b"second").unwrap();
    assert_eq!(
        store.at(first).unwrap().get(b"k").unwrap(),
        Some(Row::single(b"first"))
    );
    let held = store.at(first).unwrap();
    let started = Instant::now();
    while store.at(first).is_ok() {
        assert!(started.elapsed() < Duration::from_secs(20), "kept for ever");
        thread::sleep(Duration::from_millis(1));
    }
    assert!(
        started.elapsed() >= Duration::from_millis(30),
        "let go too early"
    );
    // Who holds it still sees it.
    assert_eq!(held.get(b"k").unwrap(), Some(Row::single(b"first")));
    assert_eq!(store.stats().versions, 2);
    drop(held);
    while store.stats().versions > 1 {
        assert!(started.elapsed() < Duration::from_secs(20), "never freed");
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(store.get(b"k").unwrap(), Some(Row::single(b"second")));
}

#[test]
fn readers_of_the_past_see_it_while_it_is_let_go() {
    let store = Store::with_options(Options {
        sweep_interval: Duration::from_millis(1),
        ..with_history(Duration::from_millis(10))
    });
    let ends = Instant::now() + Duration::from_secs(1);
    let number = |row: Option<Row>| {
        let row = row.expect("a key that is never removed");
        u64::from_be_bytes(row.column(0).unwrap().try_into().unwrap())
    };
    for key in [b"a", b"b"] {
        store.replace(key, &0_u64.to_be_bytes()).unwrap();
    }
    let first = store.now();
    thread::scope(|scope| {
        scope.spawn(|| {
            // `b` follows `a`.
            for round in 1_u64.. {
                store.replace(b"a", &round.to_be_bytes()).unwrap();
                store.replace(b"b", &round.to_be_bytes()).unwrap();
                if Instant::now() > ends {
                    break;
                }
            }
        });
        for back in [1, 40, 400, 4_000] {
            let store = &store;
            scope.spawn(move || {
                while Instant::now() < ends {
                    let at = store.now().saturating_sub(back).max(first);
                    let Ok(snapshot) = store.at(at) else {
                        continue;
                    };
                    let a = number(snapshot.get(b"a").unwrap());
                    let b = number(snapshot.get(b"b").unwrap());
                    assert!(a == b || a == b + 1, "{a} and {b}, {back} ago");
                    assert_eq!(number(snapshot.get(b"a").unwrap()), a);
                }
            });
        }
    });
}

#[test]
fn history_is_read_although_younger_snapshots_were_held_too_long() {
    let store = Store::with_options(Options {
        snapshot_limit: Some(Duration::from_millis(20)),
        ..with_history(Duration::from_secs(3600))
    });
    store.replace(b"k", b"first").unwrap();
    let first = store.now();
    store.replace(b"k", b"second").unwrap();
    let held = store.snapshot();
    let started = Instant::now();
    while held.get(b"k").is_ok() {
        assert!(started.elapsed() < Duration::from_secs(20), "never expires");
        thread::sleep(Duration::from_millis(1));
    }
    let seen = store.at(first).unwrap().get(b"k").unwrap();
    assert_eq!(seen, Some(Row::single(b"first")));
}

#[test]
fn a_reader_of_the_past_does_not_keep_other_snapshots_alive() {
    let store = Store::with_options(Options {
        snapshot_limit: Some(Duration::from_millis(50)),
        ..with_history(Duration::from_secs(3600))
    });
    store.replace(b"k", b"first").unwrap();
    let first = store.now();
    let held = store.snapshot();
    let started = Instant::now();
    let mut past = store.at(first).unwrap();
    while held.get(b"k").is_ok() {
        assert!(started.elapsed() < Duration::from_secs(5), "never expires");
        thread::sleep(Duration::from_millis(5));
        past = store.at(first).unwrap();
    }
    drop(past);
}
