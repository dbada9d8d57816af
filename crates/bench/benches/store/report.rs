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
        let line =
            |title: &str, threads: String, [store, peer, map]: [Option<f64>; 3], less: bool| {
                let ratio = |other: Option<f64>| {
                    let ratio = store.zip(other).map(|(store, other)| store / other);
                    cell(if less { ratio.map(f64::recip) } else { ratio })
                };
                [
                    title.to_owned(),
                    threads,
                    cell(store),
                    cell(peer),
                    ratio(peer),
                    cell(map),
                    ratio(map),
                ]
            };
        for row in &self.rows {
            let medians = row.samples.each_ref().map(|samples| median(samples));
            table.add_row(line(&row.title, row.threads.to_string(), medians, false));
        }
        let bytes = NAMES.map(|name| {
            let found = self.bytes_a_pair.iter().find(|(other, _)| other == name);
            found.map(|(_, bytes)| *bytes)
        });
        table.add_row(line("bytes a pair", String::new(), bytes, true));
        table.to_string()
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
