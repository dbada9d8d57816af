//! Transfers between accounts from many threads, readers that sum all accounts all the while, and a process that is killed in the middle.
//!
//! `cargo run --release --example bank -p masstree-store [-- ROUNDS]`. Each round starts this program again as a child that transfers until it is
//! killed; then the directory is opened, and the sum must be what it always was.

use std::env;
use std::error::Error as StdError;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use masstree_store::{Error, Isolation, Options, Row, Store};

const ACCOUNTS: u64 = 1_000;
const DEPOSIT: u64 = 100;
const TRANSFERRING: usize = 4;

fn amount(row: Option<&Row>) -> u64 {
    let column = row.and_then(|row| row.column(0)).unwrap_or_default();
    column.try_into().map_or(0, u64::from_be_bytes)
}

fn sum(store: &Store) -> Result<u64, Error> {
    let mut total = 0;
    store.snapshot().visit::<&[u8]>(.., |_, row| {
        total += amount(Some(row));
        true
    })?;
    Ok(total)
}

fn transfer(store: &Store, from: u64, to: u64) -> Result<(), Error> {
    let (from, to) = (from.to_be_bytes(), to.to_be_bytes());
    store.transact(Isolation::Serializable, |tx| {
        let source = amount(tx.get(&from)?.as_ref());
        if from == to || source == 0 {
            return Ok(());
        }
        let target = amount(tx.get(&to)?.as_ref());
        tx.replace(&from, &(source - 1).to_be_bytes())?;
        tx.replace(&to, &(target + 1).to_be_bytes())
    })
}

/// Transfers until the process is killed, or for a time.
fn transfers(store: &Store, time: Option<Duration>) -> Result<(u64, u64), Error> {
    let (done, sums) = (AtomicU64::new(0), AtomicU64::new(0));
    let ends = time.map(|time| std::time::Instant::now() + time);
    let goes_on = || ends.is_none_or(|end| std::time::Instant::now() < end);
    let (done, sums, goes_on) = (&done, &sums, &goes_on);
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for seed in 1..=TRANSFERRING as u64 {
            threads.push(scope.spawn(move || {
                let mut state = seed;
                while goes_on() {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    transfer(store, (state >> 20) % ACCOUNTS, (state >> 40) % ACCOUNTS)?;
                    done.fetch_add(1, Relaxed);
                }
                Ok::<_, Error>(())
            }));
        }
        threads.push(scope.spawn(move || {
            while goes_on() {
                assert_eq!(
                    sum(store)?,
                    ACCOUNTS * DEPOSIT,
                    "a snapshot sums up wrongly"
                );
                sums.fetch_add(1, Relaxed);
            }
            Ok(())
        }));
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    Ok((done.load(Relaxed), sums.load(Relaxed)))
}

fn round(directory: &Path, number: u64) -> Result<(), Box<dyn StdError>> {
    let mut child = Command::new(env::current_exe()?)
        .arg("--child")
        .arg(directory)
        .spawn()?;
    thread::sleep(Duration::from_millis(300 + number * 37 % 400));
    child.kill()?;
    child.wait()?;
    let (store, report) = Store::open_with(Options::new(directory), |_| {})?;
    let total = sum(&store)?;
    println!(
        "round {number}: killed, opened in {:?} with {} rows and {} transactions of the log; {total} in all accounts",
        report.duration, report.rows, report.records
    );
    if total != ACCOUNTS * DEPOSIT {
        return Err(format!("{total} instead of {}", ACCOUNTS * DEPOSIT).into());
    }
    if number % 2 == 1 {
        store.checkpoint()?;
    }
    Ok(())
}

fn run() -> Result<(), Box<dyn StdError>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, directory] = &arguments[..]
        && flag == "--child"
    {
        let store = Store::open(Options::new(directory))?;
        transfers(&store, None)?;
        return Ok(());
    }
    let rounds = arguments.first().map_or(Ok(5), |text| text.parse())?;
    let directory = env::temp_dir().join(format!("masstree-bank-{}", std::process::id()));
    let store = Store::open(Options::new(&directory))?;
    for account in 0..ACCOUNTS {
        store.replace(&account.to_be_bytes(), &DEPOSIT.to_be_bytes())?;
    }
    let (done, sums) = transfers(&store, Some(Duration::from_secs(1)))?;
    println!("{done} transfers beside {sums} sums over all {ACCOUNTS} accounts in a second");
    drop(store);
    let result = (0..rounds).try_for_each(|number| round(&directory, number));
    std::fs::remove_dir_all(&directory)?;
    result
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bank: {error}");
            ExitCode::FAILURE
        }
    }
}
