"""CORE OS for its checks: one API for those that only look, one to share, one of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter_deployment import Deployment
from proofbook import disrupts, exercises, observes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.coreos.adapter import Api
    from proofbook.stack import Stack, Twin


@pytest.fixture(scope="session")
@observes
def watched(stack: Stack) -> Iterator[Api]:
    """An API that is only looked at: it refuses what could change something."""
    with stack.twin("coreos") as twin:
        yield from _apis(twin, looks_only=True)


@pytest.fixture(scope="session")
@exercises
def standing(stack: Stack) -> Iterator[Deployment]:
    """A deployment that checks share: none of them may rely on an empty queue."""
    with stack.twin("coreos") as twin:
        yield from _deployments(twin)


@pytest.fixture(scope="session")
@exercises
def shared(standing: Deployment) -> Api:
    """The shared deployment's API, in the target's own environment."""
    return standing.api()


@pytest.fixture
@exercises
def deployment(stack: Stack) -> Iterator[Deployment]:
    """A deployment of the check's own: a fresh store, nothing started."""
    with stack.twin("coreos") as twin:
        yield from _deployments(twin)


@pytest.fixture
@exercises
def api(deployment: Deployment) -> Api:
    """An API of the check's own, on a fresh store."""
    return deployment.api()


@pytest.fixture
@disrupts
def drill(stack: Stack) -> Iterator[Deployment]:
    """A deployment of the check's own, whose processes it may kill and freeze."""
    with stack.twin("coreos") as twin:
        yield from _deployments(twin)


@pytest.fixture
@disrupts
def store_drill(stack: Stack) -> Iterator[Deployment]:
    """A deployment whose store is its own too, to be stopped and frozen."""
    with stack.twin("coreos", own_services=True) as twin:
        yield from _deployments(twin)


def _deployments(twin: Twin, *, looks_only: bool = False) -> Iterator[Deployment]:
    """The deployment of a twin, closed afterwards."""
    deployment = Deployment(twin, looks_only=looks_only)
    try:
        yield deployment
    finally:
        deployment.close()


def _apis(twin: Twin, *, looks_only: bool) -> Iterator[Api]:
    """The API of a deployment, closed afterwards."""
    for deployment in _deployments(twin, looks_only=looks_only):
        yield deployment.api()
