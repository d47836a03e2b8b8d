"""Stores on the disk, written as runs write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.log.plans import End, Plan, planned
from proofbook.signing.private import SigningKey
from proofbook.store import Store, Writer

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.evidence import Run
    from proofbook.log import Head

KEY = SigningKey(b"k" * 32)


def put_run(folder: Path, run: Run, key: SigningKey = KEY) -> Head:
    """Put a run on the log of the store at `folder`; without an end where it has none."""
    at = datetime.fromisoformat(run.started)
    plan = Plan(
        chain=run.id,
        identity="",
        run=replace(run, records=(), finished=None, aborted=None),
        shard=1,
        of=1,
        claims=tuple(planned(record) for record in run.records),
    )
    writer = Writer.begin(Store(folder), key, plan, now=lambda: at)
    writer.record(run.records)
    if run.finished:
        writer.end(End(finished=run.finished, aborted=run.aborted))
    return writer.head
