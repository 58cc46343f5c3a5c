"""Intake, polls, the disk, the pure kernels and the build, each against its budget."""
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import time

from load import BODY, interleave, load, median, perf, ratio
from servers import (BUILD, DISK_SHIM, MALLOC_SHIM, Unmeasured, die_with_parent, init_data,
                     must_get, read_counter, serving, shimmed, thread_cpu, write_config)

COMPLAINTS = "/v1/complaints"
QUEUE = "/v1/queues/labour/cases"
BUILD_WITHIN_S = 1800
SLOWER_FSYNC_US = 2000


def one_row_commits(path, seconds=0.5):
    """{"p50_ms"} of inserting one row durably, with nothing around it."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT) STRICT")
    took = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        db.execute("INSERT INTO row(text) VALUES (?)", (BODY,))
        took.append((time.perf_counter() - began) * 1000)
    db.close()
    return {"p50_ms": statistics.median(took)}


# Least share of the no-op's rate and most p99 in ms, by connections.
INTAKE = {64: (0.20, 5), 256: (0.25, 10)}


def complaints(bench, server, n):
    """Durable complaints beside empty requests; one at a time beside a bare commit."""
    runs = {"noop": lambda: load(bench.noop, "/", n, bench.seconds, body=BODY),
            "real": lambda: load(server, COMPLAINTS, n, bench.seconds, body=BODY)}
    if n == 1:
        runs["row"] = lambda: one_row_commits(bench.path("row.db"))
    got = interleave(bench.rounds, runs)
    share = ratio(got["real"], got["noop"])
    bench.requests.append((f"complaint, {n} connections", median(got["real"]), share))
    bench.requests.append((f"no-op POST, {n} connections", median(got["noop"]), 1.0))
    if n == 1:
        bench.figure("bare one-row commit, p50 ms", median(got["row"])["p50_ms"], "{:.3f}")
        bench.at_most("complaint p50 ÷ one-row commit, 1 connection",
                      ratio(got["real"], got["row"], "p50_ms"), 2)
        return
    least, p99 = INTAKE[n]
    bench.at_least(f"complaint ÷ no-op, {n} connections", share, least)
    bench.at_most(f"complaint CPU ÷ no-op's, {n} connections",
                  ratio(got["real"], got["noop"], "cpu_us"), 7, "{:.1f}")
    bench.at_most(f"complaint p99 ms, {n} connections", median(got["real"])["p99_ms"], p99,
                  "{:.1f}")


def polls(bench, server, token):
    auth = [f"Authorization: Bearer {token}"]
    headers, _ = must_get(server, QUEUE, token)
    fresh = [*auth, f"If-None-Match: {headers['ETag']}"]
    got = interleave(bench.rounds, {
        "noop": lambda: load(bench.noop, "/", 64, bench.seconds),
        "same": lambda: load(server, QUEUE, 64, bench.seconds, fresh),
        "full": lambda: load(server, QUEUE, 64, bench.seconds, auth)})
    for name, what, least in (("same", "poll, nothing new", 0.9), ("full", "poll, 20 cases", 0.7)):
        share = ratio(got[name], got["noop"])
        bench.requests.append((f"{what}, 64 connections", median(got[name]), share))
        bench.at_least(f"{what} ÷ no-op GET, 64 connections", share, least)
    bench.requests.append(("no-op GET, 64 connections", median(got["noop"]), 1.0))


def shim_must_count(counter, what):
    syncs = read_counter(counter)
    if syncs == 0:
        raise Unmeasured(f"{what}: the disk shim saw no call, so it measured nothing")
    return syncs


def durability(bench):
    """What waiting for the disk costs, beside a server whose fsync returns at once."""
    counter = bench.path("none.count")
    for name in ("full", "off"):
        init_data(bench.path(name))
    off_env = shimmed(DISK_SHIM, counter, DISK_SYNC="none")
    with serving(bench.path("full")) as full, serving(bench.path("off"), env=off_env) as off:
        for n in (64, 256):
            got = interleave(bench.rounds, {
                "full": lambda n=n: load(full, COMPLAINTS, n, bench.seconds, body=BODY),
                "off": lambda n=n: load(off, COMPLAINTS, n, bench.seconds, body=BODY)})
            bench.at_least(f"synchronous=FULL ÷ fsync does nothing, {n} connections",
                           ratio(got["full"], got["off"]), 0.8)
    shim_must_count(counter, "synchronous=FULL ÷ OFF")


def group_commit(bench):
    """What it saves on a disk with a slower fsync, beside a transaction for each complaint."""
    counters = {name: bench.path(f"{name}.count") for name in ("group", "single")}
    envs = {name: shimmed(DISK_SHIM, counter, DISK_SYNC=str(SLOWER_FSYNC_US))
            for name, counter in counters.items()}
    one_each = bench.path("one_each.json")
    write_config(one_each, storage={"batch_max": 1})
    for name in counters:
        init_data(bench.path(name))
    with serving(bench.path("group"), env=envs["group"]) as group, \
         serving(bench.path("single"), one_each, envs["single"]) as single:
        got = interleave(bench.rounds, {
            "group": lambda: load(group, COMPLAINTS, 256, bench.seconds, body=BODY),
            "single": lambda: load(single, COMPLAINTS, 256, bench.seconds, body=BODY)})
    filed = {name: sum(r["requests"] for r in runs) for name, runs in got.items()}
    syncs = {name: shim_must_count(counter, name) for name, counter in counters.items()}
    if syncs["single"] < 0.9 * filed["single"]:
        raise Unmeasured("batch_max 1 shared transactions: the divisor is not what it says")
    bench.at_least("fsync 2 ms slower: ÷ one transaction per complaint, 256 connections",
                   ratio(got["group"], got["single"]), 40, "{:.0f}")
    bench.figure("complaints per fsync, 256 connections, fsync 2 ms slower",
                 filed["group"] / syncs["group"])
    bench.requests.append(("complaint, 256, fsync 2 ms slower", median(got["group"]), None))


def count_syscalls(server, seconds):
    """Starts counting the server's system calls; the count is the first field of its stderr."""
    return subprocess.Popen(
        ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p", str(server.pid),
         "--", "sleep", str(seconds)],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, preexec_fn=die_with_parent)


