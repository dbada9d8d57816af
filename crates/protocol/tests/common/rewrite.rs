//! Writes again what was read. If the bytes come out the same, reading lost nothing.

use masstree_protocol::{
    Body, Command, Greeting, Int, Miss, Range, Reply, ReplyList, ReplyWriter, Request,
    RequestWriter, Row,
};

/// The bytes of a request.
pub fn request(seq: Int, request: &Request<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut to = RequestWriter::new(&mut out);
    match request {
        Request::Get { key, columns } => to.get(seq, key, &columns.iter().collect::<Vec<_>>()),
        Request::Scan {
            first,
            count,
            columns,
        } => {
            to.scan(seq, first, *count, &columns.iter().collect::<Vec<_>>());
        }
        Request::Put { key, changes } => to.put(seq, key, &changes.iter().collect::<Vec<_>>()),
        Request::Replace { key, value } => to.replace(seq, key, value),
        Request::Remove { key } => to.remove(seq, key),
        Request::Handshake(hello) => to.handshake(seq, hello),
        Request::Begin(transaction) => to.begin(seq, *transaction),
        Request::Mget(keys) => to.mget(seq, &keys.iter().collect::<Vec<_>>()),
        Request::Range(range) => {
            let columns: Vec<_> = range.columns.iter().collect();
            let range = Range {
                from: range.from,
                to: range.to,
                prefix: range.prefix,
                reverse: range.reverse,
                count: range.count,
                columns: &columns[..],
                keys_only: range.keys_only,
            };
            to.range(seq, &range);
        }
        Request::Cas { key, expected, new } => to.cas(seq, key, *expected, *new),
        plain => to.plain(seq, plain.command()),
    }
    out
}

/// The bytes of a reply. What the bytes do not tell is as the server has it by default.
pub fn reply(reply: &Reply<'_>, bin: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut to = ReplyWriter::new(&mut out).with_bin(bin);
    let seq = reply.seq.unwrap_or_else(|| 0_u64.into());
    match reply.body {
        Body::Error(why) => to.error(seq, std::str::from_utf8(why).unwrap()),
        Body::Row(row) => to.columns(seq, row.iter(), row.len()),
        Body::Missing => to.missing(seq, Miss::Code, b"", &Default::default()),
        Body::Scan(list) => each_row(to.list(seq, Command::Scan, 0), list.rows()),
        Body::Range(list) => each_row(to.list(seq, Command::Range, 100), list.rows()),
        Body::Rows(list) => each_row(to.list(seq, Command::Mget, list.len()), list.rows()),
        Body::Written(written) => to.written(seq, Command::Put, written),
        Body::Removed(was_there) => to.removed(seq, was_there),
        Body::CheckpointStarted => to.done(seq, Command::Checkpoint),
        Body::Aborted => to.done(seq, Command::Abort),
        Body::Pong => to.done(seq, Command::Ping),
        Body::Synced => to.done(seq, Command::Sync),
        Body::Welcome {
            max_seq,
            version,
            abilities,
        } => {
            let greeting = match version {
                b"Bag" => Greeting::Mtd {
                    thread: max_seq.as_u64().unwrap(),
                },
                _ => Greeting::Ours,
            };
            to.welcome(seq, greeting, abilities.as_ref());
        }
        Body::Began(snapshot) => to.began(seq, snapshot),
        Body::Committed(commit) => to.committed(seq, commit),
        Body::Conflict(key) => to.conflict(seq, key),
        Body::Swapped => to.swapped(seq),
        Body::Differs(Row::Absent) => to.differs_missing(seq),
        Body::Differs(Row::Plain(value)) => to.differs(seq, 1, [value]),
        Body::Differs(Row::Columns(cells)) => to.differs(seq, cells.len(), cells.iter().flatten()),
        Body::Stats(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (std::str::from_utf8(name).unwrap(), value))
                .collect();
            to.stats(seq, fields.len(), fields);
        }
        ref other => panic!("{other:?}"),
    }
    out
}

fn each_row<'a>(mut list: ReplyList<'_>, rows: impl Iterator<Item = Row<'a>>) {
    for row in rows {
        match row {
            Row::Absent => list.cell(None),
            Row::Plain(value) => list.value(value),
            Row::Columns(cells) => list.cells(cells.len(), cells.iter()),
        }
    }
    list.finish();
}
