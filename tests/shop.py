"""A system of which nothing runs but its store."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from proofbook.stack import Stack
from proofbook.targets import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


@contextmanager
def shop(folder: Path, *, own_services: bool = False) -> Iterator[Twin]:
    """A twin whose store is an empty PostgreSQL; with `own_services` on a server that nobody shares."""
    stack = Stack(parse(TARGET, "targets/local.toml"), root=folder, logs=folder / "logs")
    with stack, stack.twin("shop", own_services=own_services) as twin:
        yield twin
