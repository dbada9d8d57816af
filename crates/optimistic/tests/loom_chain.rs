//! Models of chains under loom with at most three preemptions; `ci/loom.sh` runs them.
//!
//! Nothing is freed in a model, so whether an object would be freed twice, or while a chain still leads to it, is asked of the chain afterwards: what
//! was taken out is not there, and what was not is.
#![cfg(loom)]

use std::sync::Arc;

use loom::thread;
use optimistic::sync::{AtomicUsize, Ordering::SeqCst};
use optimistic::{Chained, Word, epoch};

type Node = Chained<(), usize>;

/// Top, with three below it: 3, 2, 1, 0. Which of them were taken out.
struct Chain {
    top: Box<Node>,
    taken: AtomicUsize,
}

/// A value on top of another.
fn on(value: usize, older: Node) -> Node {
    // SAFETY: the box is given away to the value, which is its only owner.
    unsafe { Node::on_top(value, (), Box::into_raw(Box::new(older))) }
}

impl Chain {
    fn new() -> Self {
        Self {
            top: Box::new(on(3, on(2, on(1, Node::new(0, 0))))),
            taken: AtomicUsize::new(0),
        }
    }

    /// Takes out what is below `upper`, if it is reached and nobody is in the way.
    fn cut(&self, upper: usize) {
        let guard = epoch::pin();
        let Some(upper) = self.values(&guard).find(|node| ***node == upper) else {
            return;
        };
        if let Some(lower) = upper.older(&guard)
            && upper.cut(lower, 7, &guard).is_some()
        {
            self.taken.fetch_add(1 << **lower, SeqCst);
        }
    }

    fn values<'g>(&'g self, guard: &'g epoch::Guard) -> impl Iterator<Item = &'g Node> {
        std::iter::successors(Some(&*self.top), move |node| node.older(guard))
    }

    /// Whether each value is either in the chain or was taken out, once.
    fn check(&self) {
        let guard = epoch::pin();
        let there: usize = self.values(&guard).map(|node| 1 << **node).sum();
        assert_eq!(there + self.taken.load(SeqCst), 0b1111);
        for node in self.values(&guard) {
            let is_last = node.older(&guard).is_none();
            assert_eq!(matches!(node.word(&guard), Word::Bits(_)), is_last);
        }
    }
}

fn model(
    left: impl Fn(&Chain) + Clone + Send + Sync + 'static,
    right: impl Fn(&Chain) + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let state = Arc::new(Chain::new());
        let other = {
            let (state, left) = (Arc::clone(&state), left.clone());
            thread::spawn(move || left(&state))
        };
        right(&state);
        other.join().unwrap();
        state.check();
    });
}

#[test]
fn neighbours_are_taken_out_one_by_one() {
    model(|chain| chain.cut(3), |chain| chain.cut(2));
}

#[test]
fn the_last_goes_while_the_one_above_goes() {
    model(|chain| chain.cut(2), |chain| chain.cut(1));
}

#[test]
fn of_two_who_take_out_one_value_one_does() {
    model(
        |chain| {
            chain.cut(3);
            chain.cut(3);
        },
        |chain| chain.cut(3),
    );
}

#[test]
fn a_link_that_is_claimed_for_good_is_not_cut() {
    model(
        |chain| {
            let guard = epoch::pin();
            if let Some(claimed) = chain.top.claim_older(&guard) {
                assert!(!claimed.older().is_null());
                let seen = chain.values(&guard).nth(1).map(std::ptr::from_ref);
                assert_eq!(seen, Some(claimed.older().cast_const()));
            }
        },
        |chain| chain.cut(3),
    );
}

#[test]
fn a_reader_finds_the_last_value_or_the_end() {
    model(
        |chain| {
            let guard = epoch::pin();
            let seen: Vec<usize> = chain.values(&guard).map(|node| **node).collect();
            assert!(seen.is_sorted_by(|above, below| above > below));
            assert!(seen.contains(&0));
        },
        |chain| {
            chain.cut(3);
            chain.cut(3);
        },
    );
}
