//! Every example of the benchmarking guide loads unchanged, and means what its text says.

use std::sync::Arc;

use masstree_bench::load::draw::numbers::Numbers;
use masstree_bench::load::file::{
    KeyStrategy, OperationName, OperationsStrategy, ProtocolKind, WorkloadFile, from_text,
};
use masstree_bench::load::plan::{Group, plan};

const FIXED: &str = r#"[protocol]
type = "masstree"
operation = "get"
"#;

const MIX: &str = r#"[protocol]
type = "masstree"
operation = "get" # Default operation
# Define a weighted mix
[workload.operations]
strategy = "weighted"
[[workload.operations.commands]]
name = "get"
weight = 0.6
[[workload.operations.commands]]
name = "set"
weight = 0.3
[[workload.operations.commands]]
name = "remove"
weight = 0.1
"#;

const PUT: &str = r#"[[workload.operations.commands]]
name = "put"
weight = 0.1
# Update columns 0 and 2 (e.g., timestamp and counter)
columns = [[0, "2024-11-12T10:30:00Z"], [2, "42"]]
"#;

const SCAN: &str = r#"[[workload.operations.commands]]
name = "scan"
weight = 0.05
firstkey = "user:0"
count = 100
fields = [0, 1] # Return only fields 0 and 1
"#;

const CHECKPOINT: &str = r#"[[workload.operations.commands]]
name = "checkpoint"
weight = 0.001 # Once per thousand operations
"#;

const ZIPFIAN: &str = r#"[workload.keys]
strategy = "zipfian"
exponent = 0.99
max = 1000000
"#;

const GAUSSIAN: &str = r#"[workload.keys]
strategy = "gaussian"
mean_pct = 0.5 # Center of key space
std_dev_pct = 0.1
max = 10000
"#;

const SEQUENTIAL: &str = r#"[workload.keys]
strategy = "sequential"
start = 0
max = 100000
"#;

const SIZE_FIXED: &str = r#"[workload.value_size]
strategy = "fixed"
size = 256 # All values are 256 bytes
"#;

const SIZE_NORMAL: &str = r#"[workload.value_size]
strategy = "normal"
mean = 1024.0
std_dev = 256.0
min = 128
max = 8192
"#;

const SIZE_PER_COMMAND: &str = r#"[workload.value_size]
strategy = "per_command"
[workload.value_size.commands.get]
distribution = "fixed"
size = 128
[workload.value_size.commands.set]
distribution = "uniform"
min = 512
max = 4096
"#;

const CONTENTION: &str = r#"[runtime]
num_threads = 16
connections_per_thread = 10
[workload.operations]
strategy = "weighted"
[[workload.operations.commands]]
name = "get"
weight = 0.7
[[workload.operations.commands]]
name = "set"
weight = 0.3
[workload.keys]
strategy = "zipfian"
exponent = 1.2 # Very hot keys
max = 1000
"#;

const SCANS: &str = r#"# Small scans (10 records)
[[workload.operations.commands]]
name = "scan"
firstkey = "user:0"
count = 10
fields = [0, 1] # Only essential fields
# Large scans (1000 records)
[[workload.operations.commands]]
name = "scan"
firstkey = "metrics:2024-11-01"
count = 1000
fields = [] # All fields
"#;

const CHECKPOINTS: &str = r#"# Frequent checkpoints (high durability, low throughput)
[[workload.operations.commands]]
name = "checkpoint"
weight = 0.01 # 1% of operations
# Rare checkpoints (high throughput, lower durability)
[[workload.operations.commands]]
name = "checkpoint"
weight = 0.0001 # 0.01% of operations
"#;

const COLUMNS: &str = r#"# Inefficient: GET + SET (read full record, modify, write back)
# This requires two network round-trips and full value transfer
# Efficient: PUT (update specific columns)
[[workload.operations.commands]]
name = "put"
columns = [[0, "new_value"]] # Only update column 0
"#;

