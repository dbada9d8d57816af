#!/usr/bin/env bash
# Runs the clients' examples, those in Rust and the one in Python, against a server of their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
server=
finish() {
    [[ -z "$server" ]] || kill "$server" 2>/dev/null || true
    rm -rf "$scratch"
}
trap finish EXIT

python=python3
if ! python3 -c 'import msgpack' 2>/dev/null; then
    echo "-- installing msgpack"
    # Where the system's Python has no venv, pip can still install into a folder.
    if python3 -m venv "$scratch/venv" 2>/dev/null; then
        python="$scratch/venv/bin/python"
        "$python" -m pip install --quiet --disable-pip-version-check msgpack
    else
        python3 -m pip install --quiet --disable-pip-version-check --target "$scratch/packages" msgpack
        export PYTHONPATH="$scratch/packages"
    fi
fi

cargo build --quiet -p masstree-cli
cargo build --quiet -p masstree-client --examples
target=${CARGO_TARGET_DIR:-target}/debug

"$target/masstree" serve --listen 127.0.0.1:0 --log warn "$scratch/data" >"$scratch/out" &
server=$!
for _ in {1..100}; do
    address=$(sed -n 's/^listening on //p' "$scratch/out")
    [[ -z "$address" ]] || break
    sleep 0.1
done
[[ -n "$address" ]] || { echo "the server did not start"; exit 1; }

for example in blocking asynchronous transactions; do
    echo "-- example $example"
    "$target/examples/$example" "$address"
done
echo "-- example python"
"$python" examples/python/client.py "$address"

left=$("$target/masstree" scan --connect "$address" | wc -l)
[[ "$left" == 0 ]] || { echo "the examples left $left rows"; exit 1; }
kill -TERM "$server"
wait "$server"
server=
echo "-- the server ended in order"
