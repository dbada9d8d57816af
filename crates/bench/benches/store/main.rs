//! The store in memory beside surrealmx, and beside the bare map: who does how many operations a second, and in how much memory.
//!
//! ```text
//! cargo bench -p masstree-bench --features store-peers --bench store -- --size 1000000 --rounds 3 --json FILE [--only TEXT] [--contestant NAME] [--threads N]
//! ```
//! Keys and values have 16 bytes, keys are random. The contestants take turns within each step, threads are pinned, choices are made before the
//! clock starts, and the median of the rounds counts, of ratios too. Each answer is checked: a value begins with eight bytes of its key.
//! Memory is what becomes resident in a process of its own.
#![forbid(unsafe_code)]

#[path = "../support/command_line.rs"]
mod command_line;
mod contestants;
mod report;
mod steps;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use masstree_bench::machine::resident_bytes;

use command_line::{number, pairs, status};
use contestants::{NAMES, make};
use report::Report;
use steps::{Pairs, STEPS, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Arguments {
    size: usize,
    rounds: usize,
    json: Option<PathBuf>,
    /// Measure the steps alone whose titles contain this.
    only: String,
    /// Measure this contestant alone.
    contestant: Option<String>,
    /// Measure with so many threads alone.
    threads: Option<usize>,
    /// Measure the memory of this contestant, and nothing else.
    memory: Option<String>,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments {
        size: 1_000_000,
        rounds: 3,
        json: None,
        only: String::new(),
        contestant: None,
        threads: None,
        memory: None,
    };
    for (name, value) in pairs(std::env::args().skip(1))? {
        let number = || number(&name, &value);
        match name.as_str() {
            "--size" => parsed.size = number()?,
            "--rounds" => parsed.rounds = number()?,
            "--json" => parsed.json = Some(value.into()),
            "--only" => parsed.only = value,
            "--contestant" => parsed.contestant = Some(value),
            "--threads" => parsed.threads = Some(number()?),
            "--memory" => parsed.memory = Some(value),
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok(parsed)
}

/// Bytes that become resident for each pair of a loaded contestant.
fn memory(name: &str, size: usize) -> Result<f64, String> {
    let pairs = Pairs::new(size);
    let resident =
        || resident_bytes().ok_or("the system does not tell how much memory is resident");
    let before = resident()?;
    let contestant = make(name).ok_or(format!("no contestant {name}"))?;
    pairs.load(&*contestant);
    Ok((resident()? - before) as f64 / size as f64)
}

fn memory_in_a_process_of_its_own(name: &str, size: usize) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program)
        .args(["--memory", name, "--size", &size.to_string()])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(|_| format!("the process that measures the memory of {name} failed"))
}

fn compare(arguments: &Arguments) -> Result<(), String> {
    let pairs = Pairs::new(arguments.size);
    let mut report = Report::new(arguments.size, arguments.rounds);
    let chosen = |name: &&&str| {
        arguments
            .contestant
            .as_deref()
            .is_none_or(|only| only == **name)
    };
    let names: Vec<_> = NAMES.iter().filter(chosen).collect();
    let mut loaded: Vec<_> = names.iter().filter_map(|name| make(name)).collect();
    for contestant in &loaded {
        pairs.load(&**contestant);
    }
    for step in STEPS
        .iter()
        .filter(|step| step.title.contains(&arguments.only))
    {
        let counts = arguments.threads.map_or(vec![1, 2], |only| vec![only]);
        for threads in counts {
            for _ in 0..arguments.rounds {
                for (name, contestant) in names.iter().zip(&mut loaded) {
                    if step.fresh {
                        *contestant = make(name).ok_or("a contestant is missing")?;
                    }
                    let speed = run(step, &**contestant, &pairs, threads);
                    report.add(step.title, threads, name, speed);
                }
            }
            eprintln!("{}, {threads} threads", step.title);
        }
    }
    drop(loaded);
    for name in names {
        report.memory(name, memory_in_a_process_of_its_own(name, arguments.size)?);
    }
    println!("{}", report.table());
    if let Some(file) = &arguments.json {
        std::fs::write(file, report.json())
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let done = arguments().and_then(|arguments| match &arguments.memory {
        Some(name) => memory(name, arguments.size).map(|bytes| println!("{bytes}")),
        None => compare(&arguments),
    });
    status("store", done)
}
