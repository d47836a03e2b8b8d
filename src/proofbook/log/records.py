"""
Records as evidence: the bytes of a file that is named by their digest.

Every such file says its schema, the commit of the suite and the run that it is of, so that it
speaks for itself and no two runs share one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from proofbook.evidence import Record
from proofbook.log.plans import instant
from proofbook.runs.cases import with_cases
from proofbook.runs.fields import built, own_fields

if TYPE_CHECKING:
    from proofbook.evidence import Run

#: The schema that this version writes; it reads every one up to it.
SCHEMA = 1
_NO_CASES = '"cases":[]'


def text(record: Record, run: Run) -> bytes:
    """A record of `run`, ASCII, in one line with a line end."""
    whole = {
        "schema": SCHEMA,
        "suite": run.suite,
        "run": run.id,
        "verdict": record.verdict.value,
        "record": own_fields(record) | {"cases": []},
    }
    bare = json.dumps(whole, separators=(",", ":"), allow_nan=False)
    return with_cases(bare, _NO_CASES, record).encode() + b"\n"


def record(data: bytes, run_id: str) -> Record:
    """The record that `text` wrote for that run; `ValueError` for any other bytes."""
    try:
        whole = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if type(whole) is not dict or "schema" not in whole:
        raise ValueError("it holds no record")
    if whole["schema"] != SCHEMA:
        raise ValueError(
            f"its schema is {whole['schema']!r}, and this Proofbook reads {SCHEMA}; use a newer one"
        )
    if whole.get("run") != run_id:
        raise ValueError(f"it is of the run {whole.get('run')!r}")
    found = built(Record, whole.get("record"), "record")
    if found.valid_until is not None:
        instant(found.valid_until)
    if whole.get("verdict") != found.verdict:
        raise ValueError(f"it says {whole.get('verdict')!r}, and its cases come to {found.verdict}")
    return found
