//! What a workload asks for is what arrives at the server, counted there.

use std::collections::{BTreeMap, HashSet};

use masstree_protocol::Command;

use crate::stub::{Fault, Seen, Stub};
use crate::{group, operation, run_text, run_well};

/// Runs a workload, and returns what arrived at the server after the load.
fn arrived(text: &str, settings: &[&str]) -> Vec<Seen> {
    let stub = Stub::start(Fault::None);
    let target = stub.target();
    let settings = [&[&target[..]], settings].concat();
    let outcome = run_well(text, &settings);
    stub.seen().split_off(group(&outcome).loaded as usize)
}

const MIX: &str = r#"
[experiment]
duration = "60s"
warmup = "0s"
operations = 20000
[runtime]
pipeline = 32
[workload.keys]
max = 1000
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

#[test]
fn shares_are_those_of_the_weights() {
    let seen = arrived(MIX, &[]);
    assert_eq!(seen.len(), 20_000);
    for (command, share) in [
        (Command::Get, 0.6),
        (Command::Replace, 0.3),
        (Command::Remove, 0.1),
    ] {
        let count = seen.iter().filter(|seen| seen.command == command).count() as f64;
        // Five standard deviations.
        let slack = 5.0 * f64::sqrt(20_000.0 * share * (1.0 - share));
        assert!(
            (count - 20_000.0 * share).abs() < slack,
            "{command}: {count}"
        );
    }
}

#[test]
fn threads_with_one_seed_send_different_keys() {
    let settings = [
        "runtime.num_threads=2",
        "workload.keys.max=1000000",
        "workload.load=0",
    ];
    let seen = arrived(MIX, &settings);
    let keys = |connection: usize| -> Vec<Vec<u8>> {
        let of = seen.iter().filter(|seen| seen.connection == connection);
        of.map(|seen| seen.key.clone()).collect()
    };
    let (first, second) = (keys(0), keys(1));
    assert_eq!((first.len(), second.len()), (10_000, 10_000));
    let first: HashSet<_> = first.into_iter().collect();
    let shared = second.iter().filter(|key| first.contains(*key)).count();
    assert!(shared < 300, "{shared} keys of 10,000 are shared");
}

#[test]
fn the_same_seed_sends_the_same_and_another_seed_does_not() {
    let keys = |seed: &str| -> Vec<Vec<u8>> {
        let seed = format!("experiment.seed={seed}");
        arrived(MIX, &[&seed])
            .into_iter()
            .map(|seen| seen.key)
            .collect()
    };
    assert_eq!(keys("1"), keys("1"));
    assert_ne!(keys("1"), keys("2"));
}

#[test]
fn hot_keys_are_hot() {
    let settings = ["workload.keys={strategy=\"zipfian\",exponent=1.2,max=1000}"];
    let seen = arrived(MIX, &settings);
    let mut counts = BTreeMap::new();
    seen.iter()
        .for_each(|seen| *counts.entry(&seen.key).or_insert(0_u32) += 1);
    let hottest = *counts.values().max().unwrap();
    let sum: f64 = (1..=1000).map(|rank| f64::from(rank).powf(-1.2)).sum();
    let expected = 20_000.0 / sum;
    assert!(
        (f64::from(hottest) - expected).abs() < 5.0 * expected.sqrt(),
        "{hottest}"
    );
}

#[test]
fn sizes_are_those_of_the_distribution_by_command() {
    let text = format!(
        "{MIX}\n[workload.value_size]\nstrategy = \"per_command\"\n\
         [workload.value_size.commands.get]\ndistribution = \"fixed\"\nsize = 128\n\
         [workload.value_size.commands.set]\ndistribution = \"uniform\"\nmin = 512\nmax = 4096\n"
    );
    let stub = Stub::start(Fault::None);
    let outcome = run_text(&text, &[&stub.target()]);
    assert_eq!(outcome.status(), 0);
    let mut seen = stub.seen();
    let sets = seen.split_off(1000);
    assert!(
        seen.iter().all(|seen| seen.value.len() == 128),
        "loaded values have the size of gets"
    );
    let sizes: Vec<usize> = sets
        .iter()
        .filter(|seen| seen.command == Command::Replace)
        .map(|seen| seen.value.len())
        .collect();
    assert!(sizes.iter().all(|size| (512..=4096).contains(size)));
    let mean = sizes.iter().sum::<usize>() as f64 / sizes.len() as f64;
    assert!((mean - 2304.0).abs() < 100.0, "{mean}");
}

