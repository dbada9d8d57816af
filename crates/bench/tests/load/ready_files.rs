//! The files under workloads/: they fit the schema, the schema is that of the types, and each runs.

use std::fs;
use std::path::{Path, PathBuf};

use masstree_bench::load::file::{read, schema};
use masstree_bench::load::{NoLauncher, Options, run};
use serde_json::Value;

use crate::validate::problems;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workloads")
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

/// With `UPDATE_SCHEMA` in the environment the schema is written, not compared.
#[test]
fn the_committed_schema_is_that_of_the_types() {
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(directory().join("schema.json"), schema()).unwrap();
    }
    let committed = fs::read_to_string(directory().join("schema.json")).unwrap();
    assert!(
        committed == schema(),
        "workloads/schema.json is not what `masstree bench --schema` prints"
    );
}

#[test]
fn every_file_fits_the_schema() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    assert!(files().len() >= 13);
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let value: Value = toml::from_str(&text).unwrap();
        let found = problems(&schema, &schema, &value, "");
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
    let wrong: Value = toml::from_str("[workload.keys]\nmaxx = 1\n").unwrap();
    assert_eq!(problems(&schema, &schema, &wrong, "").len(), 1);
}

#[test]
fn every_file_runs_and_every_value_is_right() {
    for path in files() {
        let file = read(&path, &[])
            .unwrap_or_else(|error| panic!("{error}"))
            .file;
        let seconds = (file.experiment.duration.0 + file.experiment.warmup.0).as_secs();
        assert!(seconds <= 15, "{} takes {seconds} s", path.display());
        let settings = [
            "experiment.duration=200ms",
            "experiment.warmup=0s",
            "workload.load=2000",
            "output.format=table",
        ];
        let options = Options {
            file: Some(path.clone()),
            settings: settings.map(str::to_owned).to_vec(),
            target: Some("memory".to_owned()),
            ..Options::default()
        };
        let outcome = run(&options, &NoLauncher).unwrap();
        let group = &outcome.report.runs[0].groups[0];
        assert_eq!(
            outcome.status(),
            0,
            "{}: {:?} {:?}",
            path.display(),
            group.violations,
            group.troubles
        );
        assert!(group.total.done > 50, "{}", path.display());
    }
}
