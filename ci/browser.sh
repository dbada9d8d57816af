#!/usr/bin/env bash
# The report of a run in a real browser: its series are there, nothing is loaded, no error. Chromium comes from Debian's package. SCREENSHOTS=DIR keeps the pictures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }
cargo test -p masstree-bench --test load browser -- --ignored
