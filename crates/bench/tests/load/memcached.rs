//! Memcached: what is asked of it and what is not, and each way in which its answers can be wrong.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use masstree_bench::load::file::from_text;
use masstree_bench::load::plan::plan;

use crate::{all_of_a_cache, group, operation, run_text, run_well};

/// What it does in place of the right answer to a get; these count from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Drop(u64),
    Garbage(u64),
    /// Cuts a value short without saying so.
    Short(u64),
    /// Returns the value of another key as this key's.
    OtherValue(u64),
    /// Returns another key with its value, which nobody asked for.
    OtherKey(u64),
    Torn(u64),
    Missing(u64),
    Stored(u64),
    Error(u64),
    Close(u64),
    Silent(u64),
}

#[derive(Debug)]
struct Stub {
    fault: Fault,
    gets: AtomicU64,
    map: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

/// Enough of memcached. Returns the setting that names it.
fn start(fault: Fault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("target.address=\"{}\"", listener.local_addr().unwrap());
    let stub = Arc::new(Stub {
        fault,
        gets: AtomicU64::new(0),
        map: Mutex::default(),
    });
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let stub = Arc::clone(&stub);
            std::thread::spawn(move || stub.serve(stream));
        }
    });
    target
}

fn value(key: &[u8], value: &[u8]) -> Vec<u8> {
    let head = format!("VALUE {} 0 {}\r\n", key.escape_ascii(), value.len());
    [head.as_bytes(), value, b"\r\n"].concat()
}

impl Stub {
    fn serve(&self, mut stream: TcpStream) {
        let mut input = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while input.read_line(&mut line).is_ok_and(|count| count > 0) {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let reply = match words[..] {
                ["version"] => b"VERSION 1.6.18\r\n".to_vec(),
                ["get", key] => match self.get(key.as_bytes()) {
                    Some(reply) => reply,
                    None => return,
                },
                ["get", ..] => self.several(&words[1..]),
                ["set", key, "0", "0", length] => {
                    let mut value = vec![0; length.parse::<usize>().unwrap() + 2];
                    input.read_exact(&mut value).unwrap();
                    assert_eq!(value.split_off(value.len() - 2), b"\r\n");
                    self.map.lock().unwrap().insert(key.into(), value);
                    b"STORED\r\n".to_vec()
                }
                ["delete", key] => match self.map.lock().unwrap().remove(key.as_bytes()) {
                    Some(_) => b"DELETED\r\n".to_vec(),
                    None => b"NOT_FOUND\r\n".to_vec(),
                },
                _ => b"ERROR\r\n".to_vec(),
            };
            if stream.write_all(&reply).is_err() {
                return;
            }
            line.clear();
        }
    }

    /// The reply to a get of one key; nothing to close the connection.
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let number = self.gets.fetch_add(1, Relaxed) + 1;
        let map = self.map.lock().unwrap();
        let right = map.get(key);
        let other = map.iter().find(|(other, _)| *other != key);
        let mut torn = right.cloned().unwrap_or_default();
        torn.iter_mut().skip(30).for_each(|byte| *byte ^= 1);
        let items = match self.fault {
            Fault::Silent(from) if number >= from => return Some(Vec::new()),
            Fault::Drop(at) if number == at => return Some(Vec::new()),
            Fault::Garbage(at) if number == at => return Some(b"HTTP/1.1 400\r\n".to_vec()),
            Fault::Stored(at) if number == at => return Some(b"STORED\r\n".to_vec()),
            Fault::Error(at) if number == at => {
                return Some(b"SERVER_ERROR out of order today\r\n".to_vec());
            }
            Fault::Close(at) if number == at => return None,
            Fault::Missing(at) if number == at => Vec::new(),
            Fault::OtherValue(at) if number == at => value(key, other.unwrap().1),
            Fault::OtherKey(at) if number == at => value(b"nobodys", other.unwrap().1),
            Fault::Torn(at) if number == at => value(key, &torn),
            Fault::Short(at) if number == at => {
                let mut reply = value(key, &torn);
                reply.drain(30..40);
                reply
            }
            _ => right.map_or_else(Vec::new, |right| value(key, right)),
        };
        Some([&items[..], b"END\r\n"].concat())
    }

    fn several(&self, keys: &[&str]) -> Vec<u8> {
        let map = self.map.lock().unwrap();
        let items = keys.iter().filter_map(|key| {
            let found = map.get(key.as_bytes())?;
            Some(value(key.as_bytes(), found))
        });
        let mut reply = items.collect::<Vec<_>>().concat();
        reply.extend_from_slice(b"END\r\n");
        reply
    }
}

#[test]
fn memcached_is_spoken_with() {
    let outcome = run_well(&all_of_a_cache("memcached"), &[&start(Fault::None)]);
    let group = group(&outcome);
    assert!(group.target.starts_with("memcached://"));
    for operation in &group.operations {
        assert!(operation.done > 400, "{operation:?}");
    }
    // Removed keys are missed, by a get of several too.
    for name in ["get", "mget", "remove"] {
        let operation = operation(group, name);
        assert!(
            operation.hits > 50 && operation.misses > 50,
            "{operation:?}"
        );
    }
}

