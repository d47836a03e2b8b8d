"""The controls of a drill: on a sibling, and on the real backup those that leave it as it was."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook import drills
from proofbook.errors import ProofbookError
from proofbook.instruments.restore import dumps, guards, sealing
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.controls import Controls, flip
from proofbook.instruments.restore.drilling import fresh, largest, removed
from proofbook.instruments.restore.sibling import Sibling
from proofbook.instruments.restore.sources import Commanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta
    from pathlib import Path

    from proofbook.drills import Control
    from proofbook.instruments.restore.artefacts import Artefact
    from proofbook.instruments.restore.drilling import Drilling


def damage(at: Drilling) -> tuple[Control, ...]:
    """The controls on the sibling, and on the real backup those that leave it as it was."""
    try:
        sibling = Sibling.made(at.stack, fresh(at.work / "sibling"), at.run)
    except (ProofbookError, Broken) as error:
        at.phases.leave_out("controls", f"the sibling cannot be made: {error}")
        return ()
    try:
        key = at.known_key or bytes(range(sealing.KEY_BYTES))
        bench = Controls(at.stack, sibling, at.run, key, at.manifest is not None)
        found = bench.all(at.tell_control)
    finally:
        sibling.cluster.destroy()
    return (*found, *_real_controls(at))


def _real_controls(at: Drilling) -> tuple[Control, ...]:
    """What can be done to the real backup, too, and leaves it as it was."""
    found = []
    if at.artefact is not None and at.backup.every is not None:
        found.append(("stale-schedule", _late(at.artefact, at.backup.every)))
    if at.fetched.exists():
        found += _opened_controls(at, largest(at.fetched))
    controls = tuple(
        drills.Control(name=f"{name}-of-the-real-one", caught_by=by, told=f"{by}: {told}")
        for name, (by, told) in found
    )
    for control in controls:
        at.tell_control(control)
    return controls


def _opened_controls(at: Drilling, file: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """What opening it must notice: where it is sealed, or has a manifest to be held to."""
    is_sealed = sealing.is_sealed(file)
    if is_sealed or (at.manifest is not None and at.fetched.is_file()):
        where = file.stat().st_size // 2
        flip(file, where)
        try:
            yield "flipped-bit", _opened(at, file, at.known_key)
        finally:
            flip(file, where)
    if at.known_key is not None:
        wrong = secrets.token_bytes(sealing.KEY_BYTES)
        yield "wrong-key", _opened(at, file, wrong) if is_sealed else _fetched(at, wrong)


def _fetched(at: Drilling, wrong: bytes) -> tuple[str, str]:
    """What the target's own fetch does that is told another key."""
    again, source = at.work / "again", at.source
    name = at.artefact.name if at.artefact else ""

    def act() -> None:
        if isinstance(source, Commanded):
            replace(source, key=wrong.hex()).fetch(name, again)
            dumps.check_decodes(again)

    try:
        return _noticed(act)
    finally:
        removed(again)


def _late(artefact: Artefact, every: timedelta) -> tuple[str, str]:
    """Whether it would be noticed if nothing newer came."""
    return _noticed(lambda: guards.schedule([artefact], every, artefact.at + 2 * every))


def _opened(at: Drilling, file: Path, key: bytes | None) -> tuple[str, str]:
    again = at.work / "again"

    def act() -> None:
        found = guards.decrypt(file, again, key)
        if at.manifest is not None and at.fetched.is_file():
            dumps.check_digest(found, at.manifest)

    try:
        return _noticed(act)
    finally:
        removed(again)


def _noticed(act: Callable[[], object]) -> tuple[str, str]:
    try:
        act()
    except Broken as broken:
        return broken.guard, broken.told
    return "", "nobody noticed"
