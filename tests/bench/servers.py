"""Starting and watching the programs under measurement; what /proc and loopback tell of them."""
import contextlib
import ctypes
import http.client
import json
import os
import re
import resource
import signal
import struct
import subprocess
import time
import urllib.parse

BUILD = "build/release"
SAIDUAN = f"{BUILD}/saiduan"
NOOP = f"{BUILD}/tests/bench_noop"
DISK_SHIM = os.path.abspath(f"{BUILD}/tests/libdisk_shim.so")
MALLOC_SHIM = os.path.abspath(f"{BUILD}/tests/libbench_malloc.so")
LISTENS_WITHIN_S = 120
STOPS_WITHIN_S = 60
DESCRIPTORS = 20_000  # 10,000 waiting dispatchers and some air
PR_SET_PDEATHSIG = 1


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def child_setup():
    """Runs in the child: it dies with us, however we die, and may hold many sockets."""
    die_with_parent()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def write_config(path, **sections):
    """The shipped configuration with changes, e.g. storage={"batch_max": 1}, written to `path`."""
    with open("config/saiduan.json", encoding="utf-8") as shipped:
        config = json.load(shipped)
    for name, value in config.items():
        if isinstance(value, str) and os.path.exists(os.path.join("config", value)):
            config[name] = os.path.abspath(os.path.join("config", value))
    for name, changes in sections.items():
        config.setdefault(name, {}).update(changes)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(config, out)


def recovery_file(data):
    return data + ".recovery"


def init_data(data):
    said = subprocess.run([SAIDUAN, "init", "--data", data], check=True, capture_output=True,
                          text=True).stdout
    key = next(line.split()[2] for line in said.splitlines() if line.startswith("recovery key "))
    with open(recovery_file(data), "w", encoding="ascii",
              opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(key + "\n")


def make_token(data, agency, role="dispatcher"):
    """A staff token; no server may run on `data`. The one place that knows how they are made."""
    command = [SAIDUAN, "token", "--data", data, "--agency", agency, "--role", role,
               "--label", "bench", "--recovery-key-file", recovery_file(data)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Unmeasured(Exception):
    """A measurement that means nothing, and why."""


class Running:
    """A program that printed `listening on URL`; `ready_s` after its start."""

    def __init__(self, command, env=None):
        began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, **(env or {})}, preexec_fn=child_setup)
        line = self.process.stdout.readline()
        found = re.search(r"listening on (http://\S+)", line)
        if not found:
            self.process.kill()
            raise Unmeasured(f"{' '.join(command)} did not start: {line!r}")
        self.ready_s = time.monotonic() - began
        self.url = found.group(1)
        self.port = urllib.parse.urlsplit(self.url).port
        self.pid = self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def running(command, env=None):
    server = Running(command, env)
    try:
        yield server
    finally:
        server.stop()


def serving(data, config=None, env=None, wrap=()):
    """`saiduan serve` on free ports; `wrap` is put before it (valgrind)."""
    command = [*wrap, SAIDUAN, "serve", "--data", data, "--port", "0", "--operations-port", "0"]
    return running(command + (["--config", config] if config else []), env)


def shimmed(shim, counter, **settings):
    """Environment that preloads `shim` and lets it count in the file `counter`."""
    return {"LD_PRELOAD": shim, "BENCH_COUNTER": counter, **settings}


def read_counter(path):
    with open(path, "rb") as file:
        return struct.unpack("<Q", file.read(8))[0]


def cpu_ticks(stat_path):
    """(user, system) seconds of a process or thread."""
    with open(stat_path, encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / tick, int(fields[12]) / tick


def is_idle_thread(stat):
    """Whether its policy is SCHED_IDLE: such a thread gets only what nobody else wants."""
    with open(stat, encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[38] == "5"


def cpu_seconds(server):
    """User and system, without the thread that prepares receipts in idle time: it takes whatever is
    left of the machine, load or no load."""
    user, system = cpu_ticks(f"/proc/{server.pid}/stat")
    for task in os.listdir(f"/proc/{server.pid}/task"):
        stat = f"/proc/{server.pid}/task/{task}/stat"
        if is_idle_thread(stat):
            idle_user, idle_system = cpu_ticks(stat)
            user, system = user - idle_user, system - idle_system
    return user, system


def thread_cpu(server):
    """Seconds by thread number; the main thread, which does the I/O, is the first."""
    tasks = f"/proc/{server.pid}/task"
    return {int(t): sum(cpu_ticks(f"{tasks}/{t}/stat")) for t in sorted(os.listdir(tasks), key=int)}


class Others:
    """What the rest of the machine does while we measure: a noisy run must say that it is one."""

    def __init__(self):
        self.began = time.monotonic()
        self.busy, self.own = self.busy_seconds(), self.own_seconds()

    @staticmethod
    def busy_seconds():
        with open("/proc/stat", encoding="utf-8") as stat:
            ticks = [int(n) for n in stat.readline().split()[1:9]]
        idle, waiting_for_disk = ticks[3:5]
        return (sum(ticks) - idle - waiting_for_disk) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def own_seconds():
        return sum(os.times()[:4])  # ours, and of the children that have ended

    def percent(self):
        """Of all processors since the start; every child must have ended."""
        others = self.busy_seconds() - self.busy - (self.own_seconds() - self.own)
        return max(100 * others / (time.monotonic() - self.began) / os.cpu_count(), 0)


def user_memory_kb(server):
    """(RssAnon, VmRSS) in KB."""
    with open(f"/proc/{server.pid}/status", encoding="utf-8") as status:
        text = status.read()
    return tuple(int(re.search(rf"{name}:\s+(\d+) kB", text).group(1))
                 for name in ("RssAnon", "VmRSS"))


def wait_until_quiet(server, within_s=20):
    """Until the server has used no CPU for half a second. Returns whether it came to rest."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        before = sum(cpu_seconds(server))
        time.sleep(0.5)
        if sum(cpu_seconds(server)) - before <= 0.01:  # the sweep ticks on
            return True
    return False


def get(server, path, token):
    """(status, headers, body) of one GET."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def must_get(server, path, token):
    status, headers, body = get(server, path, token)
    if status != 200:
        raise Unmeasured(f"GET {path}: {status} {body[:300]!r}")
    return headers, body
