"""Deployments of CORE OS for its tests, all gone after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook import targets
from proofbook.stack import Stack
from tests.systems.deployment import ROOT, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.stack import Twin
    from tests.systems.deployment import CoreOs

    Starter = Callable[..., CoreOs]


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The local target's stack, private to this process."""
    logs = tmp_path_factory.mktemp("logs")
    with Stack(targets.load(ROOT, "local"), root=ROOT, logs=logs) as stack:
        yield stack


@pytest.fixture(scope="session")
def shared(stand_ins: Stack) -> Iterator[CoreOs]:
    """An API that tests share: none of them may rely on an empty queue."""
    with stand_ins.twin("coreos") as twin:
        deployment = start(twin)
        with deployment.client:
            yield deployment


@pytest.fixture
def twin(stand_ins: Stack) -> Iterator[Twin]:
    """A fresh store, nothing started."""
    with stand_ins.twin("coreos") as twin:
        yield twin


@pytest.fixture
def starter(twin: Twin) -> Iterator[Starter]:
    """Starts APIs on a fresh store: `starter(TICKET_TTL_SECONDS="1")`."""
    started: list[CoreOs] = []

    def make(**env: str) -> CoreOs:
        started.append(start(twin, **env))
        return started[-1]

    yield make
    for deployment in started:
        deployment.client.close()


@pytest.fixture
def coreos(starter: Starter) -> CoreOs:
    """An API on a fresh store."""
    return starter()
