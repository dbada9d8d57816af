//! The map in one page: insert, read, scan, remove, from several threads.
//!
//! `cargo run -p masstree --example quick_start`

use std::thread;

use masstree::{InsertError, MassTree, RangeBound};

fn main() -> Result<(), InsertError> {
    let map: MassTree<String> = MassTree::new();

    // Without a guard an operation takes its own, and what it returns is yours to keep.
    map.insert(b"capital/france", "Paris".to_string())?;
    let before = map.insert(b"capital/japan", "Kyoto".to_string())?;
    assert!(before.is_none());
    let before = map.insert(b"capital/japan", "Tokyo".to_string())?;
    assert_eq!(before.as_deref().map(String::as_str), Some("Kyoto"));

    // Several threads write at once; each takes one guard for all that it does.
    thread::scope(|scope| {
        for worker in 0..4 {
            let map = &map;
            scope.spawn(move || {
                let guard = map.guard();
                for i in 0..1_000 {
                    let key = format!("number/{:05}", i * 4 + worker);
                    let value = format!("written by {worker}");
                    if let Err(error) = map.insert_with_guard(key.as_bytes(), value, &guard) {
                        eprintln!("{key}: {error}");
                    }
                }
            });
        }
    });
    println!("{} entries", map.len());

    // Under a guard values are borrowed, not counted.
    let guard = map.guard();
    println!(
        "capital of France: {:?}",
        map.get_ref(b"capital/france", &guard)
    );

    // In order: by prefix, by range from either end, by visitor.
    map.scan_prefix(
        b"capital/",
        |key, value| {
            println!("{} = {value}", key.escape_ascii());
            true
        },
        &guard,
    );
    let last = map
        .range(
            RangeBound::Included(b"number/"),
            RangeBound::Unbounded,
            &guard,
        )
        .rev()
        .take(2);
    for entry in last {
        println!("{} = {}", entry.key().escape_ascii(), entry.value());
    }

    let removed = map.remove_range(
        RangeBound::Included(b"number/"),
        RangeBound::Excluded(b"number0"),
        &guard,
    );
    println!("{removed} removed, {} left", map.len());
    Ok(())
}
