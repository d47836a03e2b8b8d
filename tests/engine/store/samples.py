"""A store of a test's own, with runs that were written as the plugin writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from proofbook.evidence import Attempt, Case, Record, Run
from proofbook.log import plans
from proofbook.signing.private import SigningKey
from proofbook.store import Store, Writer
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proofbook.log import Head

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(range(1, 33)))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASS, FAIL = Verdict.PASS, Verdict.FAIL


def record(claim: str, verdict: Verdict | None = PASS, **changes: object) -> Record:
    """A record of one case; `None`: it was planned and did not run."""
    reason = "" if verdict is PASS else "it does not hold"
    attempts = (Attempt(verdict=verdict, reason=reason, seconds=0.5),) if verdict else ()
    made = Record(
        claim=claim,
        claim_digest="c" * 64,
        check_digest="d" * 64,
        place="runbooks/shop.md:7",
        sentence=f"{claim} holds — always.",
        cases=(Case(nodeid=f"checks/test_shop.py::{claim}", attempts=attempts),),
    )
    return replace(made, **changes)  # type: ignore[arg-type] # a test knows the fields


def run(name: str, opened: datetime = NOON) -> Run:
    """A run that has just begun."""
    return Run(
        id=name,
        started=opened.isoformat(),
        finished=None,
        suite="b" * 40,
        target="local",
        kind="stand-in",
        target_digest="e" * 64,
        release={"shop": "1"},
    )


def writer(
    folder: Path,
    begun: Run,
    claims: Mapping[str, int],
    *,
    shard: tuple[int, int] = (1, 1),
    key: SigningKey = KEY,
) -> Writer:
    """The chain of a run, its plan logged: claim → its shard."""
    number, of = shard
    plan = plans.Plan(
        chain=begun.id if of == 1 else f"{begun.id}.{number}-of-{of}",
        identity="",
        run=begun,
        shard=number,
        of=of,
        claims=tuple(plans.planned(record(claim, None), at) for claim, at in claims.items()),
    )
    ticks = (datetime.fromisoformat(begun.started) + timedelta(seconds=n) for n in range(10**6))
    return Writer.begin(Store(folder), key, plan, now=lambda: next(ticks))


def whole(
    folder: Path,
    name: str,
    verdicts: Mapping[str, Verdict | None],
    *,
    opened: datetime = NOON,
    key: SigningKey = KEY,
) -> Head:
    """A run that ended, written."""
    chain = writer(folder, run(name, opened), dict.fromkeys(verdicts, 1), key=key)
    for claim, verdict in verdicts.items():
        chain.record([record(claim, verdict)])
    chain.end(plans.End(finished=(opened + timedelta(minutes=1)).isoformat(), aborted=None))
    return chain.head


def verdicts(folder: Path) -> dict[str, dict[str, str]]:
    """Run → claim → verdict, as the store at `folder` says it."""
    from proofbook.store import load  # noqa: PLC0415 - beside its use

    return {
        each.run.id: {r.claim: each.run.verdict(r).value for r in each.run.records}
        for each in load(folder).testimonies
    }
