"""Where the CPU of an intake goes: functions by library, allocations and system calls."""
import collections
import os
import re
import shutil
import subprocess
import sys
import time

import budgets
from load import BODY, FILE_POOL, load, lua_text, perf, wrk
from servers import init_data, die_with_parent, serving

FUNCTIONS = 25
SECONDS = 8
REQUESTS_UNDER_VALGRIND = 2000
NAME_MAX = 90
NESTING_MAX = 20  # of template arguments


def by_perf(bench):
    """[(share in %, library, function)] sampled while 64 connections file complaints."""
    samples = bench.path("perf.data")
    init_data(bench.path("profile"))
    with serving(bench.path("profile")) as server:
        load(server, "/v1/complaints", 64, 1, body=BODY)
        with subprocess.Popen(
                ["perf", "record", "-q", "-F", "1999", "-o", samples, "-p", str(server.pid),
                 "--", "sleep", str(SECONDS)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                preexec_fn=die_with_parent) as recorder:
            time.sleep(0.5)
            run = load(server, "/v1/complaints", 64, SECONDS - 1, body=BODY)
            recorder.wait(60)
        calls = subprocess.Popen(
            ["perf", "trace", "-s", "-p", str(server.pid), "--", "sleep", "2"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=die_with_parent)
        traced = load(server, "/v1/complaints", 64, 2, body=BODY)
        summary = calls.communicate(timeout=60)[1]
    out = subprocess.run(
        ["perf", "report", "-i", samples, "--stdio", "--sort", "dso,symbol", "-t", "\t",
         "--percent-limit", "0.01"], capture_output=True, text=True, check=True,
        timeout=300).stdout
    rows = re.findall(r"^ *([\d.]+)% *\t(\S+) *\t\[.\] ([^\t\n]+)", out, re.M)
    if not rows:
        sys.exit(f"perf report says nothing understood here:\n{out[:2000]}")
    print(f"{run['per_s']:,.0f} complaints a second at 64 connections, "
          f"{run['user_us']:.0f} µs user + {run['system_us']:.0f} µs system each\n")
    return [(float(share), library, name.strip()) for share, library, name in rows], \
        syscall_table(summary, traced["requests"])


def syscall_table(summary, requests):
    """{name: calls per complaint} of perf trace's summary, all threads together."""
    calls = collections.Counter()
    for name, n in re.findall(r"^\s+(\w+)\s+(\d+)\s+\d+\s+[\d.]+", summary, re.M):
        calls[name] += int(n)
    return {name: n / requests for name, n in calls.most_common(8)}


def by_valgrind(bench):
    """The same from callgrind, which counts instructions, on a fixed number of complaints."""
    trace = bench.path("callgrind.out")
    init_data(bench.path("profile"))
    wrap = ["valgrind", "--tool=callgrind", "-q", f"--callgrind-out-file={trace}"]
    with serving(bench.path("profile"), wrap=wrap) as server:
        script = FILE_POOL % ("{" + lua_text(BODY) + "}", REQUESTS_UNDER_VALGRIND)
        wrk(server.url + "/v1/complaints", 8, 60, script)
    out = subprocess.run(["callgrind_annotate", trace], capture_output=True, text=True,
                         check=True, timeout=300).stdout
    rows = re.findall(r"^\s*[\d,]+ \(\s*([\d.]+)%\)\s+\S*?:(.+?) \[(\S+)\]$", out, re.M)
    if not rows:
        sys.exit(f"callgrind_annotate says nothing understood here:\n{out[:2000]}")
    print(f"instructions of {REQUESTS_UNDER_VALGRIND} complaints and the start, by callgrind\n")
    return [(float(share), os.path.basename(library), name) for share, name, library in rows], {}


def plain(name):
    """Without template and function arguments, which hide what the function is."""
    for _ in range(NESTING_MAX):
        shorter = re.sub(r"(?<!operator)(?<!operator<)<[^<>]*>", "", name)
        if shorter == name:
            break
        name = shorter
    return re.sub(r"\[abi:\w+\]|json_abi_\w+::|std::__cxx11::", "", name)


def print_functions(sampled):
    libraries, functions = collections.Counter(), collections.Counter()
    for share, library, name in sampled:
        libraries[library] += share
        functions[library, plain(name)] += share
    rows = [(share, library, name) for (library, name), share in functions.items()]
    print("| Library | share |\n|---|--:|")
    for library, share in libraries.most_common(12):
        print(f"| {library} | {share:.1f} % |")
    print(f"\nThe top {FUNCTIONS} functions by their own time, grouped by library:")
    top = sorted(rows, reverse=True)[:FUNCTIONS]
    for library, _ in libraries.most_common():
        own = [(share, name) for share, of, name in top if of == library]
        if own:
            print(f"\n{library}")
        for share, name in own:
            print(f"  {share:5.1f} %  {name[:NAME_MAX]}")


def profile(bench):
    if perf():
        rows, calls = by_perf(bench)
    elif shutil.which("valgrind"):
        rows, calls = by_valgrind(bench)
    else:
        sys.exit("./dev bench profile needs perf (package linux-perf) or valgrind")
    print_functions(rows)
    if calls:
        print("\nSystem calls per complaint: " +
              ", ".join(f"{name} {n:.2f}" for name, n in calls.items()))
    budgets.counts(bench)
    print("\n| Figure | measured |\n|---|--:|")
    for what, measured, _, _ in bench.table:
        print(f"| {what} | {measured} |")
