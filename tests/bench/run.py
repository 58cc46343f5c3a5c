"""./dev bench: the budgets beside a no-op server in the same run, as ratios.

  ./dev bench           every budget that can be measured in 8 minutes; growth at a million
  ./dev bench full      growth at five million and a clean build as well (about half an hour)
  ./dev bench profile   where the CPU of an intake goes, its allocations and system calls

Prints tables, writes build/bench.json. Needs wrk; perf if it is there.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import budgets
import growth
import profiling
import waiters
from load import silent_runs
from servers import NOOP, Others, Unmeasured, init_data, make_token, running, serving


class Bench:
    """What the measurements share, and where they put their results."""

    def __init__(self, folder, full, seconds):
        self.folder = folder
        self.full = full
        self.seconds = seconds  # of one run
        self.rounds = 3  # of alternating runs; the median is taken
        self.noop = None
        self.table = []  # (what, measured, target, met)
        self.requests = []  # (name, figures, figures of the no-op)
        self.raw = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def new_data(self, name):
        """A fresh data folder; (folder, dispatcher's token of the labour agency)."""
        data = self.path(name)
        init_data(data)
        return data, make_token(data, "labour")

    def budget(self, what, value, form, target, met):
        """One line of the table; `form` formats the value, `met` None: no target, a figure."""
        self.table.append((what, form.format(value), target, met))
        self.raw[what] = {"measured": value, "target": target, "met": met}
        print(f"  {what}: {form.format(value)}", file=sys.stderr, flush=True)

    def at_least(self, what, value, target, form="{:.2f}"):
        self.budget(what, value, form, "≥ " + form.format(target), value >= target)

    def at_most(self, what, value, target, form="{:.2f}"):
        self.budget(what, value, form, "≤ " + form.format(target), value <= target)

    def figure(self, what, value, form="{:.1f}"):
        self.budget(what, value, form, "", None)

    def failed(self, what, target, reason):
        """A budget that could not be measured is a budget that was not met, with the reason."""
        self.table.append((what, reason, target, False))
        self.raw[what] = {"measured": None, "target": target, "met": False, "reason": reason}
        print(f"  {what}: {reason}", file=sys.stderr, flush=True)


def print_tables(bench):
    words = {True: "yes", False: "**no**", None: ""}
    print("\n| What | measured | target | met? |\n|---|--:|--:|---|")
    for what, measured, target, met in bench.table:
        print(f"| {what} | {measured} | {target} | {words[met]} |")
    print("\n| Request | per second | p50 ms | p99 ms | CPU µs (user + system) | ÷ no-op |\n"
          "|---|--:|--:|--:|--:|--:|")
    for name, real, per_noop in bench.requests:
        share = "" if per_noop is None else f"{per_noop:.2f}"
        print(f"| {name} | {real['per_s']:,.0f} | {real['p50_ms']:.2f} | {real['p99_ms']:.2f} | "
              f"{real['user_us']:.0f} + {real['system_us']:.0f} | {share} |")


def attempt(bench, name, measurement, *arguments):
    """A measurement that fails costs its own lines, not those of the others."""
    try:
        measurement(bench, *arguments)
    except (Unmeasured, subprocess.SubprocessError) as reason:
        bench.failed(name, "", f"not measured: {reason}")


def measure(bench):
    with running([NOOP]) as bench.noop:
        data, token = bench.new_data("main")
        with serving(data) as server:
            for n in (1, 64, 256):
                attempt(bench, f"complaint, {n} connections", budgets.complaints, server, n)
            attempt(bench, "polls", budgets.polls, server, token)
        attempt(bench, "synchronous=FULL", budgets.durability)
        attempt(bench, "group commit", budgets.group_commit)
        attempt(bench, "what a complaint costs", budgets.counts)
    attempt(bench, "waiting dispatchers", waiters.measure)
    attempt(bench, "growth", growth.measure)
    attempt(bench, "kernels", budgets.kernels)
    if bench.full:
        attempt(bench, "clean release build", budgets.clean_build)


def write_json(bench, seconds):
    bench.raw["requests"] = {name: {"real": real, "per_noop": per_noop}
                             for name, real, per_noop in bench.requests}
    bench.raw["took_s"] = seconds
    with open("build/bench.json", "w", encoding="utf-8") as out:
        json.dump(bench.raw, out, indent=1, ensure_ascii=False)


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if mode not in ("", "full", "profile"):
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))  # children end too
    began = time.monotonic()
    # Beside the build, not in /tmp: a memory file system would make fsync free.
    with tempfile.TemporaryDirectory(dir="build", prefix="bench-") as folder:
        bench = Bench(folder, mode == "full", seconds=2)
        others = Others()
        if mode == "profile":
            profiling.profile(bench)
            return
        try:
            measure(bench)
        finally:
            bench.figure("runs without one answer, repeated", len(silent_runs), "{:.0f}")
            bench.figure("CPU that other programs used meanwhile, %", others.percent(), "{:.0f}")
            print_tables(bench)
    write_json(bench, time.monotonic() - began)


if __name__ == "__main__":
    main()
