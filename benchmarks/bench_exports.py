"""
Every export of a run of 10,000 verdicts: how long each takes, and how that grows.

Printed beside the time of `json.dumps` over the same verdicts, so that a slow machine shows as one.
Four times the verdicts take about four times as long; eight times as long fails.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from time import process_time
from typing import TYPE_CHECKING

from nacl.signing import SigningKey

from proofbook import dsse, runs
from proofbook.evidence import Attempt, Case, Measurement, Record, Run
from proofbook.report import attestation, ctrf, junit, markdown
from proofbook.report.sheet import of_run
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MANY = 10_000
SMALL = MANY // 4
KEY = SigningKey(b"a seed of exactly 32 bytes long.")
SIGNER = dsse.Signer("bench", lambda data: KEY.sign(data).signature)


def run(size: int) -> Run:
    """A run of so many claims, most of which hold; on pages of fifty."""
    verdicts = [Verdict.PASS] * 17 + [Verdict.FAIL, Verdict.NO_VERDICT, Verdict.STALE]
    return Run(
        id="20261121T123456Z-1a2b3c",
        started="2026-11-21T12:34:56Z",
        finished="2026-11-21T12:44:56Z",
        suite="5" * 40,
        target="staging",
        kind="deployment",
        target_digest="e" * 64,
        release={"api": "sha256:" + "ab" * 32},
        records=tuple(record(n, verdicts[n % 20]) for n in range(size)),
    )


def record(number: int, verdict: Verdict) -> Record:
    """One claim, with what a check usually leaves behind."""
    held = verdict is Verdict.PASS
    fast = Measurement(name="p95", promised="p95 <= 600 ms", measured="412 ms", holds=held)
    attempt = Attempt(
        verdict=verdict,
        reason="" if held else f"p95 was {number} ms",
        details="" if held else "E  assert\n" * 40,
        seconds=0.25,
        measured=(fast,),
    )
    return Record(
        claim=f"bench.claim-{number}",
        claim_digest=f"{number:064x}",
        check_digest="d" * 64,
        place=f"runbooks/bench/page-{number // 50}.md:{number % 50 + 1}",
        sentence="Endpoints answer with `p95 <= 600 ms` at `rate = 200 req/s`.",
        cases=(Case(nodeid=f"checks/bench/test_x.py::test_{number}", attempts=(attempt,)),),
    )


FORMATS: Mapping[str, Callable[[Run], object]] = {
    "run.json": runs.to_json,
    "junit.xml": lambda run: junit.render(of_run(run)),
    "ctrf.json": lambda run: ctrf.render(of_run(run)),
    "summary.md": lambda run: markdown.render(of_run(run)),
    "attestation": lambda run: dsse.sealed(attestation.body(of_run(run)), SIGNER),
}


def seconds(work: Callable[[Run], object], run: Run) -> float:
    """Of the processor, so that others' work does not count; the best of three."""
    found = []
    for _ in range(3):
        started = process_time()
        work(run)
        found.append(process_time() - started)
    return min(found)


def main() -> int:
    """Print a line for each format, and one for all; 1 if any grows faster than it should."""
    small, many = run(SMALL), run(MANY)
    plain = seconds(lambda run: json.dumps([asdict(each) for each in run.records]), many)
    print(f"{MANY} verdicts, beside {plain:.2f} s of asdict and json.dumps:")
    total = worst = 0.0
    for name, work in FORMATS.items():
        less, more = seconds(work, small), seconds(work, many)
        total, worst = total + more, max(worst, more / less)
        print(
            f"  {name:12} {more:.2f} s  {more / plain:.1f}×  four times as many: {more / less:.1f}×"
        )
    print(f"  {'all':12} {total:.2f} s  {total / plain:.1f}×  (wanted: at most 2 s)")
    return int(worst > 2 * MANY / SMALL)


if __name__ == "__main__":
    sys.exit(main())
