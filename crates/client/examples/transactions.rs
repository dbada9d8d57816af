//! Transactions: money that moves between accounts, from several threads at once, and never gets lost. `cargo run -p masstree-client --example
//! transactions [HOST:PORT]`, beside a running `masstree serve`.

use masstree_client::blocking::{Client, Commands, Transaction};
use masstree_client::{Begin, Error, Isolation, Options, Query};
use std::thread;

const ACCOUNTS: u64 = 8;
const START: u64 = 100;

fn key(account: u64) -> Vec<u8> {
    format!("bank/{account}").into_bytes()
}

fn balance(from: &impl Commands, account: u64) -> Result<u64, Error> {
    let row = from.get(&key(account))?;
    let text = row.map(|row| String::from_utf8_lossy(row.value()).into_owned());
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

fn transfer(transaction: &Transaction, from: u64, to: u64) -> Result<bool, Error> {
    let (source, target) = (balance(transaction, from)?, balance(transaction, to)?);
    if source == 0 || from == to {
        return Ok(false);
    }
    transaction.replace(&key(from), (source - 1).to_string().as_bytes())?;
    transaction.replace(&key(to), (target + 1).to_string().as_bytes())?;
    Ok(true)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:2117");
    let client = Client::connect(address, Options::default().connections(4))?;
    for account in 0..ACCOUNTS {
        client.replace(&key(account), START.to_string().as_bytes())?;
    }

    thread::scope(|scope| {
        let work = |seed: u64| {
            let client = &client;
            move || -> Result<(), Error> {
                for step in 0..50 {
                    let (from, to) = ((seed + step) % ACCOUNTS, (seed * 3 + step * 5) % ACCOUNTS);
                    let begin = Begin {
                        isolation: Isolation::Serializable,
                        ..Begin::default()
                    };
                    // Again and again while it is in conflict with another thread's.
                    client.transact(begin, |transaction| transfer(transaction, from, to))?;
                }
                Ok(())
            }
        };
        let threads: Vec<_> = (0..4).map(|seed| scope.spawn(work(seed))).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })?;

    // One snapshot of all accounts.
    let snapshot = client.begin(Begin {
        read_only: true,
        ..Begin::default()
    })?;
    let mut sum = 0;
    for account in 0..ACCOUNTS {
        sum += balance(&snapshot, account)?;
    }
    drop(snapshot);
    println!("{sum} in {ACCOUNTS} accounts");
    for entry in client.scan(Query::prefix("bank/")) {
        client.remove(&entry?.key)?;
    }
    if sum != ACCOUNTS * START {
        return Err(format!("{} had been paid in", ACCOUNTS * START).into());
    }
    Ok(())
}
