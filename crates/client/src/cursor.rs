//! A scan of any length as a row of requests of one page each. Both front ends drive it.
//!
//! With the extensions each page is a RANGE that begins behind the last key (or ends before it, when descending); without them it is a
//! SCAN, and what lies outside the bounds is dropped here. Keys that do not advance end the scan with an error, so that no server
//! can keep a client in it for ever.

use crate::error::Error;
use crate::query::Query;
use crate::request::Request;
use crate::response::Response;
use crate::row::{Entry, Row};
use masstree_protocol::{Abilities, Command, Range};

/// How far a scan is.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// What is left; its bounds move.
    query: Query,
    extensions: bool,
    /// The longest key that the server has; all that there are, if it has not said.
    max_key: usize,
    /// Whether it is being asked if `from` is too long a key, and what it had refused before.
    asking: Option<Error>,
    done: bool,
}

impl Cursor {
    pub(crate) fn new(query: Query, abilities: Option<&Abilities>) -> Self {
        let extended = abilities.filter(|abilities| abilities.proto >= 2);
        let max_key = extended.map_or(u64::MAX, |abilities| abilities.max_key);
        let done = query.limit == Some(0);
        let mut query = query;
        if extended.is_none() && query.from < query.prefix {
            query.from.clone_from(&query.prefix);
        }
        Self {
            query,
            extensions: extended.is_some(),
            max_key: usize::try_from(max_key).unwrap_or(usize::MAX),
            asking: None,
            done,
        }
    }

