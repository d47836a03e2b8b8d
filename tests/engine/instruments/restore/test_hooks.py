"""What a system's own checks say of a copy, and what it means where they say nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.hooks import Hooks

if TYPE_CHECKING:
    from pathlib import Path

ANY: Any = None


def hooks(**functions: Any) -> Hooks:
    """Those of a module with these functions."""
    return Hooks(SimpleNamespace(**functions), "checks/demo/rehearsal.py")


def refused(*_: Any) -> str:
    """A claim that does not hold."""
    raise AssertionError("it forked")


def missing(*_: Any) -> str:
    """A process that does not run at a deployment."""
    raise KeyError("kms")


def test_a_system_without_the_module_is_not_asked(tmp_path: Path) -> None:
    """Its backup is restored all the same."""
    found = Hooks.of(tmp_path, "demo")
    assert (
        found.fill(ANY, {}) == "checks/demo/rehearsal.py has no fill: it holds what it began with"
    )
    with pytest.raises(NotAsked) as raised:
        found.ask("examine", ANY, ANY, {})
    assert (
        str(raised.value)
        == "checks/demo/rehearsal.py has no examine: only the system's checks can say"
    )


def test_what_a_check_says_is_told_and_what_it_asserts_is_a_failure() -> None:
    """What it lacks is no verdict."""
    assert hooks(fill=lambda *_: "22 events").fill(ANY, {}) == "22 events"
    assert hooks(write=lambda *_: None).ask("write", ANY, ANY, {}) == ""
    with pytest.raises(Broken, match=r"^examine: it forked$"):
        hooks(examine=refused).ask("examine", ANY, ANY, {})
    with pytest.raises(NoVerdict, match=r"^examine needs what is not here: 'kms'$"):
        hooks(examine=missing).ask("examine", ANY, ANY, {})
