//! Bytes of ill will: mutated and random messages, and streams that are cut at every byte. Each time the answers are well formed or the connection is
//! closed, the server goes on, and a row that nobody named is what it was. `ci/malformed.sh` runs the long version.
#![allow(missing_docs)]

mod support;

use masstree_protocol::{Command, Hello, Isolation, Range, RequestWriter, Transaction};
use masstree_server::Config;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rmpv::Value;
use support::{Site, config, int, site};

/// No mutation of the other messages gets here.
const CANARY: &[u8] = b"canary: a key that is in no message";

/// Messages of each kind, in an order that makes sense.
fn messages() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut add = |write: &dyn Fn(&mut RequestWriter<'_>)| {
        let mut out = Vec::new();
        write(&mut RequestWriter::new(&mut out));
        all.push(out);
    };
    add(&|to| to.replace(int(1), b"k1", b"hello"));
    add(&|to| to.replace(int(2), b"k2", &[7; 300]));
    add(&|to| to.get(int(3), b"k1", &[]));
    add(&|to| to.get(int(300), b"k1", &[0, 5, 200]));
    add(&|to| to.put(int(i64::MIN), b"p1", &[(2, b"c2"), (0, &[0; 40])]));
    add(&|to| to.scan(int(70_000), b"j", 5, &[]));
    add(&|to| to.scan(int(-40), b"k", 3, &[1, 0]));
    add(&|to| to.remove(int(10), b"k2"));
    add(&|to| to.mget(int(13), &["k1", "b", ""]));
    add(&|to| to.cas(int(16), b"c", None, Some(b"new")));
    add(&|to| to.cas(int(17), b"c", Some(b"new"), None));
    let range = Range {
        from: Some(&b"j"[..]),
        to: Some(b"z"),
        prefix: Some(b"k"),
        reverse: true,
        count: Some(10),
        columns: &[0][..],
        keys_only: false,
    };
    add(&|to| to.range(int(14), &range));
    let serializable = Transaction {
        isolation: Isolation::Serializable,
        read_only: false,
    };
    add(&|to| to.begin(int(11), serializable));
    add(&|to| to.replace(int(18), b"t", b"in a transaction"));
    add(&|to| to.get(int(19), b"t", &[]));
    for command in [
        Command::Commit,
        Command::Abort,
        Command::Ping,
        Command::Sync,
        Command::Checkpoint,
        Command::Stats,
    ] {
        add(&|to| to.plain(int(18), command));
    }
    all
}

fn hello() -> Vec<u8> {
    let mut out = Vec::new();
    let hello = Hello {
        proto: 2,
        ..Hello::default()
    };
    RequestWriter::new(&mut out).handshake(int(0), &hello);
    out
}

/// A site with a row that must not change.
fn guarded() -> Site {
    let site = site(Config {
        // What a mutated message may ask for is kept small, so that many can be tried.
        max_reply: 1 << 20,
        ..config()
    });
    site.store.replace(CANARY, b"sings").unwrap();
    site
}

impl Site {
    fn assert_canary_sings(&self) {
        let mut client = self.greeted();
        client.request(|to| to.get(int(1), CANARY, &[]));
        assert_eq!(client.message()[2], "sings".into());
    }
}

/// Sends `bytes` and nothing more, and checks what comes back. Returns the number of replies.
fn answers(site: &Site, bytes: &[u8]) -> usize {
    let mut client = site.connect();
    // The server may close before it has taken everything.
    let _ = std::io::Write::write_all(&mut client.stream, bytes);
    let _ = client.stream.shutdown(std::net::Shutdown::Write);
    let replies = client.rest();
    let mut rest = &replies[..];
    let mut count = 0;
    while !rest.is_empty() {
        let Ok(Value::Array(reply)) = rmpv::decode::read_value(&mut rest) else {
            panic!("{} gave {}", support::hex(bytes), support::hex(&replies));
        };
        let [seq, code, ..] = &reply[..] else {
            panic!("{} gave {reply:?}", support::hex(bytes));
        };
        let code = code.as_i64();
        assert!(
            seq.is_i64() || seq.is_u64() || (seq.is_nil() && code == Some(-1) && rest.is_empty())
        );
        assert!(code.is_some_and(|code| code == -1 || (3..=33).contains(&code)));
        count += 1;
    }
    count
}

