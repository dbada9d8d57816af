#!/usr/bin/env bash
# The concurrent tests under AddressSanitizer with LeakSanitizer. Needs nothing but the stable toolchain: its runtime has the sanitizers, and
# RUSTC_BOOTSTRAP lets it take the flag. Documentation tests do not link, so they are left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Zsanitizer=address -Cforce-frame-pointers=yes"
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/asan"
target=$(rustc -vV | sed -n 's/^host: //p')

cargo test --target "$target" -p optimistic -p masstree-testkit --lib --tests
cargo test --target "$target" -p masstree --lib --test stress --test linearizable --test promises --test regressions --test panicking_drops
cargo test --target "$target" -p masstree-store --lib --test chains --test contention --test scans --test transactions --test versions
cargo test --target "$target" --manifest-path crates/ferntree/Cargo.toml --lib --test stress --test drops --test regressions --test either_tree --test near
echo "asan: clean, no leak"
