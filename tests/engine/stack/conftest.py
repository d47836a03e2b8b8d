"""Roots, stacks and wardens for tests, all gone after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.stack import Stack
from proofbook.stack.ground import Ground
from proofbook.stack.wards import Wards
from tests.engine.stack.tiny import DEMO, TINY, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proofbook.stack import Fault


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's root, with blanks in its path, that holds `tiny.py`."""
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "tiny.py").write_text(TINY)
    return folder


@pytest.fixture
def logs(root: Path) -> Path:
    """Where the stacks of a test write their logs."""
    return root / "logs"


@pytest.fixture
def stack_of(root: Path, logs: Path) -> Iterator[Callable[..., Stack]]:
    """Stacks of target texts, closed at the end."""
    opened: list[Stack] = []

    def make(text: str = DEMO, *, fault: Fault | None = None) -> Stack:
        stack = Stack(target_of(text), root=root, logs=logs, fault=fault)
        opened.append(stack)
        return stack

    yield make
    for stack in opened:
        stack.close()


@pytest.fixture
def ground(root: Path, logs: Path) -> Iterator[Ground]:
    """What a stack stands on."""
    ground = Ground(target_of(DEMO), root=root, logs=logs)
    yield ground
    ground.close()


@pytest.fixture
def wards(tmp_path: Path) -> Iterator[Wards]:
    """A warden of its own, with `tmp_path / "scratch"` to be removed."""
    (tmp_path / "scratch").mkdir()
    wards = Wards(tmp_path / "scratch", log=tmp_path / "warden.log")
    yield wards
    wards.close()
