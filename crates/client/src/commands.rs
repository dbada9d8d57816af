//! The commands, for everything that can carry out a request asynchronously.

use crate::error::Error;
use crate::query::Query;
use crate::request::Request;
use crate::response::{Response, Stat, Swap};
use crate::row::{Entry, Row};
use crate::scan::Scan;
use masstree_protocol::{Abilities, Range, Written};
use std::future::Future;

/// The commands, as methods of [`Client`](crate::Client), [`Connection`](crate::Connection) and [`Transaction`](crate::Transaction).
///
/// # Errors
/// All methods: [`Error::Lost`] if the connection ends before the reply, [`Error::Refused`] if the server does not do what was asked, and
/// [`Error::Unsupported`] for those that it knows from the extensions alone.
pub trait Commands: Sync {
    /// Carries out any request.
    fn execute(&self, request: Request<'_>)
    -> impl Future<Output = Result<Response, Error>> + Send;

    /// What the server can do; nothing if it has no extensions.
    fn abilities(&self) -> Option<Abilities>;

    /// The whole row of `key`, if there is one.
    ///
    /// From a server that runs with `--miss echo`, and from the C++ server, a key that is not there reads as a row that is the key itself.
    fn get(&self, key: &[u8]) -> impl Future<Output = Result<Option<Row>, Error>> + Send {
        async move { self.execute(Request::get(key)).await?.into_row() }
    }

    /// Some columns of the row of `key`, in the order asked for.
    fn get_columns(
        &self,
        key: &[u8],
        columns: &[usize],
    ) -> impl Future<Output = Result<Option<Row>, Error>> + Send {
        async move {
            let request = Request::Get { key, columns };
            self.execute(request).await?.into_row()
        }
    }

    /// The rows of several keys, all from one snapshot. An extension.
    fn get_many(
        &self,
        keys: &[&[u8]],
    ) -> impl Future<Output = Result<Vec<Option<Row>>, Error>> + Send {
        async move { self.execute(Request::Mget { keys }).await?.into_rows() }
    }

    /// Sets these columns of a row and leaves the others, all at once.
    fn put(
        &self,
        key: &[u8],
        changes: &[(usize, &[u8])],
    ) -> impl Future<Output = Result<Written, Error>> + Send {
        async move {
            let request = Request::Put { key, changes };
            self.execute(request).await?.into_written()
        }
    }

    /// Makes the row of `key` this one column.
    fn replace(
        &self,
        key: &[u8],
        value: &[u8],
    ) -> impl Future<Output = Result<Written, Error>> + Send {
        async move {
            let request = Request::Replace { key, value };
            self.execute(request).await?.into_written()
        }
    }

    /// Removes the row of `key`; returns whether there was one.
    fn remove(&self, key: &[u8]) -> impl Future<Output = Result<bool, Error>> + Send {
        async move { self.execute(Request::Remove { key }).await?.into_removed() }
    }

    /// Sets a row of one column if it is as expected; nothing stands for no such key. An extension.
    fn compare_and_set(
        &self,
        key: &[u8],
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> impl Future<Output = Result<Swap, Error>> + Send {
        async move {
            let request = Request::Cas { key, expected, new };
            self.execute(request).await?.into_swap()
        }
    }

    /// Up to `count` rows from the key `first` on, of one snapshot; fewer mean that the table ends there.
    fn scan_page(
        &self,
        first: &[u8],
        count: u64,
    ) -> impl Future<Output = Result<Vec<Entry>, Error>> + Send {
        async move {
            let columns = &[];
            let request = Request::Scan {
                first,
                count,
                columns,
            };
            self.execute(request).await?.into_entries()
        }
    }

    /// The rows of a range in one reply, of one snapshot. An extension.
    fn range(
        &self,
        range: Range<'_, &[usize]>,
    ) -> impl Future<Output = Result<Vec<Entry>, Error>> + Send {
        async move { self.execute(Request::Range(range)).await?.into_entries() }
    }

    /// Rows in order, however many, fetched page by page.
    ///
    /// Outside a transaction each page is a snapshot of its own; within one they all are the transaction's.
    fn scan(&self, query: Query) -> Scan<'_, Self>
    where
        Self: Sized,
    {
        Scan::new(self, query)
    }

    /// Starts a checkpoint, which runs on by itself.
    fn checkpoint(&self) -> impl Future<Output = Result<(), Error>> + Send {
        async move { self.execute(Request::Checkpoint).await.map(drop) }
    }

    /// What the server counts. An extension.
    fn stats(&self) -> impl Future<Output = Result<Vec<(String, Stat)>, Error>> + Send {
        async move { self.execute(Request::Stats).await?.into_stats() }
    }

    /// Asks for a sign of life. An extension.
    fn ping(&self) -> impl Future<Output = Result<(), Error>> + Send {
        async move { self.execute(Request::Ping).await.map(drop) }
    }

    /// Waits until everything that was acknowledged is on the server's disk, if it has one. An extension.
    fn sync(&self) -> impl Future<Output = Result<(), Error>> + Send {
        async move { self.execute(Request::Sync).await.map(drop) }
    }
}
