//! Scans of any length, asynchronously.

use crate::commands::Commands;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::query::Query;
use crate::row::Entry;
use std::vec;

/// Rows in order, fetched page by page; from [`Commands::scan`].
#[derive(Debug)]
pub struct Scan<'c, C> {
    commands: &'c C,
    cursor: Cursor,
    page: vec::IntoIter<Entry>,
}

impl<'c, C: Commands> Scan<'c, C> {
    pub(crate) fn new(commands: &'c C, query: Query) -> Self {
        Self {
            commands,
            cursor: Cursor::new(query, commands.abilities().as_ref()),
            page: Vec::new().into_iter(),
        }
    }

    /// The next row; nothing at the end.
    ///
    /// # Errors
    /// As [`Commands`]; [`Error::Disorder`] if the server's keys do not advance. After an error the scan is at its end.
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example(client: masstree_client::Client) -> Result<(), masstree_client::Error> {
    /// use masstree_client::{Commands as _, Query};
    /// let mut scan = client.scan(Query::prefix("user/"));
    /// while let Some(entry) = scan.next().await? {
    ///     println!("{}", entry.key.escape_ascii());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Result<Option<Entry>, Error> {
        loop {
            if let Some(entry) = self.page.next() {
                return Ok(Some(entry));
            }
            let Some(page) = self.next_page().await? else {
                return Ok(None);
            };
            self.page = page.into_iter();
        }
    }

    /// The rest of the current page, or the next one; it may be empty before the end. Nothing at the end.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_page(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        if self.page.len() > 0 {
            return Ok(Some(std::mem::take(&mut self.page).collect()));
        }
        let Some(request) = self.cursor.request()? else {
            return Ok(None);
        };
        let response = self.commands.execute(request).await;
        self.cursor.accept(response).map(Some)
    }

    /// All rows that are left.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn collect(mut self) -> Result<Vec<Entry>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next_page().await? {
            all.extend(page);
        }
        Ok(all)
    }
}
