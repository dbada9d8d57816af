//! What a scan is to read.

/// How many rows a page has unless told otherwise.
const PAGE: u64 = 512;

/// Which rows to read, in which order, and what of them.
///
/// # Examples
/// ```
/// use masstree_client::Query;
/// let newest = Query::prefix("event/").reverse().limit(10);
/// let some = Query::all().from("a").to("b").columns([0, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct Query {
    pub(crate) from: Vec<u8>,
    pub(crate) to: Option<Vec<u8>>,
    pub(crate) prefix: Vec<u8>,
    pub(crate) reverse: bool,
    pub(crate) limit: Option<u64>,
    pub(crate) columns: Vec<usize>,
    pub(crate) keys_only: bool,
    pub(crate) page: u64,
}

impl Query {
    /// All rows, ascending.
    pub fn all() -> Self {
        Self {
            from: Vec::new(),
            to: None,
            prefix: Vec::new(),
            reverse: false,
            limit: None,
            columns: Vec::new(),
            keys_only: false,
            page: PAGE,
        }
    }

    /// The rows whose keys begin with `prefix`.
    pub fn prefix(prefix: impl Into<Vec<u8>>) -> Self {
        Self::all().with_prefix(prefix)
    }

    /// Only keys that begin with `prefix`; [`from`](Self::from) and [`to`](Self::to) narrow further.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<Vec<u8>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The lowest key, inclusive, in either order.
    #[must_use]
    pub fn from(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.from = key.into();
        self
    }

    /// Where to stop, exclusive: above all keys that are read, in either order.
    #[must_use]
    pub fn to(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.to = Some(key.into());
        self
    }

    /// Descending. Needs a server with the extensions.
    #[must_use]
    pub fn reverse(mut self) -> Self {
        self.reverse = true;
        self
    }

    /// Most rows.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Only these columns of each row.
    #[must_use]
    pub fn columns(mut self, columns: impl Into<Vec<usize>>) -> Self {
        self.columns = columns.into();
        self
    }

    /// Keys without their rows.
    #[must_use]
    pub fn keys_only(mut self) -> Self {
        self.keys_only = true;
        self
    }

    /// How many rows are fetched at a time. Default 512; it is lowered when the server says that the reply would be too long.
    #[must_use]
    pub fn page(mut self, rows: u64) -> Self {
        self.page = rows.max(1);
        self
    }
}
