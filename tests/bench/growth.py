"""What a million (or five) complaints do to the start, the requests and the figures."""
import json
import shutil
import statistics
import time

from load import (BODY, claim, file_pool, folder_bytes, interleave, load, median, narratives,
                  ratio)
from servers import (DISK_SHIM, Unmeasured, init_data, make_token, must_get, serving, shimmed)

FEW = 10_000
MANY, MANY_FULL = 1_000_000, 5_000_000
LOAD_WITHIN_S, LOAD_WITHIN_S_FULL = 150, 1500
CLAIMS = 3000  # in one run; FEW complaints make half as many cases of the labour agency
PAGE = 200
QUEUE = "/v1/queues/labour/cases"
STARTS = 3
ASKS = 9


def fill(bench, data, count, within_s):
    """Files `count` complaints, without the disk's syncs; returns how many were answered."""
    init_data(data)
    env = shimmed(DISK_SHIM, bench.path("fill.count"), DISK_SYNC="none")
    with serving(data, env=env) as server:
        return file_pool(server, narratives(), count, within_s)


def waiting_cases(server, token, count):
    """(id, version) of the first `count` cases in the queue."""
    cases, after = [], ""
    while len(cases) < count:
        _, body = must_get(server, f"{QUEUE}?limit={PAGE}{after}", token)
        page = json.loads(body)
        cases += [(c["id"], c["version"]) for c in page["cases"]]
        if not page["next"]:
            break
        after = f"&after={page['next']}"
    return cases[:count]


def requests(bench, server, token):
    """One round on one store: rates of poll, second page, claim and intake."""
    auth = [f"Authorization: Bearer {token}"]
    cases = waiting_cases(server, token, CLAIMS)
    _, body = must_get(server, f"{QUEUE}?limit=20", token)
    second = f"{QUEUE}?limit=20&after={json.loads(body)['next']}"
    return {
        "poll": load(server, QUEUE, 64, bench.seconds, auth)["per_s"],
        "second page": load(server, second, 64, bench.seconds, auth)["per_s"],
        "claim": claim(server, cases, token, bench.seconds),
        "intake": load(server, "/v1/complaints", 64, bench.seconds, body=BODY)["per_s"]}


def on_copy(bench, data, token):
    """A round on a copy of the small store, which its own intake would make large."""
    copy = bench.path("few-copy")
    shutil.copytree(data, copy)
    try:
        with serving(copy) as server:
            return requests(bench, server, token)
    finally:
        shutil.rmtree(copy)


def figures_ms(server, token):
    """The slowest of the figures' pages, each at its median."""
    worst = 0.0
    for path in ("/v1/statistics?by=province,queue", "/v1/statistics?by=month,priority,language"):
        took = []
        for _ in range(ASKS):
            began = time.perf_counter()
            _, body = must_get(server, path, token)
            took.append((time.perf_counter() - began) * 1000)
        if not json.loads(body)["rows"]:
            raise Unmeasured(f"{path} counts nothing, so its time says nothing")
        worst = max(worst, statistics.median(took))
    return worst


def measure(bench):
    count = MANY_FULL if bench.full else MANY
    few, many = bench.path("few"), bench.path("many")
    fill(bench, few, FEW, 20)
    within_s = LOAD_WITHIN_S_FULL if bench.full else LOAD_WITHIN_S
    filed = fill(bench, many, count, within_s)
    named = f"{filed:,}"
    if filed < count * 0.99:
        bench.failed(f"complaints to measure growth with, filed in {within_s} s", f"≥ {count:,}",
                     named)
    bench.figure("bytes on disk per complaint", folder_bytes(many) / filed, "{:,.0f}")
    few_token, many_token = make_token(few, "labour"), make_token(many, "labour")
    supervisor = make_token(many, "labour", "supervisor")
    starts = []
    for _ in range(STARTS):
        with serving(many) as server:
            starts.append(server.ready_s)
    bench.at_most(f"start with {named} complaints, s", statistics.median(starts), 1)
    with serving(many) as server:
        got = interleave(bench.rounds, {"few": lambda: on_copy(bench, few, few_token),
                                        "many": lambda: requests(bench, server, many_token)})
        statistics_ms = figures_ms(server, supervisor)
    for name in ("intake", "poll", "claim"):
        bench.at_least(f"growth: {name} at {named} ÷ at 10,000",
                       ratio(got["many"], got["few"], name), 0.75)
    bench.figure(f"growth: second page of a queue at {named} ÷ at 10,000",
                 ratio(got["many"], got["few"], "second page"), "{:.2f}")
    bench.raw["growth rates"] = {k: median(v) for k, v in got.items()}
    bench.at_most(f"statistics at {named}, ms", statistics_ms, 20, "{:.1f}")
