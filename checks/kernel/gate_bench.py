"""
A gate of a policy, asked about one claim alone, with evidence of the check's own making.

    exits_of(policy, "promote", "kernel.smoke")      {"pass": [0], "fail": [1], "absent": [5], "stale": [6]}

Whatever else the gate asks for is left aside, and the bench signs in the place of CI.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.claims import read_all
from proofbook.evidence import Attempt, Case, Record, Run
from proofbook.gate import Question, decide
from proofbook.judging import Promise
from proofbook.log.plans import End, Plan, planned
from proofbook.policy import CI, parse
from proofbook.signing import line_of
from proofbook.signing.private import SigningKey
from proofbook.store import Store, Writer, load
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.claims import Claim
    from proofbook.policy import Gate, Policy, Row

_KEY = SigningKey(b"g" * 32)
_SIGNED = f'schema = 1\n[principals.ci]\nkeys = ["{line_of(_KEY.public)}"]\nroles = ["{CI}"]\n'
_CHECK, _EDITED = "c" * 64, "e" * 64
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of the claim when the gate is asked."""

    verdict: Verdict
    #: Whether the run asked it at all.
    is_asked: bool = True
    #: Whether its check is still as it was.
    is_same: bool = True


_STATES: Mapping[str, _Told] = {
    "pass": _Told(Verdict.PASS),
    "fail": _Told(Verdict.FAIL),
    "absent": _Told(Verdict.PASS, is_asked=False),
    "stale": _Told(Verdict.PASS, is_same=False),
}


def exits_of(policy: Policy, gate: str, claim: str) -> Mapping[str, list[int]]:
    """State of the evidence → how the gate answers, once for each row that asks for the claim; no row: none."""
    found = policy.gates[gate]
    rows = [row for row in found.rows if claim in row.chosen([claim])]
    return {
        state: [_exit(found, row, claim, told) for row in rows] for state, told in _STATES.items()
    }


def _exit(gate: Gate, row: Row, claim: str, told: _Told) -> int:
    """What the gate says where it asks for nothing but this claim, there where this row asks for it."""
    alone = replace(row, select=(claim,), without=(), at_least=1)
    narrow = replace(gate, rows=(alone,), trusts=frozenset({CI}))
    stated = _claim(claim)
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="proofbook-gate-") as place:
        _put(Path(place), _run(row, claim if told.is_asked else f"{claim}-not", told, now - _HOUR))
        question = Question(
            gate=narrow,
            policy=parse(_SIGNED, "gates.toml"),
            promises=(Promise(claim=stated, check_digest=_CHECK if told.is_same else _EDITED),),
            log=load(Path(place)),
            now=now,
        )
        return int(decide(question).exit)


def _claim(id_: str) -> Claim:
    """A claim of that id, in words of the bench's own."""
    page = f"---\nowner: O\nescalation: e\n---\n\n> **{id_}** — It holds.\n"
    return read_all({"bench.md": page})[0].claims[0]


def _run(row: Row, claim: str, told: _Told, at: datetime) -> Run:
    """A run, of a release, on what the row asks for, that asked this claim alone."""
    stated = _claim(claim)
    record = Record(
        claim=claim,
        claim_digest=stated.digest,
        check_digest=_CHECK,
        place=str(stated.place),
        sentence=stated.sentence,
        cases=(
            Case(
                nodeid="checks/bench.py::it",
                attempts=(Attempt(verdict=told.verdict, reason="", seconds=0.1),),
            ),
        ),
    )
    return Run(
        id=f"{at:%Y%m%dT%H%M%SZ}-000000",
        started=at.isoformat(),
        finished=(at + timedelta(minutes=1)).isoformat(),
        suite="5" * 40,
        target=row.on[0],
        kind=row.on[0],
        target_digest="d" * 64,
        release={"kernel.api": "sha256:" + "ab" * 32},
        records=(record,),
    )


def _put(folder: Path, run: Run) -> None:
    """Log the run as runs are logged."""
    plan = Plan(
        chain=run.id,
        identity="",
        run=replace(run, records=(), finished=None),
        shard=1,
        of=1,
        claims=tuple(planned(record) for record in run.records),
    )
    writer = Writer.begin(
        Store(folder), _KEY, plan, now=lambda: datetime.fromisoformat(run.started)
    )
    writer.record(run.records)
    writer.end(End(finished=run.finished or "", aborted=None))
