"""A database beside another: made by whom its address names, and never left behind in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked, StackError
from proofbook.stack.beside import Beside
from tests.engine.instruments.test_http import closed_port
from tests.engine.stack.test_services import PROVIDED, ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.stack import Stack


def test_it_is_empty_and_goes(stack_of: Callable[..., Stack]) -> None:
    """Dropping it ends whoever is connected, and twice is once."""
    with stack_of(PROVIDED).twin("demo") as twin:
        owner = twin.address("store").url
        made = Beside.make(owner, "the store")
        name = ask(made.url, "select current_database()")
        made.drop()
        made.drop()
        left = ask(owner, "select count(*) from pg_database where datname like 'proofbook%'")

    assert (name, left) == (made.name, 0)


def test_where_nobody_answers_none_is_made() -> None:
    """Then what needs one is not asked."""
    with (
        closed_port() as port,
        pytest.raises(NotAsked, match=r"^the store: no database can be made beside it: .*refused"),
    ):
        Beside.make(f"postgresql://joe@127.0.0.1:{port}/app", "the store")


def test_one_that_cannot_be_dropped_is_told() -> None:
    """Somebody has to know that it is still there."""
    with closed_port() as port:
        owner = f"postgresql://joe@127.0.0.1:{port}/app"
        left = Beside(owner=owner, name="proofbook_left", url="")
        with pytest.raises(
            StackError, match=r"^the database proofbook_left cannot be dropped: .*refused"
        ):
            left.drop()
