//! The blocking client: single commands, many requests in flight, a scan. `cargo run -p masstree-client --example blocking [HOST:PORT]`, beside a
//! running `masstree serve`.

use masstree_client::blocking::{Client, Commands as _, Connection};
use masstree_client::{Options, Query, Request};

fn main() -> Result<(), masstree_client::Error> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:2117");

    let client = Client::connect(address, Options::default())?;
    println!("{:?}", client.replace(b"blocking/ada", b"1815")?);
    println!(
        "{:?}",
        client.put(b"blocking/grace", &[(0, b"1906"), (1, b"admiral")])?
    );
    println!("{:?}", client.get(b"blocking/grace")?);

    // One thread, a thousand requests in flight.
    let keys: Vec<String> = (0..1000)
        .map(|key| format!("blocking/key/{key:04}"))
        .collect();
    let requests = keys.iter().map(|key| Request::Replace {
        key: key.as_bytes(),
        value: b"value",
    });
    let mut connection = Connection::connect(address, &Options::default())?;
    let mut acknowledged = 0;
    connection.pipeline().run(requests, 1000, |_, response| {
        acknowledged += u32::from(response.is_ok());
    })?;
    println!("{acknowledged} acknowledged");

    // Any number of rows, fetched as the iterator goes.
    let mut count = 0;
    for entry in client.scan(Query::prefix("blocking/").reverse()) {
        client.remove(&entry?.key)?;
        count += 1;
    }
    println!("{count} rows");
    Ok(())
}
