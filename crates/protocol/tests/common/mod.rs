//! What several tests need: messages of every kind, and short ways to read one.
#![allow(dead_code, reason = "each test uses some of it")]

pub mod rewrite;

use masstree_protocol::{
    Abilities, Command, Greeting, Hello, Int, Isolation, Limits, Malformed, Range, RefusalKind,
    ReplyWriter, RequestDecoder, RequestWriter, Scalar, Step, Transaction, Written,
};

/// An integer.
pub fn int(value: i64) -> Int {
    value.into()
}

/// A decoder behind a handshake that asked for the extensions.
pub fn greeted() -> RequestDecoder {
    greeted_with(Limits::default())
}

/// The same with other limits.
pub fn greeted_with(limits: Limits) -> RequestDecoder {
    let mut decoder = RequestDecoder::new(limits);
    decoder.accept(&Hello {
        proto: 2,
        ..Hello::default()
    });
    decoder
}

/// What a server answers before it carries anything out: the error for a refused message, nothing for a right or incomplete one; and
/// whether the connection goes on.
pub fn answer(decoder: &mut RequestDecoder, bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut reply = ReplyWriter::new(&mut out);
    let goes_on = match decoder.decode(bytes) {
        Ok(Step::Refused { seq, refusal, used }) => {
            assert!(used <= bytes.len());
            reply.refuse(seq, &refusal);
            !refusal.closes()
        }
        Ok(Step::Request { used, .. }) => {
            assert!(used <= bytes.len());
            true
        }
        Ok(Step::Partial { .. }) => true,
        Err(malformed) => {
            reply.malformed(&malformed);
            false
        }
    };
    (out, goes_on)
}

/// The error of bytes that are no message.
pub fn malformed(bytes: &[u8]) -> Malformed {
    match greeted().decode(bytes) {
        Err(malformed) => malformed,
        Ok(step) => panic!("{bytes:02x?} gave {step:?}"),
    }
}

/// The reason why a request is refused, with the connection going on and `seq` 7 in the answer.
pub fn refused_by(decoder: &mut RequestDecoder, bytes: &[u8]) -> RefusalKind {
    match decoder.decode(bytes) {
        Ok(Step::Refused { used, seq, refusal }) => {
            assert_eq!((used, seq), (bytes.len(), int(7)));
            assert!(!refusal.closes(), "{refusal}");
            let (answer, _) = answer(&mut decoder.clone(), bytes);
            assert!(answer.starts_with(b"\x93\x07\xff"), "{answer:02x?}");
            let after = decoder.decode(b"\x93\x06\x02\xa2k1");
            assert!(matches!(after, Ok(Step::Request { .. })));
            refusal.kind
        }
        other => panic!("{bytes:02x?} gave {other:?}"),
    }
}

/// A message of each kind that clients send; the first is a handshake.
pub fn requests() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut add = |write: &dyn Fn(&mut RequestWriter<'_>)| {
        let mut out = Vec::new();
        write(&mut RequestWriter::new(&mut out));
        all.push(out);
    };
    let hello = Hello {
        core: Some(int(-1)),
        max_key_len: Some(255),
        proto: 2,
        bin: true,
        auth: Some(b"token"),
    };
    add(&|to| to.handshake(int(0), &hello));
    add(&|to| to.get(int(1), b"k1", &[]));
    add(&|to| to.get(int(300), b"k1", &[0, 5, 200]));
    add(&|to| to.scan(int(70_000), b"s2", 2, &[]));
    add(&|to| to.scan(int(-40), b"", u64::MAX, &[1, 0]));
    add(&|to| to.put(int(i64::MIN), b"p1", &[(2, b"c2"), (0, &[0; 300])]));
    add(&|to| to.replace(u64::MAX.into(), b"k1", &[7; 70_000]));
    add(&|to| to.remove(int(10), b"e1"));
    add(&|to| to.begin(int(11), Transaction::default()));
    let transaction = Transaction {
        isolation: Isolation::Serializable,
        read_only: true,
    };
    add(&|to| to.begin(int(12), transaction));
    add(&|to| to.mget(int(13), &["a", "b", ""]));
    let range = Range {
        from: Some(&b"a"[..]),
        to: Some(b"z"),
        prefix: Some(b"p"),
        reverse: true,
        count: Some(1000),
        columns: &[3, 1][..],
        keys_only: true,
    };
    add(&|to| to.range(int(14), &range));
    add(&|to| to.range(int(15), &Range::default()));
    add(&|to| to.cas(int(16), b"k", Some(b"old"), None));
    add(&|to| to.cas(int(17), b"k", None, Some(b"new")));
    for command in [
        Command::Checkpoint,
        Command::Commit,
        Command::Abort,
        Command::Stats,
        Command::Ping,
        Command::Sync,
    ] {
        add(&|to| to.plain(int(18), command));
    }
    all
}

/// A message of each kind that servers send.
pub fn replies() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut add = |write: &dyn Fn(&mut ReplyWriter<'_>)| {
        for bin in [false, true] {
            let mut out = Vec::new();
            write(&mut ReplyWriter::new(&mut out).with_bin(bin));
            all.push(out);
        }
    };
    let abilities = Abilities::new(&Hello::default(), &Limits::default(), true);
    add(&|to| to.welcome(int(0), Greeting::Ours, None));
    add(&|to| to.welcome(int(0), Greeting::Mtd { thread: 3 }, Some(&abilities)));
    add(&|to| to.value(int(1), b"world!"));
    add(&|to| to.value(int(1), &[1; 70_000]));
    add(&|to| to.columns(int(2), [Some(&b"a"[..]), None, Some(b"")], 3));
    add(&|to| {
        to.missing(
            int(3),
            masstree_protocol::Miss::Code,
            b"",
            &Default::default(),
        )
    });
    add(&|to| {
        to.missing(
            int(3),
            masstree_protocol::Miss::Empty,
            b"",
            &Default::default(),
        )
    });
    add(&|to| to.written(int(4), Command::Put, Written::Inserted));
    add(&|to| to.written(int(4), Command::Replace, Written::Updated));
    add(&|to| to.removed(int(5), true));
    add(&|to| to.began(int(6), 1 << 40));
    add(&|to| to.committed(int(7), 9));
    add(&|to| to.conflict(int(8), b"key"));
    add(&|to| to.swapped(int(9)));
    add(&|to| to.differs_missing(int(9)));
    add(&|to| to.differs(int(9), 2, [&b"a"[..], b"b"]));
    add(&|to| {
        to.stats(
            int(10),
            2,
            [("n", Scalar::Int(int(-5))), ("x", Scalar::Float(0.5))],
        )
    });
    add(&|to| to.error(int(11), "no"));
    add(&|to| to.malformed(&malformed(b"\xc1")));
    for command in [
        Command::Checkpoint,
        Command::Abort,
        Command::Ping,
        Command::Sync,
    ] {
        add(&|to| to.done(int(12), command));
    }
    for command in [Command::Scan, Command::Range] {
        add(&|to| {
            let mut list = to.list(int(13), command, 6);
            list.key(b"a");
            list.value(b"1");
            list.key(b"b");
            list.row(3, [&b"1"[..], b"2", b"3"]);
            list.key(b"c");
            list.cells(2, [None, Some(&b"x"[..])]);
            list.finish();
        });
    }
    add(&|to| {
        let mut list = to.list(int(14), Command::Mget, 2);
        list.cell(None);
        list.row(1, [&b"v"[..]]);
        list.finish();
    });
    all
}
