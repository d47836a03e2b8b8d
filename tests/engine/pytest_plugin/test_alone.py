"""Checks that load run alone, and last."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from proofbook.pytest_plugin.alone import PATIENCE_SECONDS, Room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.pytest_plugin.conftest import Suite


@contextmanager
def entered(room: Room, *, alone: bool, patience: float = PATIENCE_SECONDS) -> Iterator[bool]:
    """Whether the room was had so, until the block ends."""
    try:
        yield room.enter(alone=alone, patience=patience)
    finally:
        room.leave()


def test_many_share_a_room(tmp_path: Path) -> None:
    """Each by its own way in."""
    with (
        entered(Room(tmp_path / "room"), alone=False) as first,
        entered(Room(tmp_path / "room"), alone=False) as second,
    ):
        assert (first, second) == (True, True)


def test_one_has_it_alone(tmp_path: Path) -> None:
    """Nobody comes in meanwhile, and who wants it alone waits for all to leave."""
    ours, theirs = Room(tmp_path / "room"), Room(tmp_path / "room")

    with entered(ours, alone=True), entered(theirs, alone=False, patience=0.1) as came_in:
        assert not came_in
    with entered(ours, alone=False), entered(theirs, alone=True, patience=0.1) as had:
        assert not had
    with entered(theirs, alone=True, patience=0.1) as had:
        assert had


def test_who_waits_to_be_alone_is_not_overtaken(tmp_path: Path) -> None:
    """Those that come later wait behind."""
    inside, waiting, late = (Room(tmp_path / "room") for _ in range(3))
    order: list[str] = []

    def wait() -> None:
        with entered(waiting, alone=True):
            order.append("alone")

    with entered(inside, alone=False):
        thread = threading.Thread(target=wait)
        thread.start()
        while True:  # until it stands in the door
            with entered(late, alone=False, patience=0.0) as came_in:
                if not came_in:
                    break
    with entered(late, alone=False):
        order.append("late")
    thread.join()

    assert order == ["alone", "late"]


def test_a_fork_comes_in_by_itself(tmp_path: Path) -> None:
    """A lock is the process's that took it, not its parent's."""
    room = Room(tmp_path / "room")

    with entered(room, alone=True):
        child = os.fork()
        if not child:
            with entered(room, alone=False, patience=0.0) as came_in:
                os._exit(int(came_in))
        _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


def test_checks_that_load_come_last(suite: Suite) -> None:
    """Whatever the order of their file."""
    suite.claims(loaded="It holds.", plain="It holds.")
    suite.target("""
        kind = "stand-in"
        permits = "loads"
        [systems.shop.api]
        command = ["{python}", "-c", "pass"]
        ready = { running_for = "1 s" }
    """)
    suite.checks("""
        seen = []

        @pytest.mark.claim("shop.loaded")
        def test_loaded(load):
            assert seen == ["plain"]

        @pytest.mark.claim("shop.plain")
        def test_plain():
            seen.append("plain")
    """)

    assert suite.run().verdicts() == {"shop.loaded": "pass", "shop.plain": "pass"}


def test_load_is_refused_where_it_is_not_permitted(suite: Suite) -> None:
    """As every effect is."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_loaded(load):
            pass
    """)

    assert suite.run().verdicts() == {
        "shop.holds": "no_verdict: targets/local.toml permits exercises; this check loads"
    }


def test_who_loads_in_a_way_of_its_own_says_so(suite: Suite) -> None:
    """A mark stands for the fixture."""
    suite.claims(crowd="It holds.", plain="It holds.")
    suite.checks("""
        seen = []

        @pytest.mark.alone
        @pytest.mark.claim("shop.crowd")
        def test_crowd():
            assert seen == ["plain"]

        @pytest.mark.claim("shop.plain")
        def test_plain():
            seen.append("plain")
    """)

    assert suite.run().verdicts() == {"shop.crowd": "pass", "shop.plain": "pass"}
