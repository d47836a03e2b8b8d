"""The Kernel for its checks: one for those that only look, one to share, and deployments of one's own."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.kernel.adapter_deployment import Deployment
from checks.kernel.between import KMS_TIMEOUT_MS, SENTINEL_TIMEOUT_MS, Ruled, Tapped
from proofbook import disrupts, exercises, observes
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.kernel.adapter import Kernel
    from proofbook.stack import Stack

#: Only what lies here is ours to arrange.
HERE = Path(__file__).parent
OK = 200
#: By then a Kernel serves again after what it needs has come back (contract, 2.1).
BACK_SECONDS = 10
#: Fixtures that stand for a session: each process that runs checks starts its own, so that few should.
SHARED = ("watched", "standing")
#: Marks of those that have said already where they run.
APART = ("xdist_group", "waits")
#: So many processes share the checks that use them.
SHARING = 3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep those who share a deployment together, but for files that say where; nobody stands behind one who waits."""
    ours = [item for item in items if item.path.parent == HERE]
    sharing = [item for item in ours if {*SHARED} & {*getattr(item, "fixturenames", ())}]
    free = [item for item in sharing if not any(map(item.get_closest_marker, APART))]
    for number, item in enumerate(free):
        item.add_marker(pytest.mark.xdist_group(f"kernel-{number % SHARING}"))


@pytest.fixture(scope="session")
@observes
def watched(stack: Stack) -> Iterator[Kernel]:
    """A Kernel that is only looked at: it refuses what could change something."""
    for deployment in _deployments(stack, looks_only=True):
        yield deployment.kernel()


@pytest.fixture(scope="session")
@exercises
def standing(stack: Stack) -> Iterator[Deployment]:
    """A deployment in production that checks share: events of others stand in its chain."""
    yield from _deployments(stack)


@pytest.fixture(scope="session")
@exercises
def kernel(standing: Deployment) -> Kernel:
    """The shared deployment's API, in the target's own environment; whoever breaks something takes `drill`."""
    return standing.kernel()


@pytest.fixture(scope="session")
@exercises
def tapped_kernel(standing: Deployment) -> Tapped:
    """One more API of the shared deployment, which asks its KMS through a proxy (X)."""
    tap = standing.kms_tap()
    waits = {"KMS_TIMEOUT_MS": str(KMS_TIMEOUT_MS), "KMS_PUBLIC_KEY_CACHE_SECONDS": "0"}
    return Tapped(standing.kernel({**standing.by_way_of(tap), **waits}), tap)


@pytest.fixture
@exercises
def tapped(tapped_kernel: Tapped) -> Iterator[Tapped]:
    """The same, once it signs; whatever a check makes of the proxy is over with the check."""
    until(lambda: tapped_kernel.kernel.sign().status, lambda status: status == OK, BACK_SECONDS)
    yield tapped_kernel
    tapped_kernel.tap.forward()


@pytest.fixture
@exercises
def tapped_here(request: pytest.FixtureRequest, standing: Deployment) -> Tapped | None:
    """The same where the API is ours to start; `None` where it is an address."""
    found: Tapped | None = request.getfixturevalue("tapped") if standing.is_ours else None
    return found


@pytest.fixture(scope="session")
@exercises
def ruled_kernel(standing: Deployment) -> Ruled:
    """One more API of the shared deployment, which asks a policy server of the suite's (P)."""
    policy = standing.policy()
    told = {"SENTINEL_URL": policy.url, "SENTINEL_TIMEOUT_MS": str(SENTINEL_TIMEOUT_MS)}
    return Ruled(standing.kernel(told), policy)


@pytest.fixture
@exercises
def ruled(ruled_kernel: Ruled) -> Iterator[Ruled]:
    """The same, once it allocates; the policy allows everything again when the check is over."""
    until(lambda: ruled_kernel.kernel.allocate().status, lambda status: status == OK, BACK_SECONDS)
    yield ruled_kernel
    ruled_kernel.policy.allow()


@pytest.fixture
@observes
def described(stack: Stack) -> Iterator[Deployment]:
    """A deployment of which only the files are read: nothing is started."""
    yield from _deployments(stack, looks_only=True)


@pytest.fixture
@observes
def embedded(stack: Stack) -> frozenset[str]:
    """The roles of services that the suite brings itself: new ones, and no more than its packages can do."""
    return frozenset(role for role, service in stack.target.services.items() if service.provided)


@pytest.fixture
@exercises
def deployment(stack: Stack) -> Iterator[Deployment]:
    """A deployment of the check's own: a fresh store, nothing started."""
    yield from _deployments(stack)


@pytest.fixture
@disrupts
def drill(stack: Stack) -> Iterator[Deployment]:
    """A deployment of the check's own, whose processes may be killed and whose rows may be damaged."""
    yield from _deployments(stack)


@pytest.fixture
@disrupts
def store_drill(stack: Stack) -> Iterator[Deployment]:
    """A deployment whose store is its own too, to be stopped and frozen."""
    yield from _deployments(stack, own_services=True)


def _deployments(
    stack: Stack, *, own_services: bool = False, looks_only: bool = False
) -> Iterator[Deployment]:
    """A deployment of a twin of its own, closed afterwards."""
    with (
        stack.twin("kernel", own_services=own_services) as twin,
        closing(Deployment(twin, stack.secrets, looks_only=looks_only)) as deployment,
    ):
        yield deployment
