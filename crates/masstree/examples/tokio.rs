//! The map in async code: no operation waits for input or output, so tasks call it directly; guards stay between awaits.
//!
//! `cargo run -p masstree --example tokio`

use std::error::Error;
use std::sync::Arc;

use masstree::{Entry, MassTree, RangeBound};

type Sessions = MassTree<String>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sessions: Arc<Sessions> = Arc::new(MassTree::new());

    let tasks: Vec<_> = (0..100_u32)
        .map(|user| tokio::spawn(log_in(Arc::clone(&sessions), user)))
        .collect();
    for task in tasks {
        task.await??;
    }

    // Long work, such as a scan of everything, goes to a thread where it keeps no other task waiting.
    let map = Arc::clone(&sessions);
    let found = tokio::task::spawn_blocking(move || {
        let guard = map.guard();
        let is_greeted = |value: &&String| value.ends_with("greeted");
        map.values(&guard).filter(is_greeted).count()
    })
    .await?;
    println!("{found} of {} sessions greeted", sessions.len());

    // To keep the place in a long scan across awaits, keep the last key, not the guard.
    let mut after: Option<Vec<u8>> = None;
    let mut pages = 0;
    while let Some(last) = page(&sessions, after.as_deref(), 30) {
        after = Some(last);
        pages += 1;
        tokio::task::yield_now().await;
    }
    println!("read in {pages} pages");
    Ok(())
}

/// Two writes with an await between them.
async fn log_in(sessions: Arc<Sessions>, user: u32) -> Result<(), masstree::InsertError> {
    let key = format!("session/{user:03}");
    // Each call takes a guard of its own and gives it back before the await.
    sessions.insert(key.as_bytes(), "new".to_string())?;
    tokio::task::yield_now().await;

    // One guard for several calls: a block, which ends before the next await.
    {
        let guard = sessions.guard();
        sessions.update(key.as_bytes(), |state| format!("{state}, greeted"), &guard)?;
        if let Some(state) = sessions.get_ref(key.as_bytes(), &guard) {
            debug_assert_eq!(state, "new, greeted");
        }
    }
    tokio::task::yield_now().await;
    Ok(())
}

/// Reads up to `limit` entries behind `after`; the key of the last of them, if there was one.
fn page(sessions: &Sessions, after: Option<&[u8]>, limit: usize) -> Option<Vec<u8>> {
    let guard = sessions.guard();
    let start = after.map_or(RangeBound::Unbounded, RangeBound::Excluded);
    let entries = sessions.range(start, RangeBound::Unbounded, &guard);
    entries.take(limit).last().map(Entry::into_key)
}
