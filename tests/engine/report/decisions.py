"""A gate's decisions, as literal values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from proofbook.claims import read_all
from proofbook.gate import Answer, Decision, Shut
from proofbook.judging import Standing
from proofbook.log.head import Head, Trail
from proofbook.log.model import Act, Testimony
from proofbook.report import Exit
from proofbook.verdicts import Verdict
from tests.engine.report.conftest import PASS, RUN

AT = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
PAGE = (
    "---\nowner: A\nescalation: B\n---\n\n"
    '> **coreos.claimed-once** — One at a time.\n\n> **coreos.rota-known** — Somebody is on call (`by = "SRE"`).\n'
)
CLAIM, ROTA = read_all({"runbooks/coreos/queue.md": PAGE})[0].claims
HEAD = Head("20261121T123456Z-1a2b3c", 4, "9f" * 32)
TESTIMONY = Testimony(run=RUN, signers=frozenset({"SHA256:abc"}), heads=frozenset({HEAD}))
HELD = Standing(claim=CLAIM, judged=Verdict.PASS, testimony=TESTIMONY, record=PASS)
ANSWERED = Standing(claim=ROTA, judged=Verdict.PASS, valid_until=datetime(2026, 12, 1, tzinfo=UTC))
WAIVER = Act(
    kind="waiver",
    at=AT,
    body={},
    signers=("SHA256:ada",),
    trail=Trail("waiver-1", ("ab" * 32,)),
)
BROKEN = Shut(what="the log is damaged", remedy="bring it back", exit=Exit.NO_VERDICT)


def answer(standing: Standing = HELD, why: str = "", row: str = "coreos.* on twin") -> Answer:
    """What a row says; it holds unless there is a reason why not."""
    return Answer(row=row, standing=standing, holds=not why, why=why)


def decision(*answers: Answer, **more: Any) -> Decision:
    """What the gate `pre-deploy` answers for the target `staging`."""
    made = Decision(
        gate="pre-deploy",
        at=AT,
        policy_digest="b" * 64,
        target="staging",
        release={"api": "sha256:" + "cd" * 32},
        answers=answers,
        heads=frozenset({HEAD}),
        exit=Exit.PASS,
    )
    return replace(made, **more)
