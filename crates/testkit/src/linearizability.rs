//! Whether a recorded history is linearizable.
//!
//! The search is that of Wing and Gong with Lowe's memoisation, one key at a time (linearizability is local: a history is linearizable
//! if and only if its part about each key is). The invocations and returns of a key form a doubly linked list in the order of their stamps.
//! The search tries to linearize any operation invoked before the first return in the list: if the model allows its result, both its
//! events leave the list and the search goes on from the front; if the first return is reached with no candidate left, the last choice is
//! undone. A pair of linearized set and model state that was met before is not tried again.
//!
//! On refusal the counterexample is the shortest failing prefix: it ends with the latest return at which any attempt got stuck. Every
//! shorter prefix has an order of effects (some attempt passed all its returns), this one has none. Operations still running at that
//! return may have taken effect or not; if they have, then with the result they gave later.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::Hash;

use crate::history::{History, Operation};

/// What one key is supposed to do, one operation after the other.
pub trait Model {
    /// What is asked.
    type Op: Clone + fmt::Debug;
    /// What is answered.
    type Result: Clone + fmt::Debug;
    /// What the key holds.
    type State: Clone + Eq + Hash + fmt::Debug;

    /// The state before the history began.
    fn initial(&self) -> Self::State;

    /// The state after `op` answered `result` in `state`, or `None` if it could not have.
    fn step(
        &self,
        state: &Self::State,
        op: &Self::Op,
        result: &Self::Result,
    ) -> Option<Self::State>;
}

/// The shortest prefix of one key's operations that no order of effects explains.
#[derive(Clone)]
pub struct Counterexample<K, O, R, S> {
    /// The key whose operations contradict each other.
    pub key: K,
    /// Every operation on the key invoked before the failing return, by invocation.
    pub operations: Vec<Operation<K, O, R>>,
    /// The operation whose return cannot be explained.
    pub failed: Operation<K, O, R>,
    /// The states the key could be in when that return was reached, the operation itself left out.
    pub states: Vec<S>,
}

/// The counterexample type of a model, boxed because it is large and rare.
pub type Refusal<K, M> =
    Box<Counterexample<K, <M as Model>::Op, <M as Model>::Result, <M as Model>::State>>;

/// Checks that each key's operations have an order of effects that keeps their real-time order and that `model` allows.
///
/// # Errors
/// The counterexample of the first key, in key order, that has none.
///
/// # Examples
/// ```
/// use masstree_testkit::history::Recorder;
/// use masstree_testkit::linearizability::check;
/// use masstree_testkit::map_model::{MapModel, MapOp, MapResult};
/// let recorder = Recorder::new();
/// let mut log = recorder.thread();
/// log.run(b"a".to_vec(), MapOp::Insert(1), |_, _| MapResult::Previous(None));
/// log.run(b"a".to_vec(), MapOp::Get, |_, _| MapResult::Previous(None));
/// drop(log);
/// let refusal = check(&MapModel::empty(), &recorder.into_history()).unwrap_err();
/// assert_eq!(refusal.failed.op, MapOp::Get);
/// ```
///
/// # Complexity
/// For a fixed number of threads, about linear in the operations of a key; exponential in the operations that overlap.
pub fn check<M, K>(model: &M, history: &History<K, M::Op, M::Result>) -> Result<(), Refusal<K, M>>
where
    M: Model,
    K: Ord + Clone,
{
    let mut by_key = BTreeMap::<&K, Vec<_>>::new();
    for operation in history.operations() {
        by_key.entry(&operation.key).or_default().push(operation);
    }
    for operations in by_key.values() {
        if let Err(stuck) = search(model, operations) {
            let failed = operations[stuck.operation];
            return Err(Box::new(Counterexample {
                key: failed.key.clone(),
                operations: operations
                    .iter()
                    .filter(|o| o.invoked <= failed.returned)
                    .map(|o| (*o).clone())
                    .collect(),
                failed: failed.clone(),
                states: stuck.states,
            }));
        }
    }
    Ok(())
}

struct Stuck<S> {
    operation: usize,
    states: Vec<S>,
}

/// Position of the list's sentinel, before the first event and after the last.
const ENDS: usize = 0;

#[derive(Clone, Copy)]
struct Event {
    operation: usize,
    is_return: bool,
}

/// Invocations and returns in the order of their stamps, numbered from 1, from which operations can be lifted out and put back.
struct Events {
    events: Vec<Event>,
    next: Vec<usize>,
    previous: Vec<usize>,
    return_of: Vec<usize>,
}

