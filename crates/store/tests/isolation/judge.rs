//! A recorded history in the form that `adya` reads, and its verdict.
//!
//! A `Conflict` is a transaction that certainly did not happen; what it wrote must never be read.

use std::time::Duration;

use adya::history::{Interner, Mop, Op, OpType, ReadValue, Scalar};
use adya::{Opts, Report, Valid, Workload};
use masstree_testkit::history::{Recorder, ThreadLog};

use crate::values::Kind;

/// One step of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// What was read; nothing before it is known, or if there was nothing.
    Read(u32, Option<Vec<u32>>),
    Write(u32, u32),
}

/// Whether a transaction happened, and its steps with what they read.
pub type Outcome = (bool, Vec<Step>);

pub type Recording = Recorder<(), (), Outcome>;
pub type Log = ThreadLog<(), (), Outcome>;

fn mop(kind: Kind, step: &Step, names: &mut Interner, invoked: bool) -> Mop {
    let mut name = |number: u32| names.intern(Scalar::Int(number.into()));
    match step {
        Step::Write(key, value) => {
            let (key, value) = (name(*key), name(*value));
            match kind {
                Kind::List => Mop::Append { key, value },
                Kind::Register => Mop::Write { key, value },
            }
        }
        Step::Read(key, read) => Mop::Read {
            key: name(*key),
            value: match read {
                None => ReadValue::Nil,
                Some(_) if invoked => ReadValue::Nil,
                Some(values) if kind == Kind::List => {
                    ReadValue::List(values.iter().map(|value| name(*value)).collect())
                }
                Some(values) => ReadValue::Scalar(name(values[0])),
            },
        },
    }
}

/// Judges what was recorded by a consistency model.
pub fn judge(recording: Recording, kind: Kind, model: &str) -> Report {
    let mut names = Interner::default();
    let mut events = Vec::new();
    for operation in recording.into_history().operations() {
        let (happened, steps) = &operation.result;
        let completion = if *happened { OpType::Ok } else { OpType::Fail };
        for (stamp, kind_of_event) in [
            (operation.invoked, OpType::Invoke),
            (operation.returned, completion),
        ] {
            let invoked = kind_of_event == OpType::Invoke;
            let value = steps.iter();
            let value = value.map(|step| mop(kind, step, &mut names, invoked));
            events.push(Op {
                index: stamp,
                kind: kind_of_event,
                process: Some(operation.thread as i64),
                value: value.collect(),
                time: None,
            });
        }
    }
    events.sort_by_key(|event| event.index);
    let history = adya::History::from_ops(events, names);
    let workload = match kind {
        Kind::List => Workload::ListAppend,
        Kind::Register => Workload::RwRegister,
    };
    let options = Opts {
        models: vec![model.to_owned()],
        timeout: Duration::from_secs(20),
        wfr_keys: true,
        linearizable_keys: true,
        ..Opts::default()
    };
    adya::check(&history, workload, &options)
}

/// Fails with the first anomaly, if there is one.
#[track_caller]
pub fn expect_valid(report: &Report, what: &str) {
    if report.valid != Valid::True {
        let told: Vec<_> = report.anomalies.values().flatten().take(3).collect();
        let told: Vec<_> = told
            .iter()
            .map(|anomaly| format!("{}: {}", anomaly.kind, anomaly.explanation))
            .collect();
        panic!(
            "{what}: {:?} {:?}\n{}",
            report.valid,
            report.anomaly_types,
            told.join("\n")
        );
    }
}
