//! One stage: the rows on one key set.

use indicatif::ProgressBar;

use super::{Options, Results, is_integer, turns};
use crate::contestants::Entry;
use crate::keys::{KeySet, Keys};
use crate::race::{Outcome, Plan, Racer};
use crate::report::PANICKED;
use crate::script::Truth;
use crate::workloads::{MapState, Row, Task};

/// How many lookups check a map that was loaded and not looked into.
const CHECKS: usize = 50_000;

/// A row with its scripts for one number of threads.
struct Prepared<'a> {
    index: usize,
    row: &'a Row,
    plan: Plan,
    units: u64,
}

/// All that one turn needs.
struct Turn<'a> {
    entry: &'a Entry,
    threads: usize,
    first_round: bool,
    keys: &'a KeySet,
    truth: &'a Truth,
    integer: bool,
    load: &'a Plan,
    checks: &'a Plan,
}

/// Runs the rows of a stage in all rounds, and then measures memory, once, since that hardly varies.
pub(super) fn run(
    options: &Options,
    rows: &[(usize, Row)],
    keys: &KeySet,
    results: &mut Results,
    bar: &ProgressBar,
) {
    let truth = Truth::new(keys);
    let integer = is_integer(keys);
    let longest = keys.present.longest().max(keys.absent.longest());
    let checks = Task::Get.plan(keys, CHECKS.min(2 * keys.present.len()), 1);
    let prepare = |threads: usize| -> (Plan, Vec<Prepared<'_>>) {
        let prepared = rows
            .iter()
            .filter(|(_, row)| row.task.state() != MapState::Process)
            .map(|(index, row)| {
                let plan = row.task.plan(keys, options.ops, threads);
                let units = plan
                    .scripts
                    .iter()
                    .map(|script| script.units(truth.len()))
                    .sum();
                Prepared {
                    index: *index,
                    row,
                    plan,
                    units,
                }
            });
        let prepared: Vec<_> = prepared.collect();
        let load = if prepared.is_empty() {
            Plan::default()
        } else {
            Task::Insert.plan(keys, 0, threads)
        };
        (load, prepared)
    };
    let prepared: Vec<_> = options
        .threads
        .iter()
        .map(|threads| (*threads, prepare(*threads)))
        .collect();
    let most = options.threads.iter().copied().max().unwrap_or(1);
    for round in 0..options.rounds {
        for (threads, (load, rows)) in &prepared {
            for entry in turns(&options.maps, round) {
                bar.set_message(format!("{}, {threads} threads", entry.title));
                bar.inc(1);
                if entry.takes(longest, integer) {
                    let (threads, first_round) = (*threads, round == 0);
                    let (truth, checks) = (&truth, &checks);
                    let turn = Turn {
                        entry,
                        threads,
                        first_round,
                        keys,
                        truth,
                        integer,
                        load,
                        checks,
                    };
                    turn.play(rows, most, results);
                }
            }
        }
    }
    let in_process = |(_, row): &&(usize, Row)| row.task.state() == MapState::Process;
    for (index, row) in rows.iter().filter(in_process) {
        for entry in &options.maps {
            if !entry.read_only && entry.takes(longest, integer) {
                bar.set_message(format!("{}, {}", row.title, entry.title));
                memory(
                    options,
                    *index,
                    row.task,
                    entry,
                    integer,
                    &keys.present,
                    results,
                );
            }
        }
    }
}

/// Measures one contestant's memory in a process of its own.
fn memory(
    options: &Options,
    index: usize,
    task: Task,
    entry: &Entry,
    integer: bool,
    keys: &Keys,
    results: &mut Results,
) {
    let (Some(probe), Some(threads)) = (&options.probe, options.threads.first()) else {
        return;
    };
    let none = Keys::default();
    let measured = probe.measure(
        entry,
        integer,
        if task == Task::MemoryEmpty {
            &none
        } else {
            keys
        },
    );
    let sample = results.at(index, entry.id, *threads);
    match measured {
        Ok(bytes) => sample.values.push(bytes),
        Err(error) => sample.note = Some(error.to_string()),
    }
}

impl Turn<'_> {
    /// Whether the contestant can do the task.
    fn can(&self, task: Task) -> bool {
        match task {
            Task::GetMany => self.entry.get_many,
            Task::ScanReverse | Task::FullReverse => self.entry.reverse,
            Task::Mixed90 | Task::Mixed50 | Task::Hot | Task::Churn => !self.entry.read_only,
            _ => true,
        }
    }

    /// Plays the rows: those on the loaded map one after the other, then those on maps of their own.
    fn play(&self, rows: &[Prepared<'_>], most: usize, results: &mut Results) {
        let on_loaded = |state| matches!(state, MapState::Loaded | MapState::Loading);
        if rows
            .iter()
            .any(|prepared| on_loaded(prepared.row.task.state()) && self.can(prepared.row.task))
        {
            let map = self.entry.make(self.integer, Some(self.keys));
            self.play_loaded(map.as_ref(), rows, results);
        }
        for prepared in rows {
            let task = prepared.row.task;
            if task.state() != MapState::Own
                || self.entry.read_only
                || task == Task::Tail && self.threads != most
            {
                continue;
            }
            let map = self.entry.make(self.integer, None);
            let (mut outcome, value) = if task == Task::Tail {
                let (outcome, nanoseconds) = map.tail(&prepared.plan, self.truth);
                (outcome, nanoseconds / 1e3)
            } else {
                let outcome = map.run(&prepared.plan, self.truth);
                (outcome, prepared.units as f64 / outcome.seconds / 1e6)
            };
            self.check(map.as_ref(), &mut outcome);
            self.note(prepared, outcome, value, results);
        }
    }

    /// Loads `map` and plays the rows on it.
    fn play_loaded(&self, map: &dyn Racer, rows: &[Prepared<'_>], results: &mut Results) {
        let mut loading = Outcome::default();
        if !self.entry.read_only {
            loading = map.run(self.load, self.truth);
            let value = self.keys.present.len() as f64 / loading.seconds / 1e6;
            self.check(map, &mut loading);
            for prepared in rows
                .iter()
                .filter(|prepared| prepared.row.task.state() == MapState::Loading)
            {
                self.note(prepared, loading, value, results);
            }
        }
        for prepared in rows
            .iter()
            .filter(|prepared| prepared.row.task.state() == MapState::Loaded)
        {
            if !self.can(prepared.row.task) {
                continue;
            }
            let outcome = if loading.panicked {
                loading
            } else {
                map.run(&prepared.plan, self.truth)
            };
            self.note(
                prepared,
                outcome,
                prepared.units as f64 / outcome.seconds / 1e6,
                results,
            );
        }
    }

    /// In the first round, looks up what was loaded.
    fn check(&self, map: &dyn Racer, outcome: &mut Outcome) {
        if self.first_round && !outcome.panicked {
            let found = map.run(self.checks, self.truth);
            outcome.wrong += found.wrong;
            outcome.panicked |= found.panicked;
        }
    }

    /// Writes a result down.
    fn note(&self, prepared: &Prepared<'_>, outcome: Outcome, value: f64, results: &mut Results) {
        let sample = results.at(prepared.index, self.entry.id, self.threads);
        sample.wrong += outcome.wrong;
        if outcome.panicked {
            sample.note = Some(PANICKED.to_owned());
        } else {
            sample.values.push(value);
        }
    }
}
