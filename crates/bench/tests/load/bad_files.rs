//! What is wrong with a file is told in one line, with the place and the nearest right name.

use std::path::Path;

use masstree_bench::load::file::from_text;
use masstree_bench::load::plan::plan;

/// What is said of a text.
fn said(text: &str, settings: &[&str]) -> String {
    let settings: Vec<String> = settings
        .iter()
        .map(|setting| (*setting).to_owned())
        .collect();
    let source = match from_text("w.toml", text, &settings) {
        Err(error) => return error.to_string(),
        Ok(source) => source,
    };
    match plan(&source, None) {
        Err(error) => error.to_string(),
        Ok(_) => "nothing".to_owned(),
    }
}

#[test]
fn each_mistake_is_told_with_its_line() {
    for (text, expected) in [
        (
            "[workload.keys]\nstrategy = \"zipfian\"\nexponant = 1.0\n",
            "w.toml:3: unknown key \"exponant\"; the nearest known one is \"exponent\"",
        ),
        (
            "[experiment]\n[runtmie]\nrate = 1\n",
            "w.toml:2: unknown key \"runtmie\"; the nearest known one is \"runtime\"",
        ),
        (
            "[workload.keys]\nstrategy = \"zipf\"\n",
            "w.toml:2: unknown name \"zipf\"; the nearest known one is \"zipfian\"",
        ),
        (
            "[[workload.operations.commands]]\nname = \"upsert\"\n",
            "w.toml:2: unknown name \"upsert\"",
        ),
        (
            "[workload.keys]\n\nmax = \"many\"\n",
            "w.toml:3: invalid type: string \"many\", expected u64",
        ),
        (
            "[experiment]\nduration = 30\n",
            "w.toml:2: invalid type: integer `30`, expected a string",
        ),
        (
            "[experiment]\nduration = \"soon\"\n",
            "w.toml:2: \"soon\" is no span of time; write it as \"30s\", \"5m\" or \"250ms\"",
        ),
        (
            "[workload.keys]\nmax = 0\n",
            "w.toml:2: max must be at least 1: there are no keys below 0",
        ),
        (
            "[workload.keys]\nstrategy = \"zipfian\"\nexponent = -0.5\n",
            "w.toml:3: exponent must be from 0 to 5, and not -0.5",
        ),
        (
            "[workload.keys]\nexponent = 1\n",
            "w.toml:2: exponent is for strategy = \"zipfian\", and this one is \"uniform\"",
        ),
        (
            "[workload.operations]\nstrategy = \"weighted\"\n[[workload.operations.commands]]\nname = \"get\"\nweight = 0\n[[workload.operations.commands]]\nname = \"set\"\nweight = 0.0\n",
            "w.toml:5: all weights are 0; one must be more",
        ),
        (
            "[[workload.operations.commands]]\nname = \"get\"\n[[workload.operations.commands]]\nname = \"set\"\nweight = -1\n",
            "w.toml:5: weight must not be below 0, as -1 is",
        ),
        (
            "[workload.operations]\nstrategy = \"weighted\"\n",
            "w.toml:2: strategy \"weighted\" needs commands; add [[workload.operations.commands]]",
        ),
        (
            "[runtime]\nnum_threads = 0\n",
            "w.toml:2: num_threads must be at least 1",
        ),
        (
            "[runtime]\nrate = 0.0\n",
            "w.toml:2: a rate must be more than 0",
        ),
        (
            "[runtime]\narrival = \"poisson\"\n",
            "w.toml:2: arrival \"poisson\" needs a rate",
        ),
        (
            "[runtime]\nrate = 5\n[runtime.ramp]\nto = 7\n",
            "w.toml:3: runtime.ramp is for arrival = \"ramp\"",
        ),
        (
            "[workload.value_size]\nstrategy = \"uniform\"\nmin = 9\nmax = 3\n",
            "w.toml:3: min must not be more than max, which is 3",
        ),
        (
            "[protocol]\ntype = \"redis\"\n[[workload.operations.commands]]\nname = \"scan\"\n",
            "w.toml:4: redis is spoken with get, set, remove, mget and rmw alone, not with scan",
        ),
        (
            "[workload.keys]\nstrategy = \"file\"\n",
            "w.toml:2: strategy \"file\" needs a path",
        ),
        (
            "[[traffic_groups]]\nname = \"a\"\nthreads = []\n",
            "w.toml:3: threads must be at least 1",
        ),
        (
            "[[traffic_groups]]\n[traffic_groups.traffic_policy]\ntype = \"poisson\"\n",
            "w.toml:2: this type of traffic_policy needs a rate",
        ),
        (
            "[[traffic_groups]]\n[traffic_groups.protocol_config.keys]\nstrategy = \"zipfian\"\nthetta = 1\n",
            "w.toml:4: unknown key \"thetta\"",
        ),
        ("[workload.keys\nmax = 3\n", "w.toml:1: "),
    ] {
        let said = said(text, &[]);
        assert!(
            said.starts_with(expected),
            "{text}\n   said: {said}\nexpected: {expected}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn files_of_keys_that_are_missing_or_empty_are_told_with_their_line() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    for (path, expected) in [
        (
            Path::new("nowhere.txt"),
            "cannot read the keys in nowhere.txt",
        ),
        (empty.path(), "no key in "),
    ] {
        let text = format!("[workload.keys]\nstrategy = \"file\"\npath = {:?}\n", path);
        let said = said(&text, &[]);
        assert!(said.starts_with(&format!("w.toml:3: {expected}")), "{said}");
    }
}

#[test]
fn overrides_are_named_where_they_are_wrong() {
    for (settings, expected) in [
        (
            &["workload.keys.max=0"][..],
            "--set workload.keys.max=0: max must be at least 1",
        ),
        (
            &["experiment.seed=7", "workload.keys.mx=5"],
            "--set workload.keys.mx=5: unknown key \"mx\"; the nearest known one is \"max\"",
        ),
        (
            &["runtime.rate=fast"],
            "--set runtime.rate=fast: invalid type",
        ),
        (&["nothing"], "--set nothing: write it as path=value"),
    ] {
        let said = said("[workload.keys]\nmax = 5\n", settings);
        assert!(said.starts_with(expected), "{said}");
    }
    assert_eq!(
        said("", &["workload.keys.max=7", "experiment.duration=3s"]),
        "nothing"
    );
}

#[test]
fn a_file_of_two_lines_runs_with_defaults() {
    let source = from_text("w.toml", "[workload.keys]\nmax = 10\n", &[]).unwrap();
    let plan = plan(&source, None).unwrap();
    assert_eq!(
        (plan.seed, plan.duration.as_secs(), plan.warmup.as_secs()),
        (42, 10, 1)
    );
    let group = &plan.groups[0];
    assert_eq!(
        (group.threads, group.connections, group.pipeline),
        (1, 1, 1)
    );
    assert_eq!((group.load, group.rate, group.verifies()), (10, None, true));
}

#[test]
fn targets_are_understood() {
    let source = from_text("w.toml", "", &[]).unwrap();
    let protocol =
        |target: &str| plan(&source, Some(target)).map(|plan| plan.groups[0].protocol.name());
    assert_eq!(protocol("redis://127.0.0.1:6379").unwrap(), "redis");
    assert_eq!(protocol("masstree://127.0.0.1:2117").unwrap(), "masstree");
    assert_eq!(protocol("127.0.0.1:2117").unwrap(), "masstree");
    assert_eq!(protocol("memory").unwrap(), "memory");
    assert_eq!(protocol("memcached://127.0.0.1:1").unwrap(), "memcached");
    let error = protocol("etcd://127.0.0.1:1").unwrap_err().to_string();
    assert!(
        error.contains("none of masstree, redis, memcached and memory"),
        "{error}"
    );
}
