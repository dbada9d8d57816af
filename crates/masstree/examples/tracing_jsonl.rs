//! What happens to the tree's structure, one JSON object a line, in `logs/masstree.jsonl`.
//!
//! `cargo run -p masstree --features tracing --example tracing_jsonl`

use std::error::Error;
use std::fs::{self, File};
use std::sync::Mutex;

use masstree::MassTreeInline;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

const PATH: &str = "logs/masstree.jsonl";

fn main() -> Result<(), Box<dyn Error>> {
    fs::create_dir_all("logs")?;
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(Mutex::new(File::create(PATH)?))
        // All events of the map have this target and the level debug.
        .with_filter(Targets::new().with_target("masstree", LevelFilter::DEBUG));
    tracing_subscriber::registry().with(layer).init();

    // Leaves grow and split, keys that share their first bytes make layers, and removing everything unlinks them again.
    let map: MassTreeInline<u32> = MassTreeInline::new();
    let keys: Vec<String> = (0..1_000)
        .map(|i| format!("shelf/{:03}/book/{:03}", i % 10, i))
        .collect();
    for (key, value) in keys.iter().zip(0..) {
        map.insert(key.as_bytes(), value)?;
    }
    for key in &keys {
        map.remove(key.as_bytes())?;
    }

    let log = fs::read_to_string(PATH)?;
    println!(
        "{} events in {PATH}, the first and the last of them:",
        log.lines().count()
    );
    for line in log.lines().take(1).chain(log.lines().last()) {
        println!("{line}");
    }
    Ok(())
}
