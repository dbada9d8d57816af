//! Scans of any length, as iterators.

use super::commands::Commands;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::query::Query;
use crate::row::Entry;
use std::iter::FusedIterator;
use std::vec;

/// Rows in order, fetched page by page; from [`Commands::scan`]. After an error it is at its end.
#[derive(Debug)]
pub struct Scan<'c, C> {
    commands: &'c C,
    cursor: Cursor,
    page: vec::IntoIter<Entry>,
    failed: bool,
}

impl<'c, C: Commands> Scan<'c, C> {
    pub(crate) fn new(commands: &'c C, query: Query) -> Self {
        Self {
            commands,
            cursor: Cursor::new(query, commands.abilities().as_ref()),
            page: Vec::new().into_iter(),
            failed: false,
        }
    }

    /// Fetches the next page; returns whether there was one to fetch.
    fn fetch(&mut self) -> Result<bool, Error> {
        let Some(request) = self.cursor.request()? else {
            return Ok(false);
        };
        let response = self.commands.execute(request);
        self.page = self.cursor.accept(response)?.into_iter();
        Ok(true)
    }
}

impl<C: Commands> Iterator for Scan<'_, C> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.page.next() {
                return Some(Ok(entry));
            }
            if self.failed {
                return None;
            }
            match self.fetch() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl<C: Commands> FusedIterator for Scan<'_, C> {}
