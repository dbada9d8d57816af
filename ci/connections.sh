#!/usr/bin/env bash
# Ten thousand connections at once, a thousand of them silent and a hundred that never read; the others must not notice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ulimit -n "$(ulimit -Hn)"
if [[ $(ulimit -n) != unlimited && $(ulimit -n) -lt 10200 ]]; then
    echo "skipped: $(ulimit -n) descriptors are allowed, 10,200 are needed" >&2
    exit 0
fi
cargo test --release -p masstree-server --test connections -- --ignored --exact --nocapture ten_thousand_connections
