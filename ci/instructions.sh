#!/usr/bin/env bash
# Instructions a lookup, one of 32 lookups in a batch, an insert and a scanned entry take, counted by callgrind on 8-byte keys; fails where a bound of ci/instructions.txt is passed.
# With --set the bounds are written anew, a tenth above what is counted; with names of maps those are counted alone, without bounds.
# The count is that of two runs that differ by 100,000 operations on a map of 100,000 keys. It repeats to a fraction of an instruction on one machine.
# The bounds are for x86-64 with AVX2; elsewhere the counts are printed and nothing fails. Four seconds, and the build before it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bounds=ci/instructions.txt operations=100000 set= maps=(masstree ferntree) kinds=(lookup batch insert scan)
if [[ ${1:-} == --set ]]; then
    set=yes
elif (($#)); then
    bounds=/dev/null maps=("$@")
fi
[[ -e $bounds ]] || bounds=/dev/null
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind >/dev/null; }
features=()
[[ " ${maps[*]} " == *0[79]* ]] && features=(--features peers)
cargo build --quiet --release -p masstree-bench --example instructions "${features[@]}"
program=${CARGO_TARGET_DIR:-target}/release/examples/instructions
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# count MAP OPERATION COUNT FILE
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$4.log" "$program" "$1" "$2" "$3" || { cat "$4.log"; return 1; }
    awk '/Collected/ { print $NF }' "$4.log" >"$4"
}
export -f count
export program
for map in "${maps[@]}"; do
    echo "$map lookup 0 $scratch/$map-nothing"
    for operation in "${kinds[@]}"; do
        echo "$map $operation $operations $scratch/$map-$operation"
    done
done | xargs -P "$(nproc)" -L 1 bash -c 'count "$@"' count

comparable=yes
[[ $(uname -m) == x86_64 ]] && grep -qw avx2 /proc/cpuinfo || comparable=
failed= counted=
for map in "${maps[@]}"; do
    for operation in "${kinds[@]}"; do
        took=$(awk -v all="$(<"$scratch/$map-$operation")" -v nothing="$(<"$scratch/$map-nothing")" -v n="$operations" 'BEGIN { printf "%.1f", (all - nothing) / n }')
        bound=$(awk -v map="$map" -v operation="$operation" '$1 == map && $2 == operation { print $3 }' "$bounds")
        counted+="$map $operation $(awk -v took="$took" 'BEGIN { printf "%.0f", took * 1.1 + 0.5 }')"$'\n'
        named=${operation/scan/scanned entry}
        line="$map, ${named/batch/batched lookup}: $took instructions${bound:+, bound $bound}"
        if [[ -n $bound && -n $comparable ]] && awk -v took="$took" -v bound="$bound" 'BEGIN { exit !(took > bound) }'; then
            [[ -n $set ]] || line+=": above it" failed=yes
        fi
        echo "$line"
    done
done
if [[ -n $set ]]; then
    { echo '# The most instructions that an operation may take: a tenth above what was counted. ci/instructions.sh compares, ci/instructions.sh --set writes it anew.'; printf %s "$counted"; } >ci/instructions.txt
fi
[[ -z $failed ]] || { echo "instructions: a bound is passed. If it has to be so, ci/instructions.sh --set writes the bounds anew, and the change says why."; exit 1; }