def counts(bench):
    """Heap allocations, system calls and CPU by thread of one complaint at 64 connections."""
    counter = bench.path("malloc.count")
    init_data(bench.path("counted"))
    with serving(bench.path("counted"), env=shimmed(MALLOC_SHIM, counter)) as server:
        load(server, COMPLAINTS, 64, 1, body=BODY)
        before = read_counter(counter)
        run = load(server, COMPLAINTS, 64, bench.seconds, body=BODY)
        bench.figure("heap allocations per complaint",
                     (read_counter(counter) - before) / run["requests"])
    with serving(bench.path("counted")) as server:
        before = thread_cpu(server)
        run = load(server, COMPLAINTS, 64, bench.seconds, body=BODY)
        spent = {t: s - before.get(t, 0) for t, s in thread_cpu(server).items()}
        for rank, seconds in enumerate(sorted(spent.values(), reverse=True)[:2]):
            bench.figure(("busiest", "second busiest")[rank] + " thread, CPU µs per complaint",
                         seconds * 1e6 / run["requests"])
        if not perf():
            return
        watch = count_syscalls(server, bench.seconds + 2)
        time.sleep(0.5)
        run = load(server, COMPLAINTS, 64, bench.seconds, body=BODY)
        bench.figure("system calls per complaint",
                     int(watch.communicate(timeout=60)[1].split(",")[0]) / run["requests"])


def kernels(bench):
    out = subprocess.run([f"{BUILD}/tests/bench_kernels"], check=True, capture_output=True,
                         text=True, timeout=300, preexec_fn=die_with_parent).stdout
    got = json.loads(out)
    bench.at_least("triage, narratives a second, one core", got["triage_per_s"], 100_000, "{:,.0f}")
    bench.at_least("locate, points a second, one core", got["locate_per_s"], 1_000_000, "{:,.0f}")


def clean_build(bench):
    """As ./dev build does it, without the compiler cache."""
    folder = os.path.abspath("build/bench-clean")
    shutil.rmtree(folder, ignore_errors=True)
    env = {**os.environ, "CCACHE_DISABLE": "1"}
    try:
        began = time.monotonic()
        configure = ["cmake", "--preset", "release", "-B", folder]
        for command in (configure, ["cmake", "--build", folder]):
            subprocess.run(command, check=True, capture_output=True, env=env,
                           timeout=BUILD_WITHIN_S, preexec_fn=die_with_parent)
        bench.at_most("clean release build, minutes", (time.monotonic() - began) / 60, 6, "{:.1f}")
    except subprocess.TimeoutExpired:
        bench.failed("clean release build, minutes", "≤ 6", "over 30")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
