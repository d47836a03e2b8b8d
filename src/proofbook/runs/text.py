"""
A run as JSON text, and back.

The keys are the fields of `proofbook.evidence`, in their order. Beside each record stand three that
follow from it (`verdict`, `asked`, `reason`), for scripts and for eyes; a text whose record says one
thing and whose cases say another is refused, like any text that is not exactly what `to_json` would
write: nobody's guess about a damaged report may turn into a pass.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.errors import ReportError
from proofbook.evidence import Run
from proofbook.runs.cases import with_cases
from proofbook.runs.fields import built, json_object, named, own_fields

if TYPE_CHECKING:
    from proofbook.evidence import Record

_NO_RECORDS = '"records": []'
_NO_CASES = '"cases": []'
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLACE = re.compile(r".+:[1-9][0-9]*")


def to_json(run: Run) -> str:
    """
    The text of `run.json`, a line for each record; it ends with a newline.

    UTF-8 can hold it, whatever a check printed.
    """
    fields = own_fields(replace(run, records=()))
    lines = [with_cases(_bare(run, record), _NO_CASES, record) for record in run.records]
    head, tail = _line(fields).split(_NO_RECORDS)
    records = ",\n".join(lines)
    text = f'{head}"records": [\n{records}\n]{tail}' if lines else _line(fields)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def from_json(text: str, path: str = "run.json") -> Run:
    """The run that `to_json` wrote; `ReportError` opening with `path` for any other text."""
    try:
        fields = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        return _run(fields)
    except RecursionError:
        raise _damaged(path, "it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _damaged(f"{path}:{error.lineno}", f"it is not JSON, {error.msg}") from None
    except ValueError as error:
        raise _damaged(path, str(error)) from None


def _bare(run: Run, record: Record) -> str:
    """The line of a record, its cases left out."""
    fields = {"claim": record.claim, **_derived(run, record), **own_fields(record)}
    return _line(fields | {"cases": []})


def _line(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, default=json_object)


def _damaged(where: str, what: str) -> ReportError:
    return ReportError(
        f"{where}: this is not a run's report: {what}. "
        "Bring it back from a copy, or remove its folder and verify again."
    )


def _run(fields: object) -> Run:
    if not isinstance(fields, dict):
        raise ValueError(f"it holds {named(fields)} where a run's object belongs")  # noqa: TRY004 - one kind of error
    if fields.get("schema") != 1:
        raise ValueError(
            f"its schema is {fields.get('schema')!r}, and this Proofbook reads schema 1"
        )
    records = fields.get("records")
    derived = [_take_derived(record) for record in records] if isinstance(records, list) else []
    run = built(Run, fields, "run")
    for instant in (run.started, run.finished, *(r.valid_until for r in run.records)):
        _require_instant(instant)
    for record, said in zip(run.records, derived, strict=True):
        if not _PLACE.fullmatch(record.place):
            raise ValueError(f"{record.claim}: its place is {record.place!r}, not path:line")
        if said != _derived(run, record):
            raise ValueError(f"{record.claim}: its cases do not give {said}")
    ids = [record.claim for record in run.records]
    if twice := sorted({claim for claim in ids if ids.count(claim) > 1}):
        raise ValueError(f"{twice[0]} has more than one record")
    return run


def _derived(run: Run, record: Record) -> dict[str, object]:
    return {
        "verdict": run.verdict(record).value,
        "asked": record.asked,
        "reason": run.reason(record),
    }


def _take_derived(record: object) -> dict[str, object]:
    keys = ("verdict", "asked", "reason")
    return (
        {key: record.pop(key) for key in keys if key in record} if isinstance(record, dict) else {}
    )


def _require_instant(text: str | None) -> None:
    if text is not None and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text} is an instant without an offset")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands twice")
    return fields


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no number")
