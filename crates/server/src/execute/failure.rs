//! Why a request is answered by an error.

use masstree_protocol::Command;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Store(#[from] masstree_store::Error),
    #[error("a reply of more than {limit} bytes")]
    ReplyTooLong { limit: usize },
    #[error("a transaction of more than {limit} bytes")]
    TransactionTooLarge { limit: usize },
    #[error("{0}: the transaction is read-only")]
    ReadOnly(Command),
    #[error("BEGIN: there is a transaction already")]
    InTransaction,
    #[error("it has failed inside the server: {0}")]
    Panicked(tokio::task::JoinError),
    #[error("{0}: there is no transaction")]
    NoTransaction(Command),
}
