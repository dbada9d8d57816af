//! Requests that wait for the disk, or are so long that others must have their turn in between.

use masstree_protocol::{Command, Int, Keys, ReplyWriter, Request};
use tokio::task::{spawn_blocking, yield_now};

use super::backwards::Tail;
use super::failure::Failure;
use super::reads::Chunks;
use super::slice::Session;
use super::transaction::{Open, View, commit_reply};
use super::walk::{Source, Walk};
use crate::local::Local;

/// Keys of an MGET that are looked up in one go.
const KEYS: usize = 512;

/// Carries out a request and appends its reply to `out`. Whether it was answered by an error.
pub(crate) async fn slow(
    local: &Local,
    session: &mut Session,
    out: &mut Vec<u8>,
    seq: Int,
    request: Request<'_>,
) -> bool {
    let done = match &request {
        Request::Mget(keys) => mget(local, session, out, seq, keys).await,
        Request::Commit => commit(session, out, seq).await,
        Request::Sync => sync(local, session, out, seq).await,
        walk => match Walk::of(walk) {
            Some(walk) => scan(local, session, out, seq, request.command(), walk).await,
            None => Ok(()),
        },
    };
    if let Err(failure) = &done {
        ReplyWriter::new(out).error(seq, &failure.to_string());
    }
    done.is_err()
}

async fn mget(
    local: &Local,
    session: &mut Session,
    out: &mut Vec<u8>,
    seq: Int,
    keys: &Keys<'_>,
) -> Result<(), Failure> {
    let mut chunks = Chunks::new(local, session);
    let mut reply = ReplyWriter::new(out).with_bin(session.bin);
    let mut list = reply.list(seq, Command::Mget, keys.len());
    let mut keys = keys.iter();
    loop {
        let some: Vec<&[u8]> = keys.by_ref().take(KEYS).collect();
        if some.is_empty() {
            break;
        }
        chunks.add(local, session, &mut list, &some)?;
        yield_now().await;
    }
    list.finish();
    Ok(())
}

async fn commit(session: &mut Session, out: &mut Vec<u8>, seq: Int) -> Result<(), Failure> {
    let open = session.transaction.take();
    let open = open.ok_or(Failure::NoTransaction(Command::Commit))?;
    let ended = spawn_blocking(move || open.commit()).await;
    let mut reply = ReplyWriter::new(out).with_bin(session.bin);
    match ended {
        Ok(ended) => commit_reply(&mut reply, seq, ended),
        Err(panicked) => Err(Failure::Panicked(panicked)),
    }
}

async fn sync(
    local: &Local,
    session: &Session,
    out: &mut Vec<u8>,
    seq: Int,
) -> Result<(), Failure> {
    let store = local.shared.store.clone();
    let synced = spawn_blocking(move || store.sync()).await;
    synced.map_err(Failure::Panicked)??;
    let mut reply = ReplyWriter::new(out).with_bin(session.bin);
    reply.done(seq, Command::Sync);
    Ok(())
}

async fn scan(
    local: &Local,
    session: &mut Session,
    out: &mut Vec<u8>,
    seq: Int,
    command: Command,
    mut walk: Walk<'_>,
) -> Result<(), Failure> {
    let limit = local.shared.max_reply;
    let mut reply = ReplyWriter::new(out).with_bin(session.bin);
    let mut list = reply.list(seq, command, walk.expected());
    let own = session
        .transaction
        .is_none()
        .then(|| local.shared.store.snapshot());
    if let Some(open) = &mut session.transaction
        && walk.is_reverse()
        && let View::Transaction(transaction) = open.view(true, local.shared.max_transaction)?
    {
        let mut tail = Tail::new();
        while !walk.step_tail(transaction, &mut tail, limit)? {
            yield_now().await;
        }
        while !walk.drain_tail(&mut tail, &mut list, limit)? {
            yield_now().await;
        }
        list.finish();
        return Ok(());
    }
    loop {
        let mut source = match (&own, &mut session.transaction) {
            (Some(snapshot), _) => Source::Snapshot(snapshot),
            (None, Some(open)) => {
                Source::of(open, walk.is_reverse(), local.shared.max_transaction)?
            }
            (None, None) => break,
        };
        if walk.step(&mut source, &mut list, limit)? {
            break;
        }
        yield_now().await;
    }
    list.finish();
    Ok(())
}

impl<'s> Source<'s> {
    /// What a walk in a transaction reads.
    fn of(open: &'s mut Open, reverse: bool, limit: usize) -> Result<Self, Failure> {
        Ok(match open.view(reverse, limit)? {
            View::Snapshot(snapshot) => Self::Snapshot(snapshot),
            View::Transaction(transaction) => Self::Transaction(transaction),
        })
    }
}
