"""10,000 waiting dispatchers: their memory, and how fast news reaches them."""
import re
import subprocess

from load import BODY
from servers import (BUILD, child_setup, make_token, must_get, serving, user_memory_kb,
                     wait_until_quiet, write_config)

WAITERS = 10_000
ENDS_WITHIN_S = 90


class Waiting:
    """The client: `groups` are (count, agency, token); the first group's news is timed."""

    def __init__(self, bench, server, groups):
        command = [f"{BUILD}/tests/bench_waiters", str(server.port), bench.path("complaint.json")]
        for count, agency, token in groups:
            target = f"/v1/queues/{agency}/cases"
            headers, _ = must_get(server, target, token)
            command += [str(count), target, headers["ETag"], token]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, preexec_fn=child_setup)

    def all_wait(self):
        return self.process.stdout.readline().startswith("waiting")

    def file_and_hear(self):
        """(heard, of, p50, p99, max) in ms after the 201, or the client's complaint as text."""
        out, err = self.process.communicate("go\n", timeout=ENDS_WITHIN_S)
        found = re.search(r"heard (\d+) of (\d+) (\S+) (\S+) (\S+)", out)
        return tuple(map(float, found.groups())) if found else err.strip()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def hear(bench, server, groups, what):
    """Lets the groups wait, takes the memory of each, files one complaint, notes the times."""
    before = user_memory_kb(server)
    waiting = Waiting(bench, server, groups)
    try:
        if not waiting.all_wait():
            return bench.failed(what, "≤ 20", waiting.process.communicate()[1].strip())
        if not wait_until_quiet(server):
            return bench.failed(what, "≤ 20", "the server does not come to rest")
        count = sum(n for n, _, _ in groups)
        memory = [(a - b) / count for a, b in zip(user_memory_kb(server), before)]
        got = waiting.file_and_hear()
    finally:
        waiting.end()
    if isinstance(got, str):
        return bench.failed(what, "≤ 20", got)
    heard, of, p50, p99, last = got
    if heard < of:
        return bench.failed(what, "≤ 20", f"only {heard:.0f} of {of:.0f} heard within 20 s")
    bench.at_most(what, p99, 20, "{:.1f}")
    bench.raw[what] |= {"p50_ms": p50, "max_ms": last}
    bench.figure(what.replace("p99", "p50"), p50)
    return memory


def measure(bench):
    config = bench.path("waiters.json")
    # Four fifths of the places may wait (gateway/watch.hpp).
    write_config(config, server={"connections_max": WAITERS * 5 // 4 + 1000})
    data, labour = bench.new_data("waiters")
    police = make_token(data, "police")
    with open(bench.path("complaint.json"), "w", encoding="utf-8") as out:
        out.write(BODY)
    with serving(data, config) as server:
        for token, agency in ((labour, "labour"), (police, "police")):
            must_get(server, f"/v1/queues/{agency}/cases", token)
        memory = hear(bench, server, [(WAITERS, "labour", labour)],
                      "news to 10,000 waiting on one queue, p99 ms after the 201")
        if memory:
            bench.at_most("user memory per waiting dispatcher, KB (RssAnon)", memory[0], 4)
            bench.figure("  resident memory per waiting dispatcher, KB (VmRSS)", memory[1])
    # Memory once touched stays with the process: a second server, for what the first would hide.
    with serving(data, config) as server:
        hear(bench, server, [(100, "labour", labour), (WAITERS - 100, "police", police)],
             "news to 100 of 10,000 waiting, p99 ms after the 201")
