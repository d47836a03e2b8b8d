"""A store to look at, and nothing else of a Kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import tests.shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.stack import Twin


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """A twin of which nothing runs but an empty store, which speaks no TLS."""
    with tests.shop.shop(tmp_path_factory.mktemp("store")) as twin:
        yield twin
