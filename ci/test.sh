#!/usr/bin/env bash
# All tests; then what the libraries have behind features, and their examples, run to their end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo test --workspace
cargo test -p masstree --features rayon,serde,tracing --lib
cargo test -p masstree --features rayon,serde,tracing --doc
for example in quick_start read_modify_write rayon tokio tracing_jsonl; do
    echo "-- example $example"
    cargo run --quiet -p masstree --features rayon,serde,tracing --example "$example"
done
echo "-- ferntree with its features"
cargo test --manifest-path crates/ferntree/Cargo.toml --features bytes,test-utils
echo "-- example bank"
cargo run --quiet -p masstree-store --example bank -- 2
