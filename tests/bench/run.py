"""./dev bench: the budgets beside a no-op server in the same run, as ratios.

Needs wrk. Writes build/bench.json and a table to standard output. Arguments: seconds per run.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
BUILD = "build/release"
BODY = json.dumps({
    "text": "นายจ้างไม่จ่ายค่าแรงสามเดือนแล้ว ทำงานที่โรงงานวันละ 14 ชั่วโมง โทร 081 234 5678",
    "location": {"latitude": 13.5475, "longitude": 100.2744, "accuracy_m": 30}})


def start(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, re.search(r"http://\S+", process.stdout.readline()).group()


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(process, url, connections, headers=(), body=None):
    """One wrk run: requests a second, p50 and p99 in ms, CPU µs of the server a request."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if body is not None:
            script.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                         f"wrk.body = {json.dumps(body, ensure_ascii=False)}\n")
        script.write('done = function(s, l) io.write(string.format("RESULT %d %d %.3f %.3f %d\\n", '
                     "s.requests, s.duration, l:percentile(50) / 1000, l:percentile(99) / 1000, "
                     "s.errors.status))\nend\n")
        script.flush()
        flags = [f for h in headers for f in ("-H", h)]
        before = cpu_seconds(process)
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", script.name, *flags, url],
                             capture_output=True, text=True, check=True).stdout
        cpu = cpu_seconds(process) - before
    requests, us, p50, p99, errors = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\S+)", out).groups()
    return {"per_s": int(requests) / int(us) * 1e6, "p50_ms": float(p50), "p99_ms": float(p99),
            "cpu_us": cpu / max(int(requests), 1) * 1e6, "errors": int(errors)}


def main():
    rows, result = [], {"seconds": SECONDS}
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        subprocess.run([f"{BUILD}/saiduan", "init", "--data", data], check=True, stdout=subprocess.DEVNULL)
        token = subprocess.run([f"{BUILD}/saiduan", "token", "--data", data, "--agency", "labour", "--role",
                                "dispatcher", "--label", "bench"], check=True, capture_output=True, text=True).stdout.strip()
        noop, noop_url = start([f"{BUILD}/tests/bench_noop"])
        server, url = start([f"{BUILD}/saiduan", "serve", "--data", data, "--port", "0", "--operations-port", "0"])
        try:
            for n in (1, 64, 256):
                base = load(noop, noop_url + "/", n, body=BODY)
                real = load(server, url + "/v1/complaints", n, body=BODY)
                rows.append((f"complaint, {n} connections", real, base))
            auth = [f"Authorization: Bearer {token}"]
            queue = url + "/v1/queues/labour/cases"
            head = subprocess.run(["curl", "-si", "-H", auth[0], queue], capture_output=True, text=True, check=True).stdout
            etag = re.search(r"ETag: (\S+)", head).group(1)
            base = load(noop, noop_url + "/", 64)
            rows.append(("poll, nothing new, 64", load(server, queue, 64, [*auth, f"If-None-Match: {etag}"]), base))
            rows.append(("poll, 20 cases, 64", load(server, queue, 64, auth), base))
        finally:
            server.send_signal(signal.SIGTERM)
            noop.kill()
            server.wait(30)
    kernels = json.loads(subprocess.run([f"{BUILD}/tests/bench_kernels"], check=True, capture_output=True, text=True).stdout)
    print("| What | per second | p50 ms | p99 ms | CPU µs | ÷ no-op | CPU ÷ no-op |\n|---|--:|--:|--:|--:|--:|--:|")
    for name, real, base in rows:
        print(f"| {name} | {real['per_s']:,.0f} | {real['p50_ms']:.2f} | {real['p99_ms']:.2f} | {real['cpu_us']:.0f} | "
              f"{real['per_s'] / base['per_s']:.2f} | {real['cpu_us'] / max(base['cpu_us'], 1e-9):.1f} |")
        result[name] = {"real": real, "noop": base}
        if real["errors"] and "nothing new" not in name:
            sys.exit(f"{name}: {real['errors']} answers were errors")
    for name in ("triage_per_s", "locate_per_s"):
        print(f"| {name} | {kernels[name]:,.0f} | | | | | |")
    result["kernels"] = kernels
    with open("build/bench.json", "w") as out:
        json.dump(result, out, indent=1)


main()
