"""Reads what ci/speed.sh measured and prints a line for each target: what is asked, what was reached, met or short.

A target is met if each of its ratios is at least what is asked. Ratios are oriented so that more is better. `ratios.txt` in the same folder
gets every one of them.
"""

import json
import pathlib
import statistics
import sys

FOLDER = pathlib.Path(sys.argv[1])
BYTES_ONLY_8 = {"congee"}  # takes no other keys than those of 8 bytes


class Target:
    """A row: a name, what is asked, and the ratios with what each must be."""

    def __init__(self, name, asked):
        self.name, self.asked, self.found = name, asked, []

    def add(self, label, ratio, least):
        if ratio is not None:
            self.found.append((label, ratio, least))

    def line(self, without="not measured here"):
        if not self.found:
            return f"| {self.name} | {self.asked} | | {without} |"
        short = [found for found in self.found if found[1] < found[2]]
        worst = min(self.found, key=lambda found: found[1] / found[2])
        best = max(self.found, key=lambda found: found[1] / found[2])
        reached = f"{worst[1]:.2f} ({worst[0]})"
        if best is not worst:
            reached += f" to {best[1]:.2f} ({best[0]})"
        verdict = "met" if not short else "short" if len(short) == len(self.found) else f"short in {len(short)} of {len(self.found)}"
        return f"| {self.name} | {self.asked} | {reached} | {verdict} |"


class Maps:
    """One file of `masstree maps`."""

    def __init__(self, path):
        report = json.loads(path.read_text())
        self.rows = {row["id"]: row for row in report["rows"]}
        self.threads = report["threads"]
        self.peers = [column["id"] for column in report["columns"] if not column["ours"] and not column["limit"]]
        name = path.stem.removeprefix("maps-")
        self.label = f"{int(name) / 1e6:g} M keys" if name.isdigit() else "real paths"

    def value(self, row, contestant, threads):
        """The median of a cell, or none where an answer was wrong."""
        for cell in self.rows.get(row, {}).get("cells", []):
            if (cell["map"], cell["threads"]) == (contestant, threads) and not cell["wrong"] and not cell["note"]:
                return cell["median"]
        return None

    def ratio(self, row, ours, peer, threads):
        """How many times as good as the peer."""
        ours, peer = self.value(row, ours, threads), self.value(row, peer, threads)
        if not ours or not peer:
            return None
        return ours / peer if self.rows[row]["unit"] == "million-per-second" else peer / ours

    def best_peer(self, row, ours, threads, without=frozenset()):
        """The ratio to the best of all peers, and its name."""
        ratios = [(self.ratio(row, ours, peer, threads), peer) for peer in self.peers if peer not in without]
        return min((found for found in ratios if found[0]), default=(None, ""))

    def each(self, *tasks):
        """The rows of tasks on all kinds of keys, with their numbers of threads and a label."""
        endings = ("", "-16", "-32", "-url")
        for row in (task + ending for task in tasks for ending in endings if task + ending in self.rows):
            for threads in self.threads:
                yield row, threads, f"{row}, {self.label}, {threads} thr."


LOOKUPS = ("get", "get-absent")
INSERTS = ("insert", "insert-asc", "insert-desc", "churn")
MIXED = ("mixed-90-10", "mixed-50-50", "get-zipf", "hot")
SCANS = ("scan100", "scan100-keys", "scan100-rev", "full", "full-keys", "full-rev")


def against_peers(maps, name, tasks, times, without=frozenset()):
    """So many times masstree 0.9.5, and above every other peer."""
    name = f"{name}, {maps.label}"
    own = Target(name, f"{times:g} x masstree 0.9.5")
    others = Target(name, "above every " + ("peer that takes any bytes" if without else "other peer"))
    for row, threads, label in maps.each(*tasks):
        own.add(label, maps.ratio(row, "ours", "masstree095", threads), times)
        ratio, peer = maps.best_peer(row, "ours", threads, without)
        others.add(f"{label}, {peer}", ratio, 1)
    return [own, others]


def batches(maps):
    """Lookups in batches of 32."""
    name = f"get_many of 32, {maps.label}"
    own, limit = Target(name, "5 x masstree 0.9.5's get"), Target(name, "half of the interleaved sorted array")
    for row, threads, label in maps.each("get-many"):
        ours, single = maps.value(row, "ours", threads), maps.value(row.replace("get-many", "get"), "masstree095", threads)
        own.add(label, ours / single if ours and single else None, 5)
        limit.add(label, maps.ratio(row, "ours", "array", threads), 0.5)
    return [own] + [limit] * bool(limit.found)


