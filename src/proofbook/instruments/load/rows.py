"""A recording as a file: a line of JSON, then eight columns of doubles. Written by the generator, read here."""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING

from proofbook.errors import NoVerdict
from proofbook.latency import Answer, Recording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Of a generator's file, in the folder of the run; a generator has a number.
SUFFIX = ".rows"
#: What the generator tells while it runs, one line of JSON each time.
PROGRESS = "progress.jsonl"


def write(path: Path, recording: Recording) -> None:
    """Write one generator's recording, whole or not at all."""
    head = {
        "names": recording.names,
        "planned": recording.planned,
        "dropped": recording.dropped,
        "processor": recording.processor,
        "patience": recording.patience,
        "warm_up": recording.warm_up,
        "seconds": recording.seconds,
        "answers": len(recording.answers),
    }
    scratch = path.with_suffix(".part")
    with scratch.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        for column in zip(*recording.answers, strict=True):
            array("d", column).tofile(file)
    scratch.replace(path)


def read(folder: Path) -> Recording:
    """All generators' recordings of one run as one; `NoVerdict` where there is none."""
    found = [_read(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    if not found:
        raise NoVerdict("the load generator left no recording")
    names = tuple(dict.fromkeys(name for each in found for name in each.names))
    answers = [
        answer._replace(name=names.index(each.names[answer.name]))
        for each in found
        for answer in each.answers
    ]
    return Recording(
        answers=sorted(answers),
        names=names,
        planned=sum(each.planned for each in found),
        dropped=sum(each.dropped for each in found),
        processor=max(each.processor for each in found),
        patience=found[0].patience,
        warm_up=found[0].warm_up,
        seconds=max(each.seconds for each in found),
    )


def _read(path: Path) -> Recording:
    with path.open("rb") as file:
        head = json.loads(file.readline())
        size = head.pop("answers")
        columns = [array("d") for _ in Answer._fields]
        for column in columns if size else ():
            column.fromfile(file, size)
    names = tuple(head.pop("names"))
    return Recording(answers=_answers(columns), names=names, **head)


def _answers(columns: Sequence[array[float]]) -> list[Answer]:
    rows = zip(*columns, strict=True)
    return [
        Answer(due, late, took, int(status), int(name)) for due, late, took, status, name in rows
    ]
