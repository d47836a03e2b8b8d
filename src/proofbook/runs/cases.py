"""The cases of a record as JSON: written once, for its evidence and for its run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from proofbook.runs.fields import json_object, own_fields

if TYPE_CHECKING:
    from proofbook.evidence import Record

#: Under this name a record remembers the text of its cases, as it does what follows from them.
_TEXT = "_cases_text"
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=json_object).encode


def with_cases(line: str, empty: str, record: Record) -> str:
    """A line of JSON that shows a record without its cases, as `empty` (`"cases": []`), with them, in ASCII."""
    head, tail = line.split(empty)
    return f"{head}{empty.removesuffix('[]')}{_cases_text(record)}{tail}"


def _cases_text(record: Record) -> str:
    """Worked out once: most of a record is its cases, and most of a run its records."""
    known = vars(record)
    if _TEXT not in known:
        cases = [
            {"nodeid": case.nodeid, "attempts": [own_fields(each) for each in case.attempts]}
            for case in record.cases
        ]
        known[_TEXT] = _encode(cases)
    return cast("str", known[_TEXT])
