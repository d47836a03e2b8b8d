"""
Loading a log and verifying all of it: 1, 5 and 20 runs of ten thousand records each, and the growth.

Every byte is read, every digest and every link of every chain is held, the signatures that speak for
them are verified, and every record becomes a value. The baseline does the least that anybody must
with the same bytes: it opens the same files, takes their SHA-256 and parses their JSON. Seconds of
this process; nothing is asserted but growth: a record of 20 runs that costs twice one of one run.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from proofbook.evidence import Attempt, Case, Measurement, Record, Run
from proofbook.log import plans
from proofbook.signing.private import SigningKey
from proofbook.store import Store, Writer, load
from proofbook.verdicts import Verdict

RECORDS = 10_000
RUNS = (1, 5, 20)
KEY = SigningKey(bytes(range(32)))
MEASURED = Measurement(name="p95", promised="p95 <= 600 ms", measured="412 ms", holds=True)


def record(number: int) -> Record:
    """A record of an everyday size: one case, one measurement."""
    attempt = Attempt(verdict=Verdict.PASS, seconds=number / 7, measured=(MEASURED,))
    nodeid = f"checks/shop/test_shop.py::test_{number}"
    return Record(
        claim=f"shop.holds-{number}",
        claim_digest=sha256(str(number).encode()).hexdigest(),
        check_digest="d" * 64,
        place=f"runbooks/shop/index.md:{number + 1}",
        sentence=f"Number {number} answers with `p95 <= 600 ms` at `rate = 200 req/s`.",
        cases=(Case(nodeid=nodeid, attempts=(attempt,)),),
    )


def write(store: Store, records: list[Record], number: int) -> None:
    """One run of the records, ended."""
    opened = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    run = Run(
        id=f"r{number}",
        started=opened.isoformat(),
        finished=None,
        suite="b" * 40,
        target="local",
        kind="stand-in",
        target_digest="e" * 64,
    )
    claims = tuple(
        plans.planned(replace(each, cases=(Case(nodeid=each.cases[0].nodeid),))) for each in records
    )
    plan = plans.Plan(chain=run.id, identity="", run=run, shard=1, of=1, claims=claims)
    chain = Writer.begin(store, KEY, plan)
    chain.record(records)
    chain.end(plans.End(finished=opened.isoformat(), aborted=None))


def bare(store: Store) -> float:
    """Seconds to read, digest and parse the same files."""
    began = time.process_time()
    for file in store.evidence.iterdir():
        data = file.read_bytes()
        sha256(data).hexdigest()
        json.loads(data)
    for file in store.log.glob("*.jsonl"):
        for line in file.read_bytes().split(b"\n")[:-1]:
            sha256(line).hexdigest()
            json.loads(b64decode(json.loads(line)["payload"]))
    return time.process_time() - began


def loaded(store: Store, runs: int) -> float:
    """Seconds to load and verify it."""
    began = time.process_time()
    log = load(store.folder)
    took = time.process_time() - began
    assert log.damage == ()
    assert sum(len(each.run.records) for each in log.testimonies) == runs * RECORDS
    return took


def _nothing(fd: object) -> None:
    del fd


def main() -> int:
    """Print the table; 1 if it does not grow in proportion to the records."""
    os.fsync = _nothing  # what is timed here is reading
    records = [record(number) for number in range(RECORDS)]
    first = 0.0
    with tempfile.TemporaryDirectory(prefix="proofbook-bench-") as folder:
        store = Store(Path(folder))
        written = 0
        for runs in RUNS:
            for number in range(written, runs):
                write(store, records, number)
            written = runs
            least, took = bare(store), loaded(store, runs)
            each = took / (runs * RECORDS)
            first = first or each
            print(
                f"{runs:>3} runs x {RECORDS:,} records: {took:7.2f} s, {each * 1e6:6.1f} us/record, "
                f"{took / least:4.2f} x the bare reading ({least:.2f} s), "
                f"{each / first:4.2f} x the first",
                flush=True,
            )
    if each > 2 * first:
        print("it does not grow in proportion to the records")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
