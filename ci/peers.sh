# To be sourced: installs and builds what is missing, and starts our server, Redis and memcached, each with one working thread, all on the first core.
# Redis and memcached come from Debian's packages. Sets `scratch`, a directory for results, and gives `run` and `table`.

servers=(ours redis memcached)
declare -A targets=([ours]=masstree://127.0.0.1:7378 [redis]=redis://127.0.0.1:7379 [memcached]=memcached://127.0.0.1:7380)

# need COMMAND PACKAGE
need() {
    command -v "$1" >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null; }
}
need redis-server redis-server
need memcached memcached
need taskset util-linux
need python3 python3
cargo build --quiet --release -p masstree-cli
masstree=${CARGO_TARGET_DIR:-target}/release/masstree
scratch=$(mktemp -d)
pids=()
finish() {
    kill "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
    rm -rf "$scratch"
}
trap finish EXIT

# serve PORT COMMAND...: starts a server on the first core and waits until it accepts.
serve() {
    local port=$1 tries
    shift
    taskset -c 0 "$@" >"$scratch/$port.log" 2>&1 &
    pids+=($!)
    for ((tries = 0; tries < 100; tries++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        sleep 0.1
    done
    echo "nothing listens on port $port:" >&2
    cat "$scratch/$port.log" >&2
    exit 1
}
serve 7378 "$masstree" serve --listen 127.0.0.1:7378 --threads 1 --log warn
serve 7379 redis-server --port 7379 --save '' --appendonly no
serve 7380 memcached -p 7380 -u root -l 127.0.0.1 -t 1 -m 2048

# run SERVER NAME ROUND FILE...: one measurement from the second core, into $scratch/SERVER-NAME-ROUND.json.
run() {
    local result="$scratch/$1-$2-$3"
    taskset -c 1 "$masstree" bench "${@:4}" --target "${targets[$1]}" --json "$result.json" >"$result.log" 2>&1 && return
    echo "$1, $2, round $3:" >&2
    cat "$result.log" >&2
    exit 1
}

# table ROUNDS NAME...: medians of all rounds as a table; with JSON=FILE, all rounds as they are in that file too. A server without results cannot do it.
table() {
    python3 - "$scratch" "${JSON:-}" "$@" <<'PYTHON'
import json, os, statistics, sys
scratch, kept, rounds, names = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
servers = ("ours", "redis", "memcached")
rows = (("thousand a second", lambda run: run["achieved"] / 1e3),
        ("p50, µs", lambda run: run["total"]["latency"]["p50"] / 1e3),
        ("p99, µs", lambda run: run["total"]["latency"]["p99"] / 1e3),
        ("how busy the generator was", lambda run: run["busy"]))
def of(server, name):
    path = lambda number: f"{scratch}/{server}-{name}-{number + 1}.json"
    return [json.load(open(path(number)))["runs"][0]["groups"][0] for number in range(rounds) if os.path.exists(path(number))]
kept_rows = []
print("| workload | what | ours | Redis | memcached | ours / memcached | ours / Redis |\n|---|---|---|---|---|---|---|")
for name in names:
    runs = {server: of(server, name) for server in servers}
    for what, pick in rows:
        medians = [statistics.median(map(pick, runs[server])) if runs[server] else None for server in servers]
        cells = [f"{median:.2f}" if median is not None else "cannot" for median in medians]
        ratios = [f"{medians[0] / peer:.2f}" if peer else "" for peer in (medians[2], medians[1])]
        if what.startswith("how"):
            ratios = ["", ""]
        print("| " + " | ".join([name, what, *cells, *ratios]) + " |")
    for server in servers:
        for number, run in enumerate(runs[server]):
            values = {what: round(pick(run), 3) for what, pick in rows}
            kept_rows.append({"workload": name, "server": server, "round": number + 1, **values})
if kept:
    with open(kept, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in kept_rows) + "\n]\n")
PYTHON
}