def map_targets(files):
    """The rows of the map of bytes, row by row and in each of them file by file."""
    kinds = (lambda maps: against_peers(maps, "get", LOOKUPS, 2), batches,
             lambda maps: against_peers(maps, "insert, churn", INSERTS, 2, BYTES_ONLY_8),
             lambda maps: against_peers(maps, "mixed, zipf, hot key", MIXED, 1.5), walks)
    return [target for kind in kinds for maps in files for target in kind(maps)] + space_and_tail(files)


def walks(maps):
    """Scans of 100 and of everything."""
    scans = Target(f"scans, {maps.label}", "above ferntree 0.7")
    for row, threads, label in maps.each(*SCANS):
        scans.add(label, maps.ratio(row, "ours", "ferntree07", threads), 1)
    return [scans]


def space_and_tail(files):
    """Memory, and the slowest inserts."""
    tail = Target("p99.9 of an insert", "below every peer")
    memory = [Target("memory, 8-byte keys", "at most 1.2 x the BTreeMap"), Target("memory, URLs and paths", "no more than the BTreeMap"),
              Target("memory, pairs that share 120 bytes", "400 bytes a key"), Target("memory, an empty map", "4 KiB")]
    for maps in files:
        ratio, peer = maps.best_peer("tail", "ours", max(maps.threads))
        tail.add(f"{maps.label}, {peer}", ratio, 1)
        first = maps.threads[0]
        paths = maps.label == "real paths"
        memory[1 if paths else 0].add(maps.label, maps.ratio("memory", "ours", "rwlock", first), 1 if paths else 1 / 1.2)
        memory[1].add(f"URLs, {maps.label}", maps.ratio("memory-url", "ours", "rwlock", first), 1)
        for target, row, most in ((memory[2], "memory-pairs", 400), (memory[3], "memory-empty", 4096)):
            bytes_ = maps.value(row, "ours", first)
            target.add(f"{bytes_:.0f} bytes, {maps.label}" if bytes_ else "", most / bytes_ if bytes_ else None, 1)
    return [*memory, tail]


def scaling(files, writers):
    """What the second core gives, beside what it gives a sorted array, which only waits for memory."""
    reads = Target("threads: reads", "all cores give 0.9 of what they give a sorted array")
    writes = Target("threads: writers on distinct keys", "all cores give 0.9 of what they give a sorted array")
    for maps in files:
        one, all_ = maps.threads[0], maps.threads[-1]
        gain = lambda source, row, who: (lambda a, b: b / a if a and b else None)(source.value(row, who, one), source.value(row, who, all_))
        limit = gain(maps, "get", "array")
        if one == all_ or not limit:
            continue
        for row in ("get", "get-absent", "get-zipf"):
            ours, array = gain(maps, row, "ours"), gain(maps, row, "array") or limit
            reads.add(f"{row}, {maps.label}", ours and ours / array, 0.9)
        ours = gain(maps, "insert", "ours")
        writes.add(f"insert, {maps.label}", ours and ours / limit, 0.9)
        for row in ("wscale", "wd1") if writers and maps is files[0] else ():
            ours = gain(writers, row, "ours")
            writes.add({"wscale": "random", "wd1": "own ascending ranges"}[row], ours and ours / limit, 0.9)
    return [reads, writes]


def ferntree(files):
    quick = Target("ferntree: lookups, inserts, mixed", "1.5 x ferntree 0.7")
    scans = Target("ferntree: scans", "no slower than ferntree 0.7")
    strings = Target("ferntree with strings", "no slower than a BTreeMap on one thread")
    larger = Target("ferntree with strings", "no larger than a BTreeMap")
    for maps in files:
        for row, threads, label in maps.each(*LOOKUPS, *INSERTS, *MIXED):
            quick.add(label, maps.ratio(row, "ferntree", "ferntree07", threads), 1.5)
        for row, threads, label in maps.each(*SCANS):
            scans.add(label, maps.ratio(row, "ferntree", "ferntree07", threads), 1)
        for row, threads, label in maps.each(*LOOKUPS, *INSERTS, *MIXED, *SCANS):
            if threads == 1 and (row.endswith(("-16", "-32", "-url")) or maps.label == "real paths"):
                strings.add(label, maps.ratio(row, "ferntree", "rwlock", 1), 1)
        for row in ("memory-url", "memory-pairs") + (("memory",) if maps.label == "real paths" else ()):
            larger.add(f"{row}, {maps.label}", maps.ratio(row, "ferntree", "rwlock", maps.threads[0]), 1)
    return [quick, scans, strings, larger]


