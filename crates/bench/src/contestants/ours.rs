//! The maps of this workspace with values beside the keys, in both node widths.

use masstree::{Guard, MassTree15Inline, MassTreeInline, RangeBound};

use crate::contestant::{Contestant, Session};

/// A bound that includes `key`, or none.
#[inline]
fn bound(key: Option<&[u8]>) -> RangeBound<'_> {
    key.map_or(RangeBound::Unbounded, RangeBound::Included)
}

/// Makes one of the maps a contestant. A failed insert or remove shows later as a wrong answer.
macro_rules! contestant {
    ($(#[$doc:meta])* $name:ident, $session:ident, $map:ty) => {
        $(#[$doc])*
        pub struct $name($map);

        /// The map and its guard.
        pub struct $session<'m> {
            map: &'m $map,
            guard: Guard<'m>,
        }

        impl Contestant for $name {
            const MAX_KEY_LEN: usize = masstree::MAX_KEY_LEN;
            const GET_MANY: bool = true;

            type Session<'m> = $session<'m>;

            fn new() -> Self {
                Self(<$map>::new())
            }

            #[inline]
            fn session(&self) -> $session<'_> {
                $session { map: &self.0, guard: self.0.guard() }
            }
        }

        impl Session for $session<'_> {
            #[inline]
            fn get(&self, key: &[u8]) -> Option<u64> {
                self.map.get_with_guard(key, &self.guard)
            }

            #[inline]
            fn get_many(&self, keys: &[&[u8]], visit: impl FnMut(usize, Option<u64>)) {
                self.map.get_many_with(keys, &self.guard, visit);
            }

            #[inline]
            fn insert(&self, key: &[u8], value: u64) {
                let _ = self.map.insert_with_guard(key, value, &self.guard);
            }

            #[inline]
            fn remove(&self, key: &[u8]) -> bool {
                matches!(self.map.remove_with_guard(key, &self.guard), Ok(Some(_)))
            }

            #[inline]
            fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
                let mut left = limit;
                self.map.scan_ref(
                    bound(from),
                    RangeBound::Unbounded,
                    |key, value| {
                        left -= 1;
                        visit(key, value) && left > 0
                    },
                    &self.guard,
                );
            }

            #[inline]
            fn scan_values(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(u64)) {
                let mut left = limit;
                self.map.scan_values(
                    bound(from),
                    RangeBound::Unbounded,
                    |value| {
                        left -= 1;
                        visit(value);
                        left > 0
                    },
                    &self.guard,
                );
            }

            #[inline]
            fn scan_rev(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
                let mut left = limit;
                self.map.scan_rev(
                    RangeBound::Unbounded,
                    bound(from),
                    |key, value| {
                        left -= 1;
                        visit(key, value) && left > 0
                    },
                    &self.guard,
                );
            }

            #[inline]
            fn scan_range(&self, start: &[u8], end: &[u8], mut visit: impl FnMut(&[u8], u64)) {
                self.map.scan_ref(
                    RangeBound::Included(start),
                    RangeBound::Excluded(end),
                    |key, value| {
                        visit(key, value);
                        true
                    },
                    &self.guard,
                );
            }

            #[inline]
            fn scan_prefix(&self, prefix: &[u8], mut visit: impl FnMut(&[u8], u64)) {
                self.map.scan_prefix(
                    prefix,
                    |key, value| {
                        visit(key, value);
                        true
                    },
                    &self.guard,
                );
            }
        }
    };
}

contestant! {
    /// Our map with nodes of 24 entries.
    Ours24, Ours24Session, MassTreeInline<u64>
}

contestant! {
    /// Our map with nodes of 15 entries.
    Ours15, Ours15Session, MassTree15Inline<u64>
}
