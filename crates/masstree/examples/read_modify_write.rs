//! Atomic updates: counters, first come first served, compare and exchange, from four threads without a lost update.
//!
//! `cargo run -p masstree --example read_modify_write`

use std::thread;

use masstree::{CompareError, InsertError, MassTree, MassTreeInline};

const THREADS: u64 = 4;
const ROUNDS: u64 = 10_000;

fn main() -> Result<(), InsertError> {
    let counters: MassTreeInline<u64> = MassTreeInline::new();
    let owners: MassTree<String> = MassTree::new();

    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|worker| {
                let (counters, owners) = (&counters, &owners);
                scope.spawn(move || work(worker, counters, owners))
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a worker ends"))
    })?;

    for (key, what) in [
        ("update", "fetch_update"),
        ("entry", "entry"),
        ("exchange", "compare_exchange"),
    ] {
        let count = counters.get(key.as_bytes());
        println!("{what}: {} of {}", count.unwrap_or(0), THREADS * ROUNDS);
        assert_eq!(count, Some(THREADS * ROUNDS));
    }
    println!(
        "the job belongs to {}",
        owners.get(b"job").expect("somebody took it")
    );
    Ok(())
}

fn work(
    worker: u64,
    counters: &MassTreeInline<u64>,
    owners: &MassTree<String>,
) -> Result<(), InsertError> {
    let guard = counters.guard();

    // One of the threads inserts; the others get what it inserted. A guard of another map is as good as one of this.
    owners.get_or_insert_with(b"job", || format!("worker {worker}"), &guard)?;

    for _ in 0..ROUNDS {
        // The closure may run again when another thread comes between; one result is stored.
        counters.fetch_update(b"update", |count| Some(count.unwrap_or(0) + 1), &guard)?;

        counters.entry(b"entry", &guard).or_insert(0)?;
        counters.update(b"entry", |count| count + 1, &guard)?;

        // The same by hand, for when the new value takes longer to make than a closure should.
        let mut expected = counters.get_with_guard(b"exchange", &guard);
        let mut next = expected.unwrap_or(0) + 1;
        loop {
            match counters.compare_exchange(b"exchange", expected.as_ref(), Some(next), &guard) {
                Ok(_) => break,
                Err(CompareError::Differs(found)) => {
                    expected = found;
                    next = found.unwrap_or(0) + 1;
                }
                Err(CompareError::Insert(error)) => return Err(error),
            }
        }
    }
    Ok(())
}
