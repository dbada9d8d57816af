//! The asynchronous client: many tasks on one connection. `cargo run -p masstree-client --example asynchronous [HOST:PORT]`, beside a running
//! `masstree serve`.

use masstree_client::{Client, Commands as _, Options, Query};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:2117");
    let client = Client::connect(address, Options::default()).await?;

    // Each task waits for its own reply; the requests go out together.
    let tasks: Vec<_> = (0..100_u32)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                let key = format!("async/{number:03}");
                client.replace(key.as_bytes(), b"value").await
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }

    let rows = client.get_many(&[b"async/007", b"async/none"]).await?;
    println!("{rows:?}");

    let mut count = 0;
    let mut scan = client.scan(Query::prefix("async/").page(16));
    while let Some(entry) = scan.next().await? {
        client.remove(&entry.key).await?;
        count += 1;
    }
    println!("{count} rows");
    Ok(())
}
