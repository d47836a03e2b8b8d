"""The controller of pytest-xdist: it tells its workers which run they are of, and collects first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from proofbook.pytest_plugin.findings import Finding
from proofbook.pytest_plugin.grouping import grouping, groups_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.collecting import Collection


class Controller:
    """
    Makes the controller know every case before a worker runs one.

    xdist leaves collecting to its workers. Here the controller collects too, so that what is wrong
    is said once, and so that a case whose worker dies was planned all the same.
    """

    def __init__(self, awake: Awake, collection: Collection) -> None:
        self._awake = awake
        self._collection = collection
        self._groups: dict[str, str] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """The run that a worker is of."""
        node.workerinput["proofbook"] = {"run_id": self._awake.run_id, "seed": self._awake.seed}

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        """Collect here; stop here too if something cannot be imported."""
        session.perform_collect()
        failed = session.testsfailed
        if failed and not session.config.option.continue_on_collection_errors:
            plural = "s" if failed != 1 else ""
            raise session.Interrupted(f"{failed} error{plural} during collection")
        self._groups = groups_of(session.items)
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> object:
        """Who hands out by groups, where that is asked for."""
        return grouping(config, log, self._groups) if config.option.dist == "loadgroup" else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, report: pytest.TestReport) -> None:
        """A worker that died says nothing of the claim."""
        if self._collection.planned(report.nodeid) is not None:
            Finding(reason=str(report.longrepr)).put(report)
