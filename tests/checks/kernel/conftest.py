"""A store to look at, and nothing else of a Kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.stack import Stack
from proofbook.targets import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.stack import Twin

TARGET = """
kind = "stand-in"
permits = "disrupts"
[services.store]
provided = "postgres"
[systems.shop]
store = "store"
[systems.shop.api]
command = ["true"]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """A twin of which nothing runs but an empty store, which speaks no TLS."""
    folder = tmp_path_factory.mktemp("store")
    stack = Stack(parse(TARGET, "targets/local.toml"), root=folder, logs=folder / "logs")
    with stack, stack.twin("shop") as twin:
        yield twin
