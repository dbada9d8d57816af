//! Transfers between accounts: begin, two reads, two writes, commit. All accounts together always hold the same.

use rand::RngExt;

use super::desk::{Books, OPENING};
use super::generator::{Generator, unmeasured};
use super::lane::Lane;
use super::pending::{Pending, Step, Transfer};
use crate::load::target::Request;

/// Of so many transfers of a connection one is preceded by a look at all accounts.
const AUDIT: u64 = 64;

impl Generator {
    /// Sends the first half of a transfer, and now and then looks at all accounts before.
    pub(super) fn transfer(&mut self, lane: &mut Lane, mut pending: Pending, books: &mut Books) {
        if self.begun.is_multiple_of(AUDIT) {
            self.audit(lane, pending.sent, books);
        }
        self.begun += 1;
        let accounts = self.group.accounts;
        let from = self.transfers.random_range(0..accounts);
        let to = (from + self.transfers.random_range(1..accounts)) % accounts;
        lane.desk.transfer = Transfer {
            from,
            to,
            amount: self.transfers.random_range(1..=OPENING / 10),
            ..Transfer::default()
        };
        lane.desk.exclusive = true;
        pending.step = Step::Begin;
        lane.send(pending.clone(), &Request::Begin, books);
        for (second, account) in [(false, from), (true, to)] {
            self.account(account);
            pending.step = Step::Balance { second };
            let request = Request::Get {
                key: &self.key,
                columns: &[],
            };
            lane.send(pending.clone(), &request, books);
        }
    }

    /// Asks for all accounts of one snapshot.
    pub(super) fn audit(&mut self, lane: &mut Lane, now: u64, books: &mut Books) {
        let prefix = &self.group.account_prefix;
        let keys: Vec<Vec<u8>> = (0..self.group.accounts)
            .map(|number| format!("{prefix}{number}").into_bytes())
            .collect();
        lane.send(
            unmeasured(Step::Audit, 0, now),
            &Request::Mget { keys: &keys },
            books,
        );
    }

    /// Puts the key of an account into the buffer.
    fn account(&mut self, number: u64) {
        self.key.clear();
        self.key
            .extend_from_slice(self.group.account_prefix.as_bytes());
        self.key.extend_from_slice(number.to_string().as_bytes());
    }

    /// Sends the second half of a transfer: both accounts and the commit.
    pub(super) fn finish(
        &mut self,
        lane: &mut Lane,
        mut pending: Pending,
        (from, to): (i64, i64),
        books: &mut Books,
    ) {
        let transfer = lane.desk.transfer;
        let moves = [
            (transfer.from, from - transfer.amount),
            (transfer.to, to + transfer.amount),
        ];
        for (account, balance) in moves {
            self.account(account);
            pending.step = Step::Move;
            let value = balance.to_string();
            let request = Request::Set {
                key: &self.key,
                value: value.as_bytes(),
            };
            lane.send(pending.clone(), &request, books);
        }
        pending.step = Step::Commit;
        lane.desk.exclusive = false;
        lane.send(pending, &Request::Commit, books);
    }

    /// Sends the opening of an account.
    pub(super) fn open_account(
        &mut self,
        lane: &mut Lane,
        number: u64,
        now: u64,
        books: &mut Books,
    ) {
        self.account(number);
        let value = OPENING.to_string();
        let request = Request::Set {
            key: &self.key,
            value: value.as_bytes(),
        };
        lane.send(unmeasured(Step::Load, number, now), &request, books);
    }
}