def store(path):
    peer, memory, bare = (Target("store in memory", "3 x surrealmx"), Target("store, bytes a pair", "a third of surrealmx"),
                          Target("store, get and replace", "0.7 x the bare map"))
    if path.exists():
        report = json.loads(path.read_text())
        index = {name: i for i, name in enumerate(report["contestants"])}
        for row in report["rows"]:
            samples = row["samples"]
            label = f"{row['title']}, {row['threads']} thr."

            def ratio(other):
                # Round by round: those who take turns meet the same neighbours.
                ratios = [ours / theirs for ours, theirs in zip(samples[index["store"]], samples[index[other]])]
                return statistics.median(ratios) if ratios else None

            peer.add(label, ratio("surrealmx"), 3)
            if row["title"] in ("get", "set, keys that are there"):
                bare.add(label, ratio("map"), 0.7)
        sizes = dict(report["bytes_a_pair"])
        memory.add(f"{sizes['store']:.0f} bytes", sizes["surrealmx"] / sizes["store"], 3)
    return [peer, memory, bare]


def table(path):
    """The rows of a Markdown table that a program has printed, by the names of its columns."""
    lines = path.read_text().splitlines() if path.exists() else []
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("|")]
    return [dict(zip(cells[0], row)) for row in cells[2:]]


def decimal(text):
    """A number, or none."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def disk(path):
    interval, always = Target("durability interval", "0.8 x none"), Target("durability always", "a plain file's syncs, times the group")
    disk_, tail = Target("checkpoint and recovery", "half of a plain file's bandwidth"), Target("p99 during a checkpoint", "at most 2 x")
    for row in table(path):
        what, ratio = row["what"], decimal(row["ratio"])
        if ratio is None:
            continue
        label = what.split(":")[0].split(", beside")[0]
        if ", interval" in what and "beside none" in what:
            interval.add(label.removeprefix("replace, interval, "), ratio, 0.8)
        elif what.startswith("always"):
            group = float(what.split(" commits each")[0].split()[-1])
            always.add(label, ratio / group, 1)
        elif what.startswith("p99"):
            tail.add("quiet beside during", 1 / ratio if ratio else None, 0.5)
        elif what.startswith(("checkpoint", "recovery", "replay")):
            disk_.add(label, ratio, 0.5)
    return [interval, always, disk_, tail]


def server(path):
    rate, tail = Target("server, pipeline 32", "2 x Redis 7"), Target("server, p99", "no worse than Redis 7")
    for row in table(path):
        ours, peer = decimal(row["ours"]), decimal(row["Redis"])
        if not ours or not peer:
            continue
        if row["what"] == "thousand a second":
            rate.add(next(iter(row.values())), ours / peer, 2)
        elif row["what"].startswith("p99"):
            tail.add(next(iter(row.values())), peer / ours, 1)
    return [rate, tail]


def main():
    sizes = sorted(FOLDER.glob("maps-[0-9]*.json"), key=lambda path: int(path.stem.removeprefix("maps-")))
    named = {name: Maps(FOLDER / f"maps-{name}.json") for name in ("paths", "threads") if (FOLDER / f"maps-{name}.json").exists()}
    files = [Maps(path) for path in sizes]
    with_paths = files + ([named["paths"]] if "paths" in named else [])
    targets = map_targets(with_paths) + scaling(files, named.get("threads")) + ferntree(with_paths)
    targets += store(FOLDER / "store.json") + disk(FOLDER / "disk.txt") + server(FOLDER / "server.txt")
    print("| row | target | reached: least to most, each at worst and best beside what is asked | |\n|---|---|---|---|")
    for target in targets:
        print(target.line())
    print(Target("server, recovery of 2 million keys", "the C++ server's").line("not measured: that server is no part of a clone"))
    with (FOLDER / "ratios.txt").open("w") as out:
        for target in targets:
            for label, ratio, least in target.found:
                verdict = "met" if ratio >= least else "short"
                print(f"{target.name}: {target.asked}: {label}: {ratio:.2f} of {least:.2f}: {verdict}", file=out)


main()
