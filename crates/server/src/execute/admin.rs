//! HANDSHAKE, STATS and CHECKPOINT.

use masstree_protocol::{Abilities, Greeting, Hello, Int, Refusal, Scalar};

use super::failure::Failure;
use super::slice::{Executor, Next};
use crate::checkpoints::Checkpoints;
use crate::metrics::fields;

impl Executor<'_> {
    pub fn handshake<'a>(&mut self, seq: Int, hello: &Hello<'_>) -> Next<'a> {
        let shared = &*self.local.shared;
        if let Some(token) = &shared.auth_token
            && !hello.auth.is_some_and(|given| token.is(given))
        {
            self.refuse(seq, &Refusal::BAD_TOKEN);
            return Next::Close;
        }
        self.session.decoder.accept(hello);
        self.session.bin = hello.bin;
        let greeting = if shared.compat_mtd {
            Greeting::Mtd {
                thread: self.local.index as u64,
            }
        } else {
            Greeting::Ours
        };
        let abilities = hello
            .wants_extensions()
            .then(|| Abilities::new(hello, &shared.limits, shared.is_durable()));
        self.reply().welcome(seq, greeting, abilities.as_ref());
        Next::GoOn
    }

    pub fn stats(&mut self, seq: Int) -> Result<(), Failure> {
        let fields = fields(&self.local.shared);
        let told = fields.iter().map(|field| {
            let whole = field.value.fract() == 0.0 && field.value.abs() < 9e15;
            let value = if whole {
                Scalar::Int((field.value as i64).into())
            } else {
                Scalar::Float(field.value)
            };
            (field.name, value)
        });
        let told: Vec<_> = told.collect();
        self.reply().stats(seq, told.len(), told);
        Ok(())
    }

    pub fn checkpoint(&mut self, seq: Int) -> Result<(), Failure> {
        Checkpoints::start(&self.local.shared);
        self.reply()
            .done(seq, masstree_protocol::Command::Checkpoint);
        Ok(())
    }
}