impl Events {
    fn new<K, O, R>(operations: &[&Operation<K, O, R>]) -> Self {
        let mut stamped: Vec<(u64, bool, usize)> = Vec::with_capacity(2 * operations.len());
        for (i, operation) in operations.iter().enumerate() {
            stamped.push((operation.invoked, false, i));
            stamped.push((operation.returned, true, i));
        }
        // At equal stamps invocations come first, so that such operations count as overlapping.
        stamped.sort_unstable();
        let mut events = vec![Event {
            operation: usize::MAX,
            is_return: true,
        }];
        let mut return_of = vec![ENDS; operations.len()];
        for (_, is_return, operation) in stamped {
            if is_return {
                return_of[operation] = events.len();
            }
            events.push(Event {
                operation,
                is_return,
            });
        }
        let count = events.len();
        Self {
            next: (0..count).map(|i| (i + 1) % count).collect(),
            previous: (0..count).map(|i| (i + count - 1) % count).collect(),
            events,
            return_of,
        }
    }

    fn first(&self) -> usize {
        self.next[ENDS]
    }

    fn lift(&mut self, invocation: usize) {
        self.unlink(invocation);
        self.unlink(self.return_of[self.events[invocation].operation]);
    }

    /// Undoes the latest `lift` that has not been undone.
    fn put_back(&mut self, invocation: usize) {
        self.relink(self.return_of[self.events[invocation].operation]);
        self.relink(invocation);
    }

    fn unlink(&mut self, at: usize) {
        let (before, after) = (self.previous[at], self.next[at]);
        self.next[before] = after;
        self.previous[after] = before;
    }

    fn relink(&mut self, at: usize) {
        let (before, after) = (self.previous[at], self.next[at]);
        self.next[before] = at;
        self.previous[after] = at;
    }
}

fn search<M: Model, K>(
    model: &M,
    operations: &[&Operation<K, M::Op, M::Result>],
) -> Result<(), Stuck<M::State>> {
    let mut list = Events::new(operations);
    let mut linearized = vec![0u64; operations.len().div_ceil(64)];
    let mut state = model.initial();
    let mut chosen: Vec<(usize, M::State)> = Vec::new();
    let mut met: HashSet<(Vec<u64>, M::State)> = HashSet::new();
    let mut stuck_at = ENDS;
    let mut stuck_states: Vec<M::State> = Vec::new();
    let mut at = list.first();
    while list.first() != ENDS {
        let event = list.events[at];
        if !event.is_return {
            let operation = operations[event.operation];
            let (word, bit) = (event.operation / 64, 1 << (event.operation % 64));
            if let Some(after) = model.step(&state, &operation.op, &operation.result) {
                linearized[word] |= bit;
                if met.insert((linearized.clone(), after.clone())) {
                    chosen.push((at, std::mem::replace(&mut state, after)));
                    list.lift(at);
                    at = list.first();
                    continue;
                }
                linearized[word] &= !bit;
            }
            at = list.next[at];
            continue;
        }
        if at > stuck_at {
            stuck_at = at;
            stuck_states.clear();
        }
        if at == stuck_at && !stuck_states.contains(&state) {
            stuck_states.push(state.clone());
        }
        let Some((invocation, before)) = chosen.pop() else {
            return Err(Stuck {
                operation: list.events[stuck_at].operation,
                states: stuck_states,
            });
        };
        state = before;
        let undone = list.events[invocation].operation;
        linearized[undone / 64] &= !(1 << (undone % 64));
        list.put_back(invocation);
        at = list.next[invocation];
    }
    Ok(())
}

impl<K, O, R, S> fmt::Display for Counterexample<K, O, R, S>
where
    K: fmt::Debug,
    O: fmt::Debug,
    R: fmt::Debug,
    S: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// How many operations a reader can take in.
        const SHOWN: usize = 24;
        let failed = &self.failed;
        writeln!(f, "not linearizable: key {:?}", self.key)?;
        let hidden = self.operations.len().saturating_sub(SHOWN);
        if hidden > 0 {
            writeln!(f, "  … {hidden} earlier operations on this key")?;
        }
        for o in &self.operations[hidden..] {
            let is_failed = o.invoked == failed.invoked && o.thread == failed.thread;
            let note = match (is_failed, o.returned > failed.returned) {
                (true, _) => "   <-- cannot have returned this",
                (false, true) => "   (still running at the failing return)",
                (false, false) => "",
            };
            writeln!(
                f,
                "  [{:>6} {:>6}] thread {:>2}: {:?} -> {:?}{note}",
                o.invoked, o.returned, o.thread, o.op, o.result
            )?;
        }
        write!(f, "  states possible at that return: {:?}", self.states)
    }
}

/// The same text as `Display`, so that `unwrap` in a test prints the report.
impl<K, O, R, S> fmt::Debug for Counterexample<K, O, R, S>
where
    K: fmt::Debug,
    O: fmt::Debug,
    R: fmt::Debug,
    S: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K, O, R, S> std::error::Error for Counterexample<K, O, R, S>
where
    K: fmt::Debug,
    O: fmt::Debug,
    R: fmt::Debug,
    S: fmt::Debug,
{
}
