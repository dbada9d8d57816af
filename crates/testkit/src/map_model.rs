//! One key of a map, as the linearizability checker sees it: absent, or holding a number.
//!
//! Give each write its own value where the workload allows it: the checker then tells every stale read from a fresh one.

use crate::linearizability::Model;

/// What can be asked of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapOp {
    /// Reads the value.
    Get,
    /// Stores the value whether or not one is there.
    Insert(u64),
    /// Takes the value out.
    Remove,
    /// Makes the key hold `new` (absent if `None`) if it holds exactly `expected` (is absent if `None`).
    CompareExchange {
        /// What must be there.
        expected: Option<u64>,
        /// What is there afterwards.
        new: Option<u64>,
    },
    /// Stores the value only if none is there.
    InsertIfAbsent(u64),
    /// Adds to the value, wrapping; an absent key counts as zero.
    FetchAdd(u64),
}

/// What a key can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapResult {
    /// What was there when the operation took effect. An answer to every operation but `CompareExchange`; to `InsertIfAbsent`,
    /// `None` says that the value was stored.
    Previous(Option<u64>),
    /// Only to `InsertIfAbsent`: the value there afterwards, without saying who stored it.
    Holds(u64),
    /// Only to `CompareExchange`: what was there was expected, and has been replaced.
    Exchanged,
    /// Only to `CompareExchange`: this was there instead, and stays.
    Refused(Option<u64>),
}

/// A key of an ordered map whose values are numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct MapModel {
    initial: Option<u64>,
}

impl MapModel {
    /// Keys that are absent when the history begins.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Keys that all hold `value` when the history begins.
    pub fn holding(value: u64) -> Self {
        Self {
            initial: Some(value),
        }
    }
}

impl Model for MapModel {
    type Op = MapOp;
    type Result = MapResult;
    type State = Option<u64>;

    fn initial(&self) -> Option<u64> {
        self.initial
    }

    fn step(&self, state: &Option<u64>, op: &MapOp, result: &MapResult) -> Option<Option<u64>> {
        let state = *state;
        let (answer, after) = answer(state, *op);
        let allowed = match (*op, *result) {
            (MapOp::InsertIfAbsent(_), MapResult::Holds(value)) => after == Some(value),
            (_, result) => answer == result,
        };
        allowed.then_some(after)
    }
}

/// What a key in `state` answers to `op`, and the state it is left in.
pub fn answer(state: Option<u64>, op: MapOp) -> (MapResult, Option<u64>) {
    let previous = MapResult::Previous(state);
    match op {
        MapOp::Get => (previous, state),
        MapOp::Insert(value) => (previous, Some(value)),
        MapOp::Remove => (previous, None),
        MapOp::CompareExchange { expected, new } if state == expected => {
            (MapResult::Exchanged, new)
        }
        MapOp::CompareExchange { .. } => (MapResult::Refused(state), state),
        MapOp::InsertIfAbsent(value) => (previous, state.or(Some(value))),
        MapOp::FetchAdd(by) => (previous, Some(state.unwrap_or(0).wrapping_add(by))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(state: Option<u64>, op: MapOp, result: MapResult) -> Option<Option<u64>> {
        MapModel::empty().step(&state, &op, &result)
    }

    #[test]
    fn each_operation_answers_and_leaves_what_it_should() {
        use MapOp::*;
        use MapResult::*;
        let exchange = CompareExchange {
            expected: Some(1),
            new: None,
        };
        for (state, op, result, after) in [
            (None, Get, Previous(None), None),
            (Some(1), Get, Previous(Some(1)), Some(1)),
            (None, Insert(2), Previous(None), Some(2)),
            (Some(1), Insert(2), Previous(Some(1)), Some(2)),
            (Some(1), Remove, Previous(Some(1)), None),
            (None, Remove, Previous(None), None),
            (Some(1), exchange, Exchanged, None),
            (Some(3), exchange, Refused(Some(3)), Some(3)),
            (None, InsertIfAbsent(4), Previous(None), Some(4)),
            (Some(1), InsertIfAbsent(4), Previous(Some(1)), Some(1)),
            (None, InsertIfAbsent(4), Holds(4), Some(4)),
            (Some(1), InsertIfAbsent(4), Holds(1), Some(1)),
            (None, FetchAdd(5), Previous(None), Some(5)),
            (
                Some(u64::MAX),
                FetchAdd(2),
                Previous(Some(u64::MAX)),
                Some(1),
            ),
        ] {
            assert_eq!(
                step(state, op, result),
                Some(after),
                "{state:?} {op:?} {result:?}"
            );
        }
    }

    #[test]
    fn wrong_answers_are_refused() {
        use MapOp::*;
        use MapResult::*;
        let exchange = CompareExchange {
            expected: None,
            new: Some(9),
        };
        for (state, op, result) in [
            (None, Get, Previous(Some(1))),
            (Some(1), Insert(2), Previous(None)),
            (Some(1), Remove, Previous(Some(2))),
            (Some(1), exchange, Exchanged),
            (None, exchange, Refused(None)),
            (Some(1), InsertIfAbsent(4), Holds(4)),
            (Some(1), InsertIfAbsent(4), Previous(None)),
            (Some(4), Get, Holds(4)),
            (None, Insert(1), Exchanged),
        ] {
            assert_eq!(step(state, op, result), None, "{state:?} {op:?} {result:?}");
        }
    }

    #[test]
    fn the_initial_state_is_as_asked() {
        assert_eq!(MapModel::empty().initial(), None);
        assert_eq!(MapModel::holding(3).initial(), Some(3));
    }
}
