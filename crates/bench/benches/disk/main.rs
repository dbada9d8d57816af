//! What durability costs the store, and how fast checkpoints and recovery are, beside plain files on the same disk.
//!
//! ```text
//! cargo bench -p masstree-bench --bench disk -- --rows 2000000 --rounds 3 --dir DIR [--only PART]
//! ```
//! Keys and values have 16 bytes. Each figure is the median of the rounds, in which the things compared take turns. Plain files are written and
//! read front to back in megabytes, and synced once at the end; for `always` a plain file gets a record and a sync in turn.
#![forbid(unsafe_code)]

mod checkpoints;
#[path = "../support/command_line.rs"]
mod command_line;
mod plain;
mod writes;

use std::path::PathBuf;
use std::process::ExitCode;

use masstree_bench::machine::Machine;

use command_line::{number, pairs, status};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What every part is told.
pub struct Setting {
    /// An empty directory on the disk to measure.
    pub directory: PathBuf,
    /// How many rows, for the parts that go by rows.
    pub rows: usize,
    /// How often everything is measured.
    pub rounds: usize,
    /// Measure this part alone.
    only: Option<String>,
}

/// Something to measure, by name.
type Part = (&'static str, fn(&Setting));

/// The parts in order.
const PARTS: [Part; 5] = [
    ("interval", writes::interval),
    ("always", writes::always),
    ("checkpoint", checkpoints::checkpoint_and_recovery),
    ("replay", checkpoints::replay),
    ("tail", checkpoints::tail),
];

/// The median of what `measure` gives in each round.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// A key that no other number has, in no order.
pub fn key(number: usize) -> [u8; 16] {
    let mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut key = [b'k'; 16];
    key[..8].copy_from_slice(&mixed.to_be_bytes());
    key
}

fn setting() -> Result<Setting, String> {
    let mut setting = Setting {
        directory: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
        rows: 2_000_000,
        rounds: 3,
        only: None,
    };
    for (name, value) in pairs(std::env::args().skip(1))? {
        let number = || number(&name, &value);
        match name.as_str() {
            "--rows" => setting.rows = number()?,
            "--rounds" => setting.rounds = number()?,
            "--only" => setting.only = Some(value),
            "--dir" => setting.directory = value.into(),
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    setting
        .directory
        .push(format!("disk-bench-{}", std::process::id()));
    Ok(setting)
}

fn run() -> Result<(), String> {
    let setting = setting()?;
    std::fs::create_dir_all(&setting.directory).map_err(|error| error.to_string())?;
    println!(
        "{}; {} rows, {} rounds",
        Machine::here().processor,
        setting.rows,
        setting.rounds
    );
    println!("| what | store | beside | ratio |\n|---|---|---|---|");
    for (name, part) in PARTS {
        if setting.only.as_deref().is_none_or(|only| only == name) {
            part(&setting);
        }
    }
    std::fs::remove_dir_all(&setting.directory).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    status("disk", run())
}
