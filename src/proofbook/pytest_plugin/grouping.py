"""
Checks of one group run in one process, in their order (`--dist=loadgroup`, `xdist_group`).

On its workers xdist 3.8 writes a group behind a node id, which pytest 9 does not show; so the controller, which has
collected too, hands out by the marks.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest


def grouping(config: pytest.Config, log: object, groups: Mapping[str, str]) -> object:
    """Xdist's own scheduler of groups, told from outside which test is of which."""
    module: Any = importlib.import_module("xdist.scheduler")
    scheduler: Any = module.LoadGroupScheduling(config, log)
    plain = scheduler._split_scope  # noqa: SLF001 - xdist's seam for schedulers of one's own
    scheduler._split_scope = lambda nodeid: groups.get(nodeid) or plain(nodeid)  # noqa: SLF001 - as above
    return scheduler


def groups_of(items: Iterable[pytest.Item]) -> dict[str, str]:
    """Node id → group, of the tests that are in one; those in the same two are a group of their own."""
    found: dict[str, str] = {}
    for item in items:
        names = sorted(str(mark.args[0]) for mark in item.iter_markers("xdist_group"))
        if names:
            found[item.nodeid] = "@" + "_".join(names)
    return found
