"""What the suite itself was late explains no more than that."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from proofbook.instruments.lateness import EVERY_SECONDS, Lateness

if TYPE_CHECKING:
    import pytest


def test_what_was_lost_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Woken once, three seconds too late."""
    wakings, instants = iter((False, True)), iter((0.0, EVERY_SECONDS + 3.0, 4.0))
    monkeypatch.setattr(threading.Event, "wait", lambda *_: next(wakings, True))
    monkeypatch.setattr(
        "proofbook.instruments.lateness.time.monotonic", lambda: next(instants, 5.0)
    )
    lateness = Lateness()

    lateness.watch()

    assert round(lateness.seconds, 6) == 3.0


def test_it_explains_what_is_too_long_by_less() -> None:
    """Neither what is in time, nor what is later than that."""
    lateness = Lateness()
    lateness.seconds = 2.0

    assert not lateness.may_explain(5.0, 5.0)
    assert lateness.may_explain(7.0, 5.0)
    assert not lateness.may_explain(7.1, 5.0)


def test_its_thread_ends_with_it() -> None:
    """Nothing watches once nobody asks."""
    before = threading.active_count()

    with Lateness():
        assert threading.active_count() == before + 1

    assert threading.active_count() == before
