//! How cost grows with the number of keys: lookups, inserts, scans of 100 and memory, from ten thousand keys to fifty million.
//!
//! ```text
//! cargo bench -p masstree-bench --features peers --bench growth -- --json FILE --svg FILE
//! ```
//! `--sizes 10000,…`, `--maps ours,…` and `--ops N` choose; `--from FILE` draws what an earlier run wrote, and measures nothing.
//!
//! Keys are 8 random bytes, one thread works, and everything is measured as `masstree maps` does it: contestants take turns, every answer
//! is checked, memory is what becomes resident in a process of its own. Small sizes go through more rounds than large ones; the median counts.
#![forbid(unsafe_code)]

mod chart;
#[path = "../support/command_line.rs"]
mod command_line;
mod points;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use masstree_bench::memory;
use masstree_bench::runner;

use command_line::{number, pairs, status};
use points::{Growth, measure};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The argument that makes the program measure one map's memory on the keys of its standard input.
const PROBE: &str = "--probe";

/// What is asked for.
pub struct Setting {
    /// Numbers of keys.
    pub sizes: Vec<usize>,
    /// The contestants by name; the one that takes the most memory last.
    pub maps: Vec<String>,
    /// Operations a step.
    pub ops: usize,
    /// The commit to name.
    pub commit: Option<String>,
}

/// The command line.
struct Arguments {
    setting: Setting,
    from: Option<PathBuf>,
    json: Option<PathBuf>,
    svg: Option<PathBuf>,
}

/// The parts of a list.
fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::to_owned).collect()
}

/// Reads the command line.
fn arguments(given: Vec<String>) -> Result<Arguments, String> {
    let mut parsed = Arguments {
        setting: Setting {
            sizes: [1, 3, 10, 30, 100, 300, 1_000, 2_000, 5_000]
                .map(|size| size * 10_000)
                .to_vec(),
            maps: list("ours,ferntree,artmap,ferntree07,rwlock,masstree095"),
            ops: 1_000_000,
            commit: None,
        },
        from: None,
        json: None,
        svg: None,
    };
    for (name, value) in pairs(given)? {
        match name.as_str() {
            "--sizes" => {
                let sizes = list(&value);
                parsed.setting.sizes = sizes
                    .iter()
                    .map(|size| number(&name, size))
                    .collect::<Result<_, _>>()?;
            }
            "--maps" => parsed.setting.maps = list(&value),
            "--ops" => parsed.setting.ops = number(&name, &value)?,
            "--commit" => parsed.setting.commit = Some(value),
            "--from" => parsed.from = Some(value.into()),
            "--json" => parsed.json = Some(value.into()),
            "--svg" => parsed.svg = Some(value.into()),
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok(parsed)
}

/// Writes a file.
fn write(path: &Path, text: String) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// What an earlier run wrote.
fn read(path: &Path) -> Result<Growth, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Measures, or reads, and draws.
fn run(arguments: &Arguments) -> Result<(), String> {
    let growth = match &arguments.from {
        Some(path) => read(path)?,
        None => measure(&arguments.setting)?,
    };
    println!("{}", growth.table());
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&growth).map_err(|error| error.to_string())?;
        write(path, text + "\n")?;
    }
    if let Some(path) = &arguments.svg {
        write(path, chart::svg(&growth))?;
    }
    Ok(())
}

/// The other side of the probe.
fn probe(map: &str) -> Result<(), String> {
    let maps = runner::maps(&[map.to_owned()]).map_err(|error| error.to_string())?;
    for entry in &maps {
        let bytes = memory::answer(entry, true, std::io::stdin().lock());
        println!("{}", bytes.map_err(|error| error.to_string())?);
    }
    Ok(())
}

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let done = match given.as_slice() {
        [name, map, ..] if name == PROBE => probe(map),
        _ => arguments(given).and_then(|arguments| run(&arguments)),
    };
    status("growth", done)
}