fn mutate(random: &mut SmallRng, message: &mut Vec<u8>) {
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..=message.len());
        match random.random_range(0..7) {
            0 if at < message.len() => message[at] ^= 1 << random.random_range(0..8),
            1 if at < message.len() => message[at] = random.random(),
            2 => message.insert(at, random.random()),
            3 if at < message.len() => {
                message.remove(at);
            }
            4 => message.truncate(at),
            // Headers that announce much.
            5 => {
                let headers: [&[u8]; 6] = [
                    b"\xdd\x00\x0f\x42\x40",
                    b"\xdb\x01\xff\xff\xff",
                    b"\xdf\x00\x01\x00\x00",
                    b"\xc6\xff\xff\xff\xff",
                    b"\xdc\xff\xff",
                    b"\xc9\x00\x00\x00\x10\x01",
                ];
                let header = headers[random.random_range(0..headers.len())];
                message.splice(at..at, header.iter().copied());
            }
            _ => {
                let part = message[at..].to_vec();
                message.extend(part);
            }
        }
    }
}

/// Sends so many mutated and random messages, some to a connection.
fn torment(messages: usize, seed: u64) {
    let site = guarded();
    let mut random = SmallRng::seed_from_u64(seed);
    let seeds = self::messages();
    let mut sent = 0;
    while sent < messages {
        let mut bytes = if random.random_bool(0.9) {
            hello()
        } else {
            Vec::new()
        };
        for _ in 0..random.random_range(1..40) {
            let mut message = if random.random_bool(0.1) {
                (0..random.random_range(0..60))
                    .map(|_| random.random())
                    .collect()
            } else {
                seeds[random.random_range(0..seeds.len())].clone()
            };
            if random.random_bool(0.7) {
                mutate(&mut random, &mut message);
            }
            bytes.extend(message);
            sent += 1;
        }
        answers(&site, &bytes);
        if sent % 1000 < 40 {
            site.assert_canary_sings();
        }
    }
    site.assert_canary_sings();
    // What was meant for other keys has made few rows, and nothing is held any more.
    assert!(site.store.stats().rows < sent);
    assert_eq!(site.store.stats().snapshots, 0);
}

#[test]
fn mutated_and_random_messages() {
    torment(4000, 1);
}

/// Resident bytes of this process.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = status.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[test]
#[ignore = "long: ci/malformed.sh"]
fn a_hundred_thousand_mutated_and_random_messages() {
    torment(10_000, 2);
    let before = resident();
    for round in 0..9 {
        torment(10_000, 3 + round);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 32 << 20, "memory has grown by {grown} bytes");
}

#[test]
fn a_stream_cut_at_every_byte() {
    let site = guarded();
    let mut stream = Vec::new();
    let mut ends = Vec::new();
    for message in std::iter::once(hello()).chain(messages()) {
        stream.extend(message);
        ends.push(stream.len());
    }
    for cut in 0..=stream.len() {
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        assert_eq!(answers(&site, &stream[..cut]), whole, "cut at {cut}");
    }
    site.assert_canary_sings();
}

#[test]
fn every_first_byte_and_every_second_behind_an_array() {
    let site = guarded();
    for byte in 0..=255 {
        answers(&site, &[byte]);
        answers(&site, &[&hello()[..], &[byte, 1, 2, 0xa1, b'k']].concat());
        answers(
            &site,
            &[&hello()[..], &[0x93, 1, byte, 0xa1, b'k']].concat(),
        );
        answers(
            &site,
            &[&hello()[..], &[0x94, 1, 8, byte, 0xa1, b'k', 0xa1, b'v']].concat(),
        );
    }
    site.assert_canary_sings();
}
