#!/usr/bin/env bash
# Formatting and lints of the whole workspace; then the features of masstree, which the workspace does not switch on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo fmt --all --check
cargo clippy --workspace --all-targets -- -D warnings
cargo clippy -p masstree --all-targets --features rayon,serde,tracing -- -D warnings
cargo clippy -p masstree --features mimalloc -- -D warnings
cargo clippy -p masstree-bench --benches --features store-peers -- -D warnings
