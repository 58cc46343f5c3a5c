"""Load by wrk: rates, percentiles, the server's CPU; runs that alternate."""
import json
import os
import re
import statistics
import subprocess
import tempfile

from servers import Unmeasured, cpu_seconds, die_with_parent

BODY = json.dumps({
    "text": "นายจ้างไม่จ่ายค่าแรงสามเดือนแล้ว ทำงานที่โรงงานวันละ 14 ชั่วโมง โทร 081 234 5678",
    "location": {"latitude": 13.5475, "longitude": 100.2744, "accuracy_m": 30}},
    ensure_ascii=False)

# On a machine that others keep busy a run may pass without one answer: tried again, and told.
TRIES = 3
silent_runs = []

DONE = """
done = function(s, l)
    io.write(string.format("RESULT %d %d %.3f %.3f %d %d %d\\n", s.requests, s.duration,
        l:percentile(50) / 1000, l:percentile(99) / 1000, s.errors.status,
        s.errors.connect + s.errors.read + s.errors.write, s.errors.timeout))
end
"""

# Files a pool of complaints in turn, and stops after the first LAST answers.
FILE_POOL = """
local pool, sent = %s, 0
local head = {["Content-Type"] = "application/json"}
request = function()
    sent = sent + 1
    if sent == %d then -- the thread stops, but wrk would sleep on until its time is over
        wrk.thread:stop()
        os.execute("p=$PPID; (sleep 0.2; kill -INT $p) &") -- deaf to it until this has returned
    end
    return wrk.format("POST", nil, head, pool[sent %% #pool + 1])
end
"""

# Claims each case once, and times it here: wrk itself always runs its full duration.
CLAIM = """
local ffi = require("ffi")
ffi.cdef[[ typedef struct { long s, ns; } bench_time; int clock_gettime(int, bench_time*); ]]
local t = ffi.new("bench_time")
local function now()
    ffi.C.clock_gettime(1, t)
    return tonumber(t.s) + tonumber(t.ns) * 1e-9
end
local cases = %s
sent, first, last = 0, 0, 0
request = function()
    sent = sent + 1
    last = now()
    if sent == 2 then first = last end -- wrk calls once before it starts
    if sent >= #cases then wrk.thread:stop() end
    local case = cases[math.min(sent, #cases)]
    return wrk.format("POST", "/v1/cases/" .. case[1] .. "/claim",
        {["Authorization"] = "Bearer %s", ["If-Match"] = '"v' .. case[2] .. '"'})
end
local threads = {}
setup = function(thread) table.insert(threads, thread) end
done = function(s, l)
    local t = threads[1]
    io.write(string.format("CLAIMED %%d %%.6f %%d\\n", t:get("sent"),
        t:get("last") - t:get("first"), s.errors.status))
end
"""


def lua_text(text):
    """A Lua long string; complaints hold no ]==]."""
    return f"[==[{text}]==]"


def wrk(url, connections, seconds, script, headers=()):
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        flags = [f for h in headers for f in ("-H", h)]
        return subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s",
             "-s", file.name, *flags, url],
            capture_output=True, text=True, check=True, preexec_fn=die_with_parent,
            timeout=seconds + 60).stdout


def load(server, path, connections, seconds, headers=(), body=None, script=""):
    """One run: requests a second, p50 and p99 in ms, the server's CPU in µs a request."""
    if body is not None:
        script = ('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                  f"wrk.body = {lua_text(body)}\n")
    for _ in range(TRIES):
        before = cpu_seconds(server)
        out = wrk(server.url + path, connections, seconds, script + DONE, headers)
        after = cpu_seconds(server)
        found = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)", out)
        requests, us, p50, p99, refused, broken, late = map(float, found.groups())
        if requests or refused or broken or late:
            break
        silent_runs.append(f"{path}, {connections} connections")
    if refused or broken or late or not requests:
        raise Unmeasured(f"{path}, {connections} connections: {requests:.0f} answers, "
                         f"{refused:.0f} refused, {broken:.0f} broken, {late:.0f} late")
    user, system = (1e6 * (b - a) / requests for a, b in zip(before, after))
    return {"requests": requests, "per_s": requests / us * 1e6, "p50_ms": p50, "p99_ms": p99,
            "user_us": user, "system_us": system, "cpu_us": user + system}


def file_pool(server, complaints, count, seconds):
    """Files about `count` complaints, for at most `seconds`. Returns how many were answered."""
    pool = "{" + ",".join(map(lua_text, complaints)) + "}"
    return int(load(server, "/v1/complaints", 64, seconds,
                    script=FILE_POOL % (pool, count))["requests"])


def claim(server, cases, token, seconds):
    """Claims a second over (id, version) pairs, 64 at once, for at most `seconds`."""
    listed = "{" + ",".join(f'{{"{i}",{v}}}' for i, v in cases) + "}"
    out = wrk(server.url, 64, seconds, CLAIM % (listed, token))
    sent, took, refused = map(float, re.search(r"CLAIMED (\S+) (\S+) (\S+)", out).groups())
    if refused:
        raise Unmeasured(f"{refused:.0f} of {sent:.0f} claims were refused")
    return max(sent - 64, 1) / took  # those in flight at the end have no answer yet


def interleave(rounds, runs):
    """Runs the named measurements in turn, `rounds` times: the machine drifts, so neighbours in
    time are compared. Returns {name: [result of each round]}."""
    results = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return results


def median(results):
    """The median of each figure of several runs."""
    return {key: statistics.median(r[key] for r in results) for key in results[0]}


def ratio(above, below, key="per_s"):
    """The median of the ratios of neighbouring runs."""
    pairs = zip((r[key] for r in above), (r[key] for r in below))
    return statistics.median(a / max(b, 1e-9) for a, b in pairs)


def narratives():
    """The test narratives as complaints, each somewhere in Thailand."""
    out = []
    with open("tests/data/narratives.jsonl", encoding="utf-8") as file:
        for n, line in enumerate(file):
            out.append(json.dumps(
                {"text": json.loads(line)["text"],
                 "location": {"latitude": 13.0 + n * 37 % 60 / 10,
                              "longitude": 99.5 + n * 53 % 40 / 10, "accuracy_m": 50}},
                ensure_ascii=False))
    return out


def perf():
    """Whether Linux's perf may be used here; it is an extra, not a need."""
    tried = ["perf", "stat", "-e", "raw_syscalls:sys_enter", "true"]
    try:
        return subprocess.run(tried, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(at, f)) for at, _, fs in os.walk(folder) for f in fs)
