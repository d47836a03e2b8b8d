"""The digest of a stand-in's own tree."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from systems.chassis import tree

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_one_changed_byte_is_another_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence of yesterday's stand-in does not speak of today's; faults and caches do not count."""
    # What other programs compile meanwhile comes and goes.
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(tree._SYSTEMS, tmp_path / "systems", ignore=ignored)
    monkeypatch.setattr(tree, "_SYSTEMS", tmp_path / "systems")
    before = tree.digest("coreos")
    faults, query = (
        tmp_path / "systems/coreos/faults",
        next((tmp_path / "systems/coreos").rglob("*.sql")),
    )

    (faults / "new.py").write_text("pass")
    (tmp_path / "systems/coreos/x.pyc").write_text("cache")
    assert tree.digest("coreos") == before

    query.write_text(query.read_text() + " ")
    assert tree.digest("coreos") != before
    assert len(before) == len("sha256:") + 64
