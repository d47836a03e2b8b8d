"""
The bridge to pytest: claims, verdicts and effects laid over what pytest does already.

Where no `gates.toml` stands at or above the working directory it sleeps: the marker is known, and
nothing else changes. Elsewhere `parts` registers the rest, and only a session that collects checks
(tests below `checks/`, or marked `claim`) is touched and writes a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook import project

if TYPE_CHECKING:
    from pathlib import Path

_MARKERS = (
    "claim(id): this test function is the check of that claim of a runbook",
    "alone: a check that loads in a way of its own; nothing else runs meanwhile",
    "waits(seconds): a check that mostly waits, about so long; the longest begin first",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of checks; without a project they have no effect."""
    group = parser.getgroup("proofbook", "runbooks that prove themselves")
    group.addoption(
        "--target",
        metavar="NAME",
        default="local",
        help="The deployment to check: a name of targets/, or a path with a / or .toml.",
    )
    group.addoption(
        "--fault",
        metavar="SYSTEM.NAME",
        help="Plant this fault in every process that is started; the run is never judged.",
    )
    group.addoption(
        "--seed", metavar="N", type=int, help="Repeat the random schedules of an earlier run."
    )
    group.addoption(
        "--claim",
        metavar="SELECT",
        action="append",
        default=[],
        help="Only checks of these claims: a system, a claim's id or a glob. May be repeated.",
    )
    group.addoption("--run-id", metavar="ID", help="The run's name. Default: a new one.")
    group.addoption(
        "--store",
        metavar="DIR",
        default="reports",
        help="Where the log, evidence and reports are written, from the root. Default: reports.",
    )
    group.addoption(
        "--shard",
        metavar="K/N",
        type=_shard,
        help="Ask only the claims of shard K of N; `proofbook merge` joins them. Needs --run-id.",
    )


def _shard(text: str) -> object:
    from proofbook.pytest_plugin.sharding import shard  # noqa: PLC0415 - asleep, it costs nothing

    return shard(text)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """What others may listen to: `proofbook.pytest_plugin.hooks`."""
    from proofbook.pytest_plugin import hooks  # noqa: PLC0415 - imported when pytest asks for it

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Wake where there is a project."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    root = _root(config)
    if root is not None:
        from proofbook.pytest_plugin import unrewritten  # noqa: PLC0415 - asleep, it costs nothing

        unrewritten.begin()
        from proofbook.pytest_plugin import parts  # noqa: PLC0415 - as above

        parts.register(config, root)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Checks mostly wait: `-n auto` is more workers than processors, or one on a shared target."""
    root = _root(config)
    if root is None:
        return None
    from proofbook.pytest_plugin import awake  # noqa: PLC0415 - asleep, it costs nothing

    return awake.auto_workers(config, root)


def _root(config: pytest.Config) -> Path | None:
    return project.root(config.invocation_params.dir)