fn file(text: &str) -> WorkloadFile {
    from_text("guide.toml", text, &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .file
}

fn group(text: &str) -> Arc<Group> {
    let source = from_text("guide.toml", text, &[]).unwrap();
    plan(&source, None).unwrap().groups.remove(0)
}

#[test]
fn pure_operations() {
    let group = group(FIXED);
    assert_eq!(group.protocol, ProtocolKind::Masstree);
    assert_eq!(group.commands.len(), 1);
    assert_eq!(group.commands[0].name, OperationName::Get);
}

#[test]
fn the_mix_and_what_is_added_to_it() {
    let whole = [MIX, PUT, SCAN, CHECKPOINT].concat();
    assert_eq!(
        file(&whole).workload.operations.strategy,
        Some(OperationsStrategy::Weighted)
    );
    let group = group(&whole);
    let mix: Vec<(&str, f64)> = group
        .commands
        .iter()
        .map(|command| (&command.label[..], command.weight))
        .collect();
    let expected = [
        ("get", 0.6),
        ("set", 0.3),
        ("remove", 0.1),
        ("put", 0.1),
        ("scan", 0.05),
        ("checkpoint", 0.001),
    ];
    assert_eq!(mix, expected);
    let put = &group.commands[3].columns;
    assert_eq!(
        put[..],
        [(0, b"2024-11-12T10:30:00Z".to_vec()), (2, b"42".to_vec())]
    );
    let scan = &group.commands[4];
    assert_eq!(scan.firstkey.as_deref(), Some(&b"user:0"[..]));
    assert_eq!(
        (scan.count, &scan.fields[..]),
        (Numbers::Fixed(100), &[0, 1][..])
    );
    assert_eq!(
        group.load_columns, 3,
        "rows are loaded with the columns that are named"
    );
}

#[test]
fn each_addition_alone() {
    for (text, name) in [
        (PUT, "put"),
        (SCAN, "scan"),
        (CHECKPOINT, "checkpoint"),
        (COLUMNS, "put"),
    ] {
        assert_eq!(group(text).commands[0].label, name);
    }
}

#[test]
fn key_distributions() {
    for (text, strategy, max) in [
        (ZIPFIAN, KeyStrategy::Zipfian, 1_000_000),
        (GAUSSIAN, KeyStrategy::Gaussian, 10_000),
        (SEQUENTIAL, KeyStrategy::Sequential, 100_000),
    ] {
        assert_eq!(file(text).workload.keys.strategy, strategy);
        let group = group(text);
        assert_eq!((group.tables[0].count(), group.load), (max, max));
    }
    assert_eq!(file(ZIPFIAN).workload.keys.exponent, Some(0.99));
    let gaussian = file(GAUSSIAN).workload.keys;
    assert_eq!(
        (gaussian.mean_pct, gaussian.std_dev_pct),
        (Some(0.5), Some(0.1))
    );
}

#[test]
fn value_sizes() {
    let sizes = |text: &str, name: &str| group(&format!("{text}{name}")).commands[0].size;
    let set = "[protocol]\noperation = \"set\"\n";
    assert_eq!(sizes(SIZE_FIXED, set), Numbers::Fixed(256));
    let normal = Numbers::Normal {
        mean: 1024.0,
        std_dev: 256.0,
        min: 128,
        max: 8192,
    };
    assert_eq!(sizes(SIZE_NORMAL, set), normal);
    assert_eq!(sizes(SIZE_PER_COMMAND, set), Numbers::Uniform(512, 4096));
    assert_eq!(sizes(SIZE_PER_COMMAND, ""), Numbers::Fixed(128));
    assert_eq!(group(SIZE_PER_COMMAND).load_size, Numbers::Fixed(128));
}

#[test]
fn contention() {
    let group = group(CONTENTION);
    assert_eq!((group.threads, group.connections), (16, 10));
    assert_eq!(group.tables[0].count(), 1000);
    assert_eq!(file(CONTENTION).workload.keys.exponent, Some(1.2));
}

#[test]
fn two_commands_of_one_name_are_told_apart() {
    let scans = group(SCANS);
    let labels: Vec<&str> = scans
        .commands
        .iter()
        .map(|command| &command.label[..])
        .collect();
    assert_eq!(labels, ["scan 1", "scan 2"]);
    assert_eq!(scans.commands[1].count, Numbers::Fixed(1000));
    assert!(scans.commands[1].fields.is_empty());
    let weights: Vec<f64> = group(CHECKPOINTS)
        .commands
        .iter()
        .map(|command| command.weight)
        .collect();
    assert_eq!(weights, [0.01, 0.0001]);
}
