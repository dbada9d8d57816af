//! Scans, iterators and bounds, over ranges of every kind: what is missing from the map as much as what is there.

use masstree::{Entry, RangeBound};

use super::keys::{bound, expected, key};
use super::{Dice, Numbers, Pair};

/// Entries of a range that are looked at, at most: a visitor's `false` and an unfinished iterator are compared on the way.
const MOST: usize = 50;

fn pair<S: Numbers>(entry: Option<Entry<'_, S>>) -> Option<(Vec<u8>, u64)> {
    entry.map(|entry| (entry.key().to_vec(), S::seen(entry.value())))
}

fn owned(entry: Option<(&Vec<u8>, &u64)>) -> Option<(Vec<u8>, u64)> {
    entry.map(|(key, value)| (key.clone(), *value))
}

/// A visitor: a key, where the scan gives it out, and a value.
type Visit<'v> = &'v mut dyn FnMut(Option<&[u8]>, u64) -> bool;

/// Runs a scan with a visitor that says no at the call `most`, and compares each call.
fn watch<'m>(
    name: &str,
    mut want: impl Iterator<Item = (&'m Vec<u8>, &'m u64)>,
    most: usize,
    scan: impl FnOnce(Visit<'_>) -> usize,
) {
    let mut calls = 0;
    let visited = scan(&mut |key, value| {
        let Some((wanted, number)) = want.next() else {
            panic!("{name}: {key:?} is too much");
        };
        let same = key.is_none_or(|key| key == wanted) && value == *number;
        assert!(same, "{name}: {key:?}, not {wanted:?}");
        calls += 1;
        calls < most
    });
    assert_eq!(visited, calls, "{name}: calls");
    assert!(calls == most || want.next().is_none(), "{name}: ends early");
}

impl<S: Numbers, const W: usize, const I: usize> Pair<S, W, I> {
    pub fn range<D: Dice>(&self, dice: &mut D) {
        match dice.below(10) {
            0..3 => self.scans(dice),
            3..6 => self.both_ends(dice),
            6 | 7 => self.prefix(dice),
            8 => self.bounds(dice),
            _ => self.ends(dice),
        }
    }

    fn scans<D: Dice>(&self, dice: &mut D) {
        let guard = self.map.guard();
        let (low, high) = (key(dice), key(dice));
        let (start, end) = (bound(dice, &low), bound(dice, &high));
        let (from, to): (RangeBound<'_>, RangeBound<'_>) = (start.into(), end.into());
        let most = 1 + dice.below(MOST);
        let ascending = || expected(&self.model, start, end);
        match dice.below(4) {
            0 => watch("scan", ascending(), most, |visit| {
                self.map.scan(
                    from,
                    to,
                    |k, v| visit(Some(k), super::Number::number(&v)),
                    &guard,
                )
            }),
            1 => watch("scan_ref", ascending(), most, |visit| {
                self.map
                    .scan_ref(from, to, |k, v| visit(Some(k), S::seen(v)), &guard)
            }),
            2 => watch("scan_values", ascending(), most, |visit| {
                self.map
                    .scan_values(from, to, |v| visit(None, S::seen(v)), &guard)
            }),
            _ => watch("scan_rev", ascending().rev(), most, |visit| {
                self.map
                    .scan_rev(from, to, |k, v| visit(Some(k), S::seen(v)), &guard)
            }),
        }
    }

    fn both_ends<D: Dice>(&self, dice: &mut D) {
        let guard = self.map.guard();
        let (low, high) = (key(dice), key(dice));
        let (start, end) = (bound(dice, &low), bound(dice, &high));
        let mut want = expected(&self.model, start, end);
        let mut range = if dice.one_in(2) {
            self.map.range(start.into(), end.into(), &guard)
        } else {
            self.map.range_bounds::<&[u8]>((start, end), &guard)
        };
        // Mostly from the front, mostly from behind, or in turns.
        let lean = dice.pick(&[1, 5, 9]);
        for _ in 0..MOST {
            let (got, want) = if dice.below(10) < lean {
                (range.next(), want.next())
            } else {
                (range.next_back(), want.next_back())
            };
            let ended = want.is_none();
            assert_eq!(pair::<S>(got), owned(want), "range {start:?} {end:?}");
            if ended {
                break;
            }
        }
    }

    fn prefix<D: Dice>(&self, dice: &mut D) {
        let guard = self.map.guard();
        let key = key(dice);
        let prefix = &key[..key.len() - dice.below(key.len().min(20) + 1)];
        let most = 1 + dice.below(2 * MOST);
        let from = expected(
            &self.model,
            std::ops::Bound::Included(prefix),
            std::ops::Bound::Unbounded,
        );
        let mut want = from.take_while(|(key, _)| key.starts_with(prefix));
        let mut calls = 0;
        let visited = self.map.scan_prefix(
            prefix,
            |key, value| {
                assert_eq!(
                    Some((key.to_vec(), S::seen(value))),
                    owned(want.next()),
                    "prefix {prefix:?}"
                );
                calls += 1;
                calls < most
            },
            &guard,
        );
        assert_eq!(visited, calls);
        assert!(
            calls == most || want.next().is_none(),
            "prefix {prefix:?}: ends early"
        );
    }

    fn bounds<D: Dice>(&self, dice: &mut D) {
        let guard = self.map.guard();
        let key = key(dice);
        let bound = bound(dice, &key);
        let unbounded = std::ops::Bound::Unbounded;
        let above = owned(expected(&self.model, bound, unbounded).next());
        assert_eq!(
            pair::<S>(self.map.lower_bound(bound.into(), &guard)),
            above,
            "lower_bound {bound:?}"
        );
        let below = owned(expected(&self.model, unbounded, bound).next_back());
        assert_eq!(
            pair::<S>(self.map.upper_bound(bound.into(), &guard)),
            below,
            "upper_bound {bound:?}"
        );
    }

    fn ends<D: Dice>(&self, dice: &mut D) {
        let guard = self.map.guard();
        assert_eq!(
            pair::<S>(self.map.first(&guard)),
            owned(self.model.first_key_value()),
            "first"
        );
        assert_eq!(
            pair::<S>(self.map.last(&guard)),
            owned(self.model.last_key_value()),
            "last"
        );
        let count = dice.below(MOST);
        assert!(
            self.map
                .keys(&guard)
                .take(count)
                .eq(self.model.keys().take(count).cloned()),
            "keys"
        );
        let values = self.map.values(&guard).rev().map(S::seen);
        assert!(
            values
                .take(count)
                .eq(self.model.values().rev().take(count).copied()),
            "values"
        );
    }
}
