"""Every damage is noticed; and where the guard for it has gone blind, the drill says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from proofbook.instruments.restore import bases, dumps, guards, sealing
from proofbook.instruments.restore.controls import NAMES, Controls
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.instruments.restore.sibling import Sibling
    from proofbook.stack import Stack

pytestmark = pytest.mark.slow
KEY = bytes(32)
#: Damage → the guards that notice it, in the order in which they are asked.
CAUGHT_BY = {
    "truncated-dump": "digest, decode, restore",
    "flipped-bit": "decrypt",
    "wrong-key": "decrypt",
    "empty-file": "digest, decode, origin, restore",
    "yesterdays-backup": "digest, content",
    "other-database": "digest, origin, content",
    "missing-segment": "wal",
    "failing-archive-command": "archiver",
    "stale-schedule": "schedule",
}
#: Guard → the function that it is.
GUARDS = {
    "digest": (dumps, "check_digest"),
    "decode": (dumps, "check_decodes"),
    "restore": (guards, "_restored"),
    "origin": (guards, "origin"),
    "content": (guards, "content"),
    "decrypt": (sealing, "unseal"),
    "wal": (bases, "check_wal"),
    "archiver": (guards, "archiver"),
    "schedule": (guards, "schedule"),
}


@pytest.fixture
def controls(bench_stack: Stack, sibling: Sibling) -> Iterator[Controls]:
    """The controls of a backup that has a manifest and a key; what they restored is gone after them."""
    before = sibling.cluster.database
    yield Controls(bench_stack, sibling, sibling.cluster.run, KEY, has_manifest=True)
    sibling.cluster.database = before
    for name in sibling.cluster.databases():
        if name.startswith("control_"):
            sibling.cluster.run_in("postgres", f"DROP DATABASE {name}")
            sibling.cluster.run_in("postgres", f"DROP ROLE {name}")


def blind(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Guards that say that all is well."""

    def unseal(sealed: Path, plain: Path, key: bytes) -> None:
        del sealed, key
        plain.touch()

    def well(*_: Any) -> str:
        return "all is well"

    for name in names:
        where, function = GUARDS[name]
        monkeypatch.setattr(where, function, unseal if name == "decrypt" else well)


@pytest.mark.parametrize("name", NAMES)
def test_a_damage_is_caught_and_a_blind_guard_is_found_out(
    name: str, controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by the guards that are there for it; with these blind, nobody notices and the drill fails."""
    seen = controls.one(name)
    blind(monkeypatch, *CAUGHT_BY[name].split(", "))
    missed = controls.one(name)

    assert (seen.verdict, seen.caught_by) == (Verdict.PASS, CAUGHT_BY[name])
    assert (missed.verdict, missed.caught_by) == (Verdict.FAIL, "")


@pytest.mark.parametrize("name", ["yesterdays-backup", "other-database"])
def test_without_a_manifest_nobody_can_tell_one_whole_dump_from_another(
    name: str, controls: Controls
) -> None:
    """That is no verdict, and no pass."""
    controls.has_manifest = False
    found = controls.one(name)
    assert found.verdict is Verdict.NO_VERDICT
    assert found.told == "the backup has no manifest: nobody can tell one whole dump from another"


def test_a_damaged_dump_is_noticed_without_a_manifest_too(controls: Controls) -> None:
    """By reading it to its end."""
    controls.has_manifest = False
    found = [controls.one(name).caught_by for name in ("truncated-dump", "empty-file")]
    assert found == ["decode, restore", "decode, restore"]
