#!/usr/bin/env bash
# Version chains at full size: ten million updates on a thousand keys with and without a held snapshot, the millionth update of one key beside an old
# reader, and scans of a million rows under full write load. For a quiet machine, since the millionth update is timed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export MASSTREE_UPDATES="${MASSTREE_UPDATES:-10000000}" MASSTREE_ROWS="${MASSTREE_ROWS:-1000000}"
cargo test --release -p masstree-store --test chains -- --include-ignored --nocapture --test-threads 1
cargo test --release -p masstree-store --test scans -- --nocapture
