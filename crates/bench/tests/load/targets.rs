//! The other targets: the store in this process, and redis.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::{all_of_a_cache, group, operation, run_text, run_well};

const ALL: &str = r#"
[experiment]
duration = "60s"
warmup = "0s"
operations = 20000
[protocol]
type = "memory"
[runtime]
num_threads = 2
[workload.keys]
max = 500
[workload.value_size]
strategy = "uniform"
min = 0
max = 300
[[workload.operations.commands]]
name = "get"
[[workload.operations.commands]]
name = "set"
[[workload.operations.commands]]
name = "put"
[[workload.operations.commands]]
name = "remove"
[[workload.operations.commands]]
name = "scan"
count = 20
[[workload.operations.commands]]
name = "mget"
[[workload.operations.commands]]
name = "rmw"
[[workload.operations.commands]]
name = "cas"
[[workload.operations.commands]]
name = "txn"
count = 20
[[workload.operations.commands]]
name = "checkpoint"
weight = 0.001
"#;

#[test]
fn the_store_in_process_does_all_operations_and_every_value_is_right() {
    let outcome = run_well(ALL, &[]);
    let group = group(&outcome);
    let done: u64 = group
        .operations
        .iter()
        .map(|operation| operation.done)
        .sum();
    assert_eq!(done, 20_000);
    assert!(
        [
            "get", "set", "put", "remove", "scan", "mget", "rmw", "cas", "txn"
        ]
        .iter()
        .all(|name| operation(group, name).done > 1000)
    );
}

#[test]
fn a_directory_keeps_what_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let data = format!("target.data_dir={:?}", directory.path().join("data"));
    let settings = [
        &data[..],
        "target.durability=always",
        "experiment.operations=200",
    ];
    let outcome = run_text(ALL, &settings);
    assert_eq!(outcome.status(), 0, "{:?}", group(&outcome).troubles);
    assert!(group(&outcome).target.contains("data"));
}

/// Enough of redis: strings, in a map.
fn redis() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let map: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>> = Arc::default();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let map = Arc::clone(&map);
            std::thread::spawn(move || serve(stream, &map));
        }
    });
    address
}

fn number(input: &mut impl BufRead) -> Option<usize> {
    let mut line = String::new();
    input.read_line(&mut line).ok().filter(|count| *count > 0)?;
    line.trim()[1..].parse().ok()
}

fn serve(stream: TcpStream, map: &Mutex<BTreeMap<Vec<u8>, Vec<u8>>>) {
    let mut input = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(count) = number(&mut input) {
        let mut parts = Vec::new();
        for _ in 0..count {
            let mut part = vec![0; number(&mut input).unwrap() + 2];
            input.read_exact(&mut part).unwrap();
            part.truncate(part.len() - 2);
            parts.push(part);
        }
        let mut map = map.lock().unwrap();
        let bulk = |value: Option<&Vec<u8>>| match value {
            Some(value) => [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat(),
            None => b"$-1\r\n".to_vec(),
        };
        let reply = match &parts[0][..] {
            b"GET" => bulk(map.get(&parts[1])),
            b"SET" => {
                map.insert(parts[1].clone(), parts[2].clone());
                b"+OK\r\n".to_vec()
            }
            b"DEL" => format!(":{}\r\n", u8::from(map.remove(&parts[1]).is_some())).into_bytes(),
            b"MGET" => {
                let values = parts[1..].iter().flat_map(|key| bulk(map.get(key)));
                let head = format!("*{}\r\n", parts.len() - 1).into_bytes();
                head.into_iter().chain(values).collect()
            }
            b"PING" => b"+PONG\r\n".to_vec(),
            other => format!("-ERR unknown {}\r\n", other.escape_ascii()).into_bytes(),
        };
        drop(map);
        if stream.write_all(&reply).is_err() {
            return;
        }
    }
}

#[test]
fn redis_is_spoken_with() {
    let address = format!("target.address=\"{}\"", redis());
    let outcome = run_well(&all_of_a_cache("redis"), &[&address]);
    let group = group(&outcome);
    assert!(group.target.starts_with("redis://"));
    assert!(
        group
            .operations
            .iter()
            .all(|operation| operation.done > 400)
    );
}

#[test]
fn a_server_of_another_protocol_is_named() {
    // Redis sees no array and says so, or closes; either way no one waits.
    let address = format!("target.address=\"{}\"", redis());
    let text = "[runtime]\ntimeout = \"500ms\"\n[workload.keys]\nmax = 10\n";
    let outcome = run_text(text, &[&address, "experiment.duration=1s"]);
    assert!(
        [5, 6, 7].contains(&outcome.status()),
        "{}",
        outcome.status()
    );
}

#[test]
fn the_lines_of_a_file_are_loaded_and_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines: Vec<String> = (0..300)
        .map(|line| format!("usr/share/{line:03}"))
        .collect();
    std::fs::write(file.path(), lines.join("\n")).unwrap();
    let keys = format!("workload.keys={{strategy=\"file\",path={:?}}}", file.path());
    let text = "[protocol]\ntype = \"memory\"\n[workload]\nvalues = \"compressible\"\n";
    let settings = [
        &keys[..],
        "experiment.duration=300ms",
        "experiment.warmup=0s",
    ];
    let outcome = run_text(text, &settings);
    assert_eq!(outcome.status(), 0);
    let group = group(&outcome);
    assert_eq!(group.loaded, 300);
    assert!(group.total.hits > 1000 && group.total.misses == 0 && !group.verified);
}

#[test]
fn a_temporary_directory_is_used_and_removed() {
    let settings = ["target.data_dir=temporary", "experiment.operations=200"];
    let outcome = run_text(ALL, &settings);
    assert_eq!(outcome.status(), 0, "{:?}", group(&outcome).troubles);
    let target = &group(&outcome).target;
    let (_, directory) = target.split_once(", in ").expect("it says where");
    assert!(directory.contains("masstree-bench-"), "{target}");
    assert!(!std::path::Path::new(directory).exists(), "{target}");
}
