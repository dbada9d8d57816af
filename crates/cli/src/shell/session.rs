//! What the shell does with a line: it carries it out on one connection, which a transaction stays on.
//!
//! A lost connection is made anew with the next line. A transaction on it is gone, and the shell says so.

use std::io::Write;
use std::time::Instant;

use anyhow::bail;
use clap::Parser as _;
use clap::error::ErrorKind;
use masstree_client::blocking::{Commands as _, Connection};
use masstree_client::{Begin, Error, Isolation, Request, Swap};
use serde_json::json;

use super::command::{BeginArguments, CasArguments, Command, Line, Switch};
use super::words;
use crate::ask::Ask as _;
use crate::connect;
use crate::escape::{Bytes, escape};
use crate::output::{Found, Output};
use crate::serve::first_line;

/// Whether the shell goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    GoOn,
    Exit,
}

/// A shell's state.
pub struct Session {
    server: connect::Arguments,
    connection: Connection,
    in_transaction: bool,
    timing: bool,
}

impl Session {
    /// Connects.
    pub fn start(server: connect::Arguments, timing: bool) -> anyhow::Result<Self> {
        Ok(Self {
            connection: server.connection()?,
            server,
            in_transaction: false,
            timing,
        })
    }

    /// What stands before the cursor.
    pub fn prompt(&self) -> &'static str {
        if self.in_transaction {
            "masstree (transaction)> "
        } else {
            "masstree> "
        }
    }

    /// Carries out a line and prints what it brings.
    pub fn run(&mut self, line: &str, out: &mut Output<impl Write>) -> anyhow::Result<Next> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(Next::GoOn);
        }
        let words = words::split(line).map_err(anyhow::Error::msg)?;
        let command = match Line::try_parse_from(words) {
            Ok(line) => line.command,
            Err(error) => match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    let text = error.to_string();
                    out.say(text.trim_end(), json!({"help": text}))?;
                    return Ok(Next::GoOn);
                }
                _ => bail!("{}; `help` names the commands", first_line(&error)),
            },
        };
        if matches!(command, Command::Exit) {
            return Ok(Next::Exit);
        }
        if self.connection.is_lost() {
            self.connection = self.server.connection()?;
        }
        let started = Instant::now();
        let outcome = self.carry_out(&command, out);
        if self.connection.is_lost() && std::mem::take(&mut self.in_transaction) {
            return outcome
                .map_err(|error| error.context("the transaction is gone"))
                .map(|_| Next::GoOn);
        }
        outcome?;
        if self.timing {
            let ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
            out.say(format_args!("({ms} ms)"), json!({"ms": ms}))?;
        }
        Ok(Next::GoOn)
    }

    fn carry_out(&mut self, command: &Command, out: &mut Output<impl Write>) -> anyhow::Result<()> {
        let server = &self.connection;
        let found = match command {
            Command::Get(what) => what.ask(server, out)?,
            Command::Put(what) => what.ask(server, out)?,
            Command::Replace(what) => what.ask(server, out)?,
            Command::Remove(what) => {
                // It says itself that there is no such key.
                what.ask(server, out)?;
                Found::Yes
            }
            Command::Scan(what) => what.ask(server, out)?,
            Command::Checkpoint(what) => what.ask(server, out)?,
            Command::Ping(what) => what.ask(server, out)?,
            Command::Stats(what) => what.ask(server, out)?,
            Command::Cas(what) => return cas(server, what, out),
            Command::Begin(what) => return self.begin(what, out),
            Command::Commit => return self.commit(out),
            Command::Abort => return self.abort(out),
            Command::Sync => {
                server.sync()?;
                out.say("synced", json!({"synced": true}))?;
                Found::Yes
            }
            Command::Timing(what) => {
                self.timing = match what.switch {
                    Some(switch) => switch == Switch::On,
                    None => !self.timing,
                };
                Found::Yes
            }
            Command::Exit => Found::Yes,
        };
        if found == Found::No {
            out.say("no such key", json!({"found": false}))?;
        }
        Ok(())
    }

    fn begin(&mut self, what: &BeginArguments, out: &mut Output<impl Write>) -> anyhow::Result<()> {
        let isolation = if what.serializable {
            Isolation::Serializable
        } else {
            Isolation::Snapshot
        };
        let begin = Begin {
            isolation,
            read_only: what.read_only,
        };
        let snapshot = self
            .connection
            .execute(Request::Begin(begin))?
            .into_time()?;
        self.in_transaction = true;
        let text = format_args!("begun at {snapshot}");
        Ok(out.say(text, json!({"snapshot": snapshot}))?)
    }

    fn commit(&mut self, out: &mut Output<impl Write>) -> anyhow::Result<()> {
        let committed = self.connection.execute(Request::Commit);
        if !matches!(committed, Err(Error::Refused { .. })) {
            self.in_transaction = false;
        }
        let at = match committed {
            Ok(response) => response.into_time()?,
            Err(error) if error.is_conflict() => bail!("{error}; nothing is changed, begin again"),
            Err(error) => return Err(error.into()),
        };
        let text = format_args!("committed at {at}");
        Ok(out.say(text, json!({"committed": at}))?)
    }

    fn abort(&mut self, out: &mut Output<impl Write>) -> anyhow::Result<()> {
        self.connection.execute(Request::Abort)?;
        self.in_transaction = false;
        Ok(out.say("aborted", json!({"aborted": true}))?)
    }
}

fn cas(
    server: &Connection,
    what: &CasArguments,
    out: &mut Output<impl Write>,
) -> anyhow::Result<()> {
    let bytes = |value: &Option<Bytes>| value.as_ref().map(|value| value.0.clone());
    let (expected, new) = (bytes(&what.expect), bytes(&what.new));
    let swap = server.compare_and_set(&what.key.0, expected.as_deref(), new.as_deref())?;
    match swap {
        Swap::Done => out.say("done", json!({"done": true}))?,
        Swap::Differs(row) => {
            let columns = row.as_ref().map(|row| {
                let columns = row.columns().map(|column| column.map(escape));
                columns.collect::<Vec<_>>()
            });
            let json = json!({"done": false, "actual": columns});
            let shown = match columns {
                None => "no such key".to_owned(),
                Some(columns) => columns.into_iter().flatten().collect::<Vec<_>>().join("\t"),
            };
            out.say(format_args!("not done, there is: {shown}"), json)?;
        }
    }
    Ok(())
}
