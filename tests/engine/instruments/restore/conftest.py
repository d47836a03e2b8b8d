"""A stack whose clusters tests restore into, and one sibling for all that damage copies of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.instruments.restore.places import let_in
from proofbook.instruments.restore.sibling import Sibling
from proofbook.stack import Stack
from proofbook.targets import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = "run-of-these-tests"


@pytest.fixture(scope="session")
def bench_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Nothing runs in it until it is asked to."""
    root = tmp_path_factory.mktemp("a bench")
    with Stack(parse('kind = "stand-in"', "t.toml"), root=root, logs=root / "logs") as stack:
        yield stack


@pytest.fixture(scope="session")
def sibling(bench_stack: Stack) -> Sibling:
    """Two dumps, a base backup and the log since; whoever damages them takes a copy."""
    return Sibling.made(bench_stack, bench_stack.new_data("sibling"), RUN)


@pytest.fixture
def place(bench_stack: Stack) -> Path:
    """A folder that the database's user may enter."""
    return let_in(bench_stack.new_data("place"))