    /// What to ask next; nothing at the end.
    pub(crate) fn request(&self) -> Result<Option<Request<'_>>, Error> {
        if self.done {
            return Ok(None);
        }
        let query = &self.query;
        let count = query.limit.map_or(query.page, |left| left.min(query.page));
        if self.extensions {
            return Ok(Some(Request::Range(Range {
                from: (!query.from.is_empty()).then_some(&query.from[..]),
                to: query.to.as_deref(),
                prefix: (!query.prefix.is_empty()).then_some(&query.prefix[..]),
                reverse: query.reverse,
                count: Some(count),
                columns: &query.columns[..],
                keys_only: query.keys_only,
            })));
        }
        if query.reverse {
            let command = Command::Range;
            return Err(Error::Unsupported { command });
        }
        Ok(Some(Request::Scan {
            first: &query.from,
            // No rows: refused only for what the key is.
            count: if self.asking.is_some() { 0 } else { count },
            columns: &query.columns,
        }))
    }

    /// Takes what came back. An empty page does not mean the end; the next request does.
    pub(crate) fn accept(
        &mut self,
        response: Result<Response, Error>,
    ) -> Result<Vec<Entry>, Error> {
        let mut page = match response {
            Err(error @ Error::Refused { .. }) => return self.recover(error).map(|()| Vec::new()),
            other => other.and_then(Response::into_entries),
        }
        .inspect_err(|_| self.done = true)?;
        if let Some(error) = self.asking.take() {
            return self.shrink(error).map(|()| Vec::new());
        }
        self.check_order(&page).inspect_err(|_| self.done = true)?;
        let asked = self
            .query
            .limit
            .map_or(self.query.page, |left| left.min(self.query.page));
        self.done = (page.len() as u64) < asked;
        if let Some(last) = page.last() {
            self.move_behind(&last.key.clone());
        }
        if !self.extensions {
            let within = |entry: &Entry| {
                let before_end = self.query.to.as_ref().is_none_or(|to| entry.key < *to);
                before_end && entry.key.starts_with(&self.query.prefix)
            };
            let kept = page.iter().take_while(|entry| within(entry)).count();
            self.done |= kept < page.len();
            page.truncate(kept);
            if self.query.keys_only {
                for entry in &mut page {
                    entry.row = Row::from_columns([None]);
                }
            }
        }
        if let Some(left) = &mut self.query.limit {
            *left = left.saturating_sub(page.len() as u64);
            self.done |= *left == 0;
        }
        Ok(page)
    }

    /// Finds out why the server has refused a page.
    ///
    /// A server without the extensions does not say how long keys can be, so that `from`, the last key and a zero byte, may be too long
    /// for it. Then no key lies between the two.
    fn recover(&mut self, error: Error) -> Result<(), Error> {
        let may_be_long = !self.extensions && self.max_key == usize::MAX;
        if self.asking.take().is_some() {
            self.max_key = self.query.from.len() - 1;
            let last = self.query.from[..self.max_key].to_vec();
            self.move_behind(&last);
            return Ok(());
        }
        if may_be_long && self.query.from.last() == Some(&0) {
            self.asking = Some(error);
            return Ok(());
        }
        self.shrink(error)
    }

    /// It may be that the rows are long. If it is something else, a page of one row is refused as well.
    fn shrink(&mut self, error: Error) -> Result<(), Error> {
        if self.query.page == 1 {
            self.done = true;
            return Err(error);
        }
        self.query.page = (self.query.page / 8).max(1);
        Ok(())
    }

    /// The page's keys must advance, and lie where the request asked.
    fn check_order(&self, page: &[Entry]) -> Result<(), Error> {
        let query = &self.query;
        let beyond = page.iter().find(|entry| {
            let above = query.reverse && query.to.as_ref().is_some_and(|to| entry.key >= *to);
            entry.key < query.from || above
        });
        let turned = page.windows(2).find(|pair| {
            if query.reverse {
                pair[0].key <= pair[1].key
            } else {
                pair[0].key >= pair[1].key
            }
        });
        match beyond.or(turned.map(|pair| &pair[1])) {
            Some(entry) => Err(Error::Disorder {
                key: entry.key.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Leaves out everything up to `last`.
    fn move_behind(&mut self, last: &[u8]) {
        if self.query.reverse {
            self.query.to = Some(last.to_vec());
            return;
        }
        match successor(last, self.max_key) {
            Some(next) => self.query.from = next,
            None => self.done = true,
        }
    }
}

/// The lowest key above `key` among those of at most `max_key` bytes.
fn successor(key: &[u8], max_key: usize) -> Option<Vec<u8>> {
    let mut next = key.to_vec();
    if key.len() < max_key {
        next.push(0);
        return Some(next);
    }
    while let Some(last) = next.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return Some(next);
        }
        next.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(keys: &[&str]) -> Response {
        let entry = |key: &&str| Entry {
            key: key.as_bytes().to_vec(),
            row: Row::default(),
        };
        Response::Entries(keys.iter().map(entry).collect())
    }

    fn abilities() -> Abilities {
        Abilities {
            proto: 2,
            max_key: 4,
            ..Abilities::default()
        }
    }

    #[test]
    fn successors() {
        assert_eq!(successor(b"abc", 4), Some(b"abc\0".to_vec()));
        assert_eq!(successor(b"abcd", 4), Some(b"abce".to_vec()));
        assert_eq!(successor(b"ab\xff\xff", 4), Some(b"ac".to_vec()));
        assert_eq!(successor(b"\xff\xff", 2), None);
    }

    #[test]
    fn pages_follow_each_other_until_a_short_one() {
        let mut cursor = Cursor::new(Query::all().page(2), Some(&abilities()));
        let page = cursor.accept(Ok(entries(&["a", "b"]))).unwrap();
        assert_eq!(page.len(), 2);
        let Ok(Some(Request::Range(range))) = cursor.request() else {
            panic!("a range")
        };
        assert_eq!((range.from, range.count), (Some(&b"b\0"[..]), Some(2)));
        cursor.accept(Ok(entries(&["c"]))).unwrap();
        assert!(cursor.request().unwrap().is_none());
    }

    #[test]
    fn keys_that_do_not_advance_are_an_error() {
        for keys in [&["b", "a"][..], &["a", "a"], &["0"]] {
            let mut cursor = Cursor::new(Query::all().from("a"), Some(&abilities()));
            let error = cursor.accept(Ok(entries(keys))).unwrap_err();
            assert!(matches!(error, Error::Disorder { .. }), "{keys:?}");
            assert!(cursor.request().unwrap().is_none());
        }
        let mut cursor = Cursor::new(Query::all().reverse().to("b"), Some(&abilities()));
        assert!(cursor.accept(Ok(entries(&["b"]))).is_err());
    }

    #[test]
    fn bounds_hold_without_the_extensions() {
        let query = Query::prefix("b").to("bb").page(3);
        let mut cursor = Cursor::new(query, None);
        let Ok(Some(Request::Scan { first, count, .. })) = cursor.request() else {
            panic!("a scan")
        };
        assert_eq!((first, count), (&b"b"[..], 3));
        let page = cursor.accept(Ok(entries(&["b", "ba", "bb"]))).unwrap();
        assert_eq!(page.len(), 2);
        assert!(cursor.request().unwrap().is_none());
        let cursor = Cursor::new(Query::all().reverse(), None);
        assert!(matches!(cursor.request(), Err(Error::Unsupported { .. })));
    }

    #[test]
    fn a_refused_page_is_asked_for_in_smaller_ones() {
        let mut cursor = Cursor::new(Query::all().page(10), Some(&abilities()));
        let refused = || {
            Err(Error::Refused {
                command: Command::Range,
                why: "too long".to_owned(),
            })
        };
        assert_eq!(cursor.accept(refused()).unwrap(), []);
        let Ok(Some(Request::Range(range))) = cursor.request() else {
            panic!("a range")
        };
        assert_eq!(range.count, Some(1));
        assert!(cursor.accept(refused()).is_err());
        assert!(cursor.request().unwrap().is_none());
    }

    #[test]
    fn a_key_that_is_too_long_to_begin_behind_is_stepped_over() {
        let mut cursor = Cursor::new(Query::all().page(2), None);
        cursor.accept(Ok(entries(&["a", "abc"]))).unwrap();
        let refused = || {
            Err(Error::Refused {
                command: Command::Scan,
                why: "a key of 4 bytes".to_owned(),
            })
        };
        let asked = |cursor: &Cursor| match cursor.request() {
            Ok(Some(Request::Scan { first, count, .. })) => (first.to_vec(), count),
            other => panic!("{other:?}"),
        };
        cursor.accept(refused()).unwrap();
        assert_eq!(asked(&cursor), (b"abc\0".to_vec(), 0));
        cursor.accept(refused()).unwrap();
        assert_eq!(asked(&cursor), (b"abd".to_vec(), 2));
        // Where the key is not the reason, the page is.
        let mut cursor = Cursor::new(Query::all().page(2), None);
        cursor.accept(Ok(entries(&["a", "abc"]))).unwrap();
        cursor.accept(refused()).unwrap();
        cursor.accept(Ok(entries(&[]))).unwrap();
        assert_eq!(asked(&cursor), (b"abc\0".to_vec(), 1));
    }
}
