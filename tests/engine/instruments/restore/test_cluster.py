"""Where things are restored to: only what this run has made and marked, and gone when it is destroyed."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import WrongPlace
from proofbook.instruments.restore import cluster as clusters
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.cluster import MARK, Cluster
from proofbook.instruments.restore.places import destroyed

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.sibling import Sibling
    from proofbook.stack import Stack


def test_a_folder_without_a_mark_or_with_another_runs_is_left_alone(
    bench_stack: Stack, tmp_path: Path
) -> None:
    """Whoever's it is."""
    with pytest.raises(WrongPlace) as raised:
        Cluster.standing(bench_stack, "copy", run="mine", folder=tmp_path)
    assert str(raised.value) == f"{tmp_path} holds no mark of a drill; nothing was restored into it"

    (tmp_path / MARK).write_text(json.dumps({"run": "theirs"}))
    with pytest.raises(WrongPlace) as raised:
        Cluster.standing(bench_stack, "copy", run="mine", folder=tmp_path)
    assert str(raised.value) == f"{tmp_path} is of the run theirs, not of mine; it was left alone"


@pytest.mark.slow
def test_what_answers_must_be_the_cluster_of_the_mark(
    sibling: Sibling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were another server at the port, nothing would be written to it."""
    monkeypatch.setattr(clusters, "_IDENTITY", "SELECT '7', current_setting('data_directory')")
    with pytest.raises(WrongPlace, match="is not the cluster that run-of-these-tests made"):
        sibling.cluster.empty("never_made")
    assert "never_made" not in sibling.cluster.databases()


def test_what_cannot_be_removed_fails_the_destruction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of people's data that is left behind is a leak."""
    (tmp_path / "copy").mkdir()
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(Broken, match=re.escape("destroy: copy could not be removed")):
        destroyed(tmp_path / "copy")
