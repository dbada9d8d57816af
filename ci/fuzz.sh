#!/usr/bin/env bash
# Runs each fuzz target for a number of seconds, 60 if none is given, under AddressSanitizer. Needs a nightly toolchain.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds="${1:-60}"
cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked
if ! rustup toolchain list | grep -q '^nightly'; then
    echo "fuzz.sh: a nightly toolchain is needed: rustup toolchain install nightly --profile minimal" >&2
    exit 1
fi
for target in fuzz/fuzz_targets/*.rs; do
    target="$(basename "$target" .rs)"
    echo "-- $target, $seconds s"
    # Long inputs, so that nodes split: a decision is a byte or two, an operation some ten of them.
    cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -max_len=8192 -len_control=2 -timeout=60 -rss_limit_mb=4096
done
