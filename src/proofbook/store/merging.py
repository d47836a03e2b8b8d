"""
The union of stores: everything that any of them holds, in one.

Evidence and acts are named by their digests, and a chain only ever grows. So a file that is in two
stores is the same, or one goes on from the other; anything else is two truths, and is refused
before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.errors import LogError
from proofbook.log import Log
from proofbook.store.folder import Store, put_new, replaced, writing
from proofbook.store.loading import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from proofbook.log import Damage, Testimony


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a store holds now, and what of it came."""

    log: Log
    #: Runs of which the sources held a part, the last opened last.
    runs: tuple[Testimony, ...]
    #: Files that were not there before, or were shorter.
    added: int


def merge(sources: Sequence[Path], into: Path) -> Merged:
    """
    Put all that the sources hold into the store at `into`.

    Raises `LogError`, and writes nothing, if one of them is damaged or contradicts another.
    """
    came = Log()
    for folder in sources:
        came |= _sound(folder)
    whole = came | _sound(into)
    _refuse(whole.damage, "these stores contradict one another")
    added = sum(_copied(Store(folder), Store(into)) for folder in sources)
    ids = {part.run.id for part in came.parts}
    runs = tuple(each for each in whole.testimonies if each.run.id in ids)
    return Merged(log=whole, runs=runs, added=added)


def _sound(folder: Path) -> Log:
    log = load(folder)
    _refuse(log.damage, f"{folder} is damaged")
    return log


def _refuse(damage: Sequence[Damage], why: str) -> None:
    if damage:
        told = "\n".join(map(str, damage))
        raise LogError(f"nothing was merged: {why}.\n{told}")


def _copied(source: Store, into: Store) -> int:
    """How many files were added: evidence first, so that no chain names what is not there yet."""
    if source.folder.resolve() == into.folder.resolve():
        return 0
    added = 0
    with writing(into.folder):
        for folder in (into.keys, into.evidence):
            folder.mkdir(parents=True, exist_ok=True)
        for file in _files(source.evidence, "[0-9a-f]*"):
            added += _put(into.evidence / file.name, file.read_bytes())
        for file in _files(source.keys, "*.pub"):
            added += _put(into.keys / file.name, file.read_bytes())
        for file in _files(source.log, "*.jsonl"):
            data = file.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            added += _put(into.log / file.name, whole)
    return added


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


def _put(file: Path, data: bytes) -> int:
    """Put a file in its place unless it is there, as long or longer; whether it was put."""
    try:
        put_new(file, data)
    except FileExistsError:
        before = file.read_bytes()
        before = before[: before.rfind(b"\n") + 1] if file.suffix == ".jsonl" else before
        if len(before) >= len(data) or not data.startswith(before):
            return 0
        replaced(str(file), data)
    return 1
