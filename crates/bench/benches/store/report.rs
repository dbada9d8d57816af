//! The table, and the same as JSON.

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use masstree_bench::machine::Machine;
use serde::Serialize;

use crate::contestants::NAMES;

#[derive(Serialize)]
struct Row {
    title: String,
    threads: usize,
    /// For each contestant what each round gave.
    samples: [Vec<f64>; NAMES.len()],
}

/// All that was measured.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    size: usize,
    rounds: usize,
    contestants: [&'static str; NAMES.len()],
    rows: Vec<Row>,
    bytes_a_pair: Vec<(String, f64)>,
}

fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn cell(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| format!("{number:.2}"))
}

impl Report {
    pub fn new(size: usize, rounds: usize) -> Self {
        Self {
            machine: Machine::here(),
            size,
            rounds,
            contestants: NAMES,
            rows: Vec::new(),
            bytes_a_pair: Vec::new(),
        }
    }

    /// One round of one contestant.
    pub fn add(&mut self, title: &str, threads: usize, name: &str, speed: f64) {
        let same = |row: &Row| row.title == title && row.threads == threads;
        let index = self.rows.iter().position(same).unwrap_or_else(|| {
            self.rows.push(Row {
                title: title.to_owned(),
                threads,
                samples: Default::default(),
            });
            self.rows.len() - 1
        });
        if let Some(column) = NAMES.iter().position(|other| *other == name) {
            self.rows[index].samples[column].push(speed);
        }
    }

    pub fn memory(&mut self, name: &str, bytes: f64) {
        self.bytes_a_pair.push((name.to_owned(), bytes));
    }

    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header([
            "million a second",
            "threads",
            "store",
            "surrealmx",
            "x surrealmx",
            "bare map",
            "x map",
        ]);
        // In the order of `NAMES`.
        let [store, peer, map] = [0, 1, 2];
        for row in &self.rows {
            let speed = |column: usize| cell(median(&row.samples[column]));
            let ratio = |other: usize| {
                // Round by round: those who take turns meet the same neighbours.
                let rounds = row.samples[store].iter().zip(&row.samples[other]);
                let ratios: Vec<_> = rounds.map(|(ours, theirs)| ours / theirs).collect();
                cell(median(&ratios))
            };
            table.add_row([
                row.title.clone(),
                row.threads.to_string(),
                speed(store),
                speed(peer),
                ratio(peer),
                speed(map),
                ratio(map),
            ]);
        }
        let bytes = NAMES.map(|name| {
            let found = self.bytes_a_pair.iter().find(|(other, _)| other == name);
            found.map(|(_, bytes)| *bytes)
        });
        let times_ours = |other: usize| {
            let pair = bytes[other].zip(bytes[store]);
            cell(pair.map(|(theirs, ours)| theirs / ours))
        };
        table.add_row([
            "bytes a pair".to_owned(),
            String::new(),
            cell(bytes[store]),
            cell(bytes[peer]),
            times_ours(peer),
            cell(bytes[map]),
            times_ours(map),
        ]);
        table.to_string()
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