/// The exit status, and the titles and first cases of what was found.
fn misbehave(fault: Fault, settings: &[&str]) -> (u8, Vec<(String, String)>) {
    let text = r#"
[experiment]
duration = "30s"
warmup = "0s"
operations = 400
[protocol]
type = "memcached"
[runtime]
pipeline = 4
timeout = "300ms"
[workload.keys]
strategy = "sequential"
max = 50
"#;
    let target = start(fault);
    let settings = [&[&target[..]], settings].concat();
    let begin = Instant::now();
    let outcome = run_text(text, &settings);
    assert!(begin.elapsed() < Duration::from_secs(10), "{fault:?} hangs");
    let group = group(&outcome);
    let findings = group.violations.iter().chain(&group.troubles);
    let findings = findings.map(|finding| (finding.title.clone(), finding.first.clone()));
    (outcome.status(), findings.collect())
}

#[test]
fn each_bad_answer_is_found_and_named() {
    for (fault, status, title, words) in [
        (
            Fault::Drop(20),
            6,
            "reply dropped",
            "no reply to get \"key:",
        ),
        (Fault::Garbage(20), 6, "garbage received", "it begins with"),
        (
            Fault::Short(20),
            6,
            "garbage received",
            "does not end where it says",
        ),
        (Fault::Stored(20), 6, "garbage received", "something else"),
        (Fault::OtherKey(20), 6, "garbage received", "not asked for"),
        (
            Fault::OtherValue(20),
            3,
            "value of another key",
            "get \"key:",
        ),
        (Fault::Torn(20), 3, "torn value", "of 100 bytes"),
        (Fault::Missing(20), 3, "key lost", "found nothing"),
        (Fault::Error(20), 8, "error reply", "out of order today"),
        (
            Fault::Close(20),
            5,
            "connection closed",
            "requests on their way",
        ),
        (Fault::Silent(20), 7, "no answer in time", "4 requests"),
    ] {
        let (told, findings) = misbehave(fault, &[]);
        let [(found, first)] = &findings[..] else {
            panic!("{fault:?}: {title} expected, and not {findings:?}");
        };
        assert_eq!((told, &found[..]), (status, title), "{fault:?}");
        assert!(first.contains(words), "{fault:?}: {first}");
    }
    assert_eq!(misbehave(Fault::None, &[]), (0, Vec::new()));
    let (status, findings) = misbehave(Fault::Drop(20), &["runtime.pipeline=1"]);
    assert_eq!((status, &findings[0].0[..]), (7, "no answer in time"));
}

#[test]
fn a_server_that_is_no_memcached_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("target.address=\"{}\"", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"-ERR unknown command\r\n");
        }
    });
    let outcome = run_text(&all_of_a_cache("memcached"), &[&target]);
    assert_eq!(outcome.status(), 6);
    let troubles = &group(&outcome).troubles;
    assert!(
        troubles[0].first.contains("no reply of memcached"),
        "{troubles:?}"
    );
}

#[test]
fn what_memcached_cannot_do_is_told_before_the_run() {
    let said = |text: &str, target: Option<&str>| {
        let planned = from_text("w.toml", text, &[]).and_then(|source| plan(&source, target));
        planned.err().map(|error| error.to_string())
    };
    let protocol = "[protocol]\ntype = \"memcached\"\n";
    let commands = "[[workload.operations.commands]]\n";
    let target = Some("memcached://127.0.0.1:1");
    let keys = "memcached takes keys of up to 250 bytes, without spaces and control characters";
    let long = format!("[workload.keys]\nprefix = \"{}\"\n", "k".repeat(240));
    for (text, in_file, by_target) in [
        (
            format!("{commands}name = \"scan\"\n"),
            "w.toml:4: memcached is spoken with get, set, remove, mget and rmw alone, not with scan",
            "memcached is not asked for scan, which the workload has",
        ),
        (
            format!("{commands}name = \"txn\"\n"),
            "w.toml:4: memcached is spoken with get, set, remove, mget and rmw alone, not with txn",
            "memcached is not asked for txn, which the workload has",
        ),
        (
            format!("{commands}name = \"get\"\nfields = [1]\n"),
            "w.toml:5: memcached has no columns, so no fields",
            "memcached has no columns, and the workload reads fields",
        ),
        (
            "[workload.keys]\nprefix = \"a b\"\n".to_owned(),
            &format!("w.toml:2: {keys}"),
            keys,
        ),
        (long, &format!("w.toml:2: {keys}"), keys),
    ] {
        assert_eq!(said(&format!("{protocol}{text}"), None).unwrap(), in_file);
        let by_target = format!("--set target=memcached://127.0.0.1:1: {by_target}");
        assert_eq!(said(&text, target).unwrap(), by_target);
    }
    assert_eq!(said(&all_of_a_cache("memcached"), None), None);
}
