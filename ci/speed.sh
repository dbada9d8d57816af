#!/usr/bin/env bash
# All targets of speed on this machine: ours as ratios to what is measured beside it in the same run, and one line for each target: reached, met or short.
# QUICK=1 takes three to four minutes after the build; all of it some half an hour. For a quiet machine of at least two cores, 16 GB of memory and x86-64 or AArch64.
#
# SIZES (1000000 10000000) are the numbers of keys, the first with all rows, the others with ROWS; ROUNDS (1) is how often everything is measured: the
# median counts, and one round alone may be off by much on a machine that is shared. PATHS names a file of real paths, one a line (plain, .zst, .gz); without it those of Debian's packages beside the project are taken, or half a million of this system. STORE (1000000) and
# DISK (2000000) are the rows of the store. PARTS (maps paths threads store disk server) chooses; what another run left in OUT (target/speed) is taken over.
# ROWS=all ROUNDS=3 is the whole, for a page of results: hours at ten million keys.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -n ${QUICK:-} ]]; then
    : "${SIZES:=100000}" "${STORE:=100000}" "${DISK:=200000}" "${PATH_LINES:=100000}"
fi
sizes=${SIZES:-1000000 10000000} rounds=${ROUNDS:-1} parts=${PARTS:-maps paths threads store disk server}
rows=${ROWS:-get,get-zipf,get-absent,get-many,mixed-90-10,insert,scan100,full,memory}
target=${CARGO_TARGET_DIR:-target} out=${OUT:-${CARGO_TARGET_DIR:-target}/speed}
mkdir -p "$out"
out=$(realpath "$out")
cargo build --quiet --release -p masstree-cli
# One set of features for both, so that they are built once.
bench=(cargo bench --quiet -p masstree-bench --features peers,store-peers)
"${bench[@]}" --no-run --bench store --bench disk
masstree=$target/release/masstree

# part NAME: whether it runs; says so.
part() {
    [[ " $parts " == *" $1 "* ]] || return 1
    echo "-- $1, after $SECONDS s" >&2
}
# maps NAME OPTION…: the maps side by side, into a file. Wrong answers of a peer are in the file; those of ours end the run.
maps() {
    "$masstree" maps --rounds "$rounds" --json "$out/maps-$1.json" "${@:2}" >"$out/maps-$1.txt"
}

if part maps; then
    first=${sizes%% *}
    rm -f "$out"/maps-[0-9]*
    for size in $sizes; do
        only=()
        [[ $size == "$first" || $rows == all ]] || only=(--only "$rows")
        maps "$size" --size "$size" "${only[@]}"
    done
fi
if part paths; then
    given=../shared/data/debian-paths-500k.txt.zst
    [[ -n ${PATHS:-}${PATH_LINES:-} || ! -e $given ]] || PATHS=$given
    paths=${PATHS:-$out/paths.txt}
    # Some directories may not be read, and head may end find early: both are as it should be.
    [[ -n ${PATHS:-} ]] || { find / -xdev 2>/dev/null || true; } | head -n "${PATH_LINES:-500000}" >"$paths"
    maps paths --keys "$paths"
fi
if part threads; then
    maps threads --size "${sizes%% *}" --ops "${sizes%% *}" --maps ours --only wscale,wd1
fi
if part store; then
    # A round takes less than half a minute, and one alone has said 0.6 where five say 1.
    "${bench[@]}" --bench store -- --size "${STORE:-1000000}" --rounds "$((rounds > 5 ? rounds : 5))" --json "$out/store.json" >"$out/store.txt"
fi
if part disk; then
    "${bench[@]}" --bench disk -- --rows "${DISK:-2000000}" --rounds "$rounds" --dir "$out" >"$out/disk.txt"
fi
if part server; then
    ROUNDS=$rounds SECONDS_EACH=${SECONDS_EACH:-3} ci/server-speed.sh >"$out/server.txt"
fi
python3 ci/speed_rows.py "$out"
echo "every ratio: $out/ratios.txt; all took $SECONDS s"