#[test]
fn puts_carry_their_columns_and_scans_their_first_key() {
    let text = r#"
[experiment]
duration = "60s"
warmup = "0s"
operations = 1000
[workload.keys]
max = 200
prefix = "user:"
[workload.operations]
strategy = "weighted"
[[workload.operations.commands]]
name = "put"
columns = [[0, "2024-11-12T10:30:00Z"], [2, "42"]]
[[workload.operations.commands]]
name = "scan"
firstkey = "user:0"
count = 100
fields = [0, 1]
[[workload.operations.commands]]
name = "scan"
count = { distribution = "uniform", min = 1, max = 10 }
[[workload.operations.commands]]
name = "checkpoint"
weight = 0.1
"#;
    let seen = arrived(text, &[]);
    let of = |command| seen.iter().filter(move |seen| seen.command == command);
    assert!(of(Command::Put).count() > 200);
    assert!(
        of(Command::Put).all(|put| put.columns == [0, 2] && put.value == b"2024-11-12T10:30:00Z")
    );
    let fixed: Vec<&Seen> = of(Command::Scan).filter(|scan| scan.count == 100).collect();
    assert!(fixed.len() > 200);
    assert!(
        fixed
            .iter()
            .all(|scan| scan.key == b"user:0" && scan.columns == [0, 1])
    );
    let drawn: HashSet<&[u8]> = of(Command::Scan)
        .filter(|scan| scan.count <= 10)
        .map(|scan| &scan.key[..])
        .collect();
    assert!(
        drawn.len() > 100,
        "scans without a first key begin at a drawn one"
    );
    assert!(of(Command::Checkpoint).count() > 5);
}

#[test]
fn operations_of_several_requests_arrive_as_such() {
    let text = r#"
[experiment]
duration = "60s"
warmup = "0s"
operations = 900
[runtime]
pipeline = 8
connections_per_thread = 2
[workload.keys]
max = 100
[workload.operations]
[[workload.operations.commands]]
name = "rmw"
[[workload.operations.commands]]
name = "cas"
[[workload.operations.commands]]
name = "mget"
count = 5
[[workload.operations.commands]]
name = "txn"
count = 10
"#;
    let stub = Stub::start(Fault::None);
    let outcome = run_well(text, &[&stub.target()]);
    let group = group(&outcome);
    assert!(
        group
            .operations
            .iter()
            .all(|operation| operation.done > 100)
    );
    let seen = stub.seen();
    let count = |command| seen.iter().filter(|seen| seen.command == command).count() as u64;
    let done = |name: &str| operation(group, name).done;
    assert_eq!(count(Command::Cas), done("cas"));
    assert_eq!(count(Command::Begin), done("txn"));
    assert_eq!(count(Command::Begin), count(Command::Commit));
    let mgets: Vec<u64> = seen
        .iter()
        .filter(|seen| seen.command == Command::Mget)
        .map(|seen| seen.count)
        .collect();
    assert_eq!(
        mgets.iter().filter(|keys| **keys == 5).count() as u64,
        done("mget")
    );
    assert!(mgets.contains(&10), "the accounts are looked at together");
}

#[test]
fn xylems_groups_run_side_by_side_and_are_reported_apart() {
    let stub = Stub::start(Fault::None);
    let text = format!(
        r#"
[experiment]
name = "groups"
duration = "1s"
warmup = "0s"
[target]
transport = "tcp"
[[traffic_groups]]
name = "latency"
protocol = "masstree"
target = "{0}"
threads = [0]
connections_per_thread = 2
max_pending_per_connection = 1
[traffic_groups.traffic_policy]
type = "poisson"
rate = 200.0
[traffic_groups.sampling_policy]
type = "limited"
rate = 0.01
max_samples = 1000
[traffic_groups.protocol_config]
operation = "get"
[traffic_groups.protocol_config.keys]
strategy = "zipfian"
n = 1000
theta = 0.99
value_size = 64
[traffic_groups.protocol_config.insert_phase]
key_count = 500
value_size = 32
[[traffic_groups]]
name = "throughput"
protocol = "masstree"
target = "{0}"
threads = [1]
max_pending_per_connection = 8
[traffic_groups.traffic_policy]
type = "fixed-rate"
rate = 500
[traffic_groups.protocol_config]
operation = "put"
put_columns = 3
[traffic_groups.protocol_config.keys]
strategy = "random"
max = 1000
value_size = 64
[output]
format = "both"
file = "results.json"
real_time = true
"#,
        stub.address
    );
    let outcome = run_text(&text, &[]);
    let groups = &outcome.report.runs[0].groups;
    assert_eq!(
        outcome.status(),
        0,
        "{:?} {:?}",
        groups[0],
        groups[1].troubles
    );
    assert_eq!(groups.len(), 2);
    assert_eq!((groups[0].loaded, groups[1].loaded), (500, 0));
    assert_eq!((groups[0].connections, groups[1].pipeline), (2, 8));
    assert!(
        (100..320).contains(&groups[0].total.done),
        "{}",
        groups[0].total.done
    );
    assert!(
        (450..=510).contains(&groups[1].total.done),
        "{}",
        groups[1].total.done
    );
    let puts = stub
        .seen()
        .into_iter()
        .filter(|seen| seen.command == Command::Put);
    assert!(
        puts.into_iter()
            .all(|put| put.columns == [0, 1, 2] && put.value.len() == 64)
    );
    let table = outcome.report.runs.len();
    assert_eq!(table, 1);
}
