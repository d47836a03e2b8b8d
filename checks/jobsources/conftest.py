"""The job sources for their checks: an API that is only looked at, one to share, and deployments of one's own."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter_deployment import Deployment
from checks.jobsources.crew import Crew
from checks.jobsources.driven import drive
from checks.jobsources.incident import fell, rehearse
from checks.jobsources.letters import HASTE, POSTMANS_TOKEN, Letters, beside
from checks.jobsources.outages import live_through
from checks.jobsources.promotion import Promoted, verify
from checks.jobsources.siblings import Siblings
from checks.jobsources.succession import succeed
from proofbook import NotAsked, disrupts, exercises, observes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.driven import Driven
    from checks.jobsources.incident import Fallen, Rehearsed
    from checks.jobsources.outages import Outages
    from checks.jobsources.promotion import Verifications
    from checks.jobsources.source_site import SourceSite
    from checks.jobsources.succession import Succession
    from proofbook.stack import Stack

#: Only what lies here is ours to arrange.
HERE = Path(__file__).parent
#: Fixtures that stand for a session: each process that runs checks starts its own, so that few should.
SHARED = ("watched", "standing", "outages")
#: The fixture whose runs are driven once, and looked at by many checks.
DRIVEN = "driven"
#: So many processes share the checks that use them.
SHARING = 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep those who share a deployment together, but for files that say where."""
    ours = [item for item in items if item.path.parent == HERE]
    alone = [item for item in ours if item.get_closest_marker("xdist_group") is None]
    sharing = [item for item in alone if {*SHARED} & {*getattr(item, "fixturenames", ())}]
    for number, item in enumerate(sharing):
        item.add_marker(pytest.mark.xdist_group(f"jobsources-{number * SHARING // len(sharing)}"))
    for item in ours:
        if DRIVEN in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("jobsources-driven"))


@pytest.fixture(scope="session")
@observes
def watched(stack: Stack) -> Iterator[Api]:
    """An API that is only looked at: it refuses what could change something."""
    for deployment in _deployments(stack, looks_only=True):
        yield deployment.reach(deployment.api(raised=False).process)


@pytest.fixture(scope="session")
@exercises
def standing(stack: Stack) -> Iterator[Deployment]:
    """A deployment that checks share: runs of others stand in its store."""
    yield from _deployments(stack)


@pytest.fixture(scope="session")
@exercises
def shared_api(standing: Deployment) -> Api:
    """The shared deployment's API, throttles raised; checks take `api`."""
    if not standing.is_ours("api"):
        raise NotAsked("the API is an address: it cannot be told to send its tasks to the suite")
    return standing.api()


@pytest.fixture
@exercises
def api(standing: Deployment, shared_api: Api) -> Iterator[Api]:
    """The same; its worker sink takes everything, and what a check began is ended after it."""
    standing.sink.reset()
    yield shared_api
    standing.sink.reset()
    shared_api.finish_all()


@pytest.fixture(scope="session")
@exercises
def siblings(standing: Deployment, shared_api: Api) -> Siblings:
    """APIs beside the shared one that are told something else."""
    assert shared_api.process.is_running
    return Siblings(standing)


@pytest.fixture(scope="session")
@exercises
def shared_worker(standing: Deployment) -> Worker:
    """A worker of the shared deployment, as the target starts it; checks take `worker`."""
    return standing.worker()


@pytest.fixture
@exercises
def worker(standing: Deployment, shared_worker: Worker) -> Iterator[Worker]:
    """The same; the source site answers again when the check is over."""
    yield shared_worker
    standing.site.release()


@pytest.fixture(scope="session")
@exercises
def crew(standing: Deployment) -> Crew:
    """Workers of the shared deployment, each with an environment that some check asks for."""
    return Crew(standing)


@pytest.fixture
@exercises
def site(standing: Deployment) -> Iterator[SourceSite]:
    """What its workers scrape; it answers again when the check is over."""
    if not standing.is_ours("worker"):
        raise NotAsked("the worker is an address: it cannot be told to scrape the suite's site")
    yield standing.site
    standing.site.release()


@pytest.fixture(scope="session")
@exercises
def shared_letters(standing: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Letters:
    """The folder of the suite's for dead letters; checks take `letters`."""
    return Letters(beside(standing, tmp_path_factory.mktemp("letters")))


@pytest.fixture
@exercises
def letters(shared_letters: Letters) -> Iterator[Letters]:
    """The same, empty before and after."""
    shared_letters.clear()
    yield shared_letters
    shared_letters.clear()


@pytest.fixture
@exercises
def postman(crew: Crew, letters: Letters) -> Worker:
    """A worker whose letters lie there, and that shows a token of its own."""
    return crew.worker({**letters.env, **HASTE, "WORKER_CALLBACK_TOKEN": POSTMANS_TOKEN})


@pytest.fixture(scope="session")
@disrupts
def succession(
    standing: Deployment, shared_api: Api, tmp_path_factory: pytest.TempPathFactory
) -> Succession:
    """A worker that was killed, and what another made of its letters."""
    letters = Letters(beside(standing, tmp_path_factory.mktemp("legacies"), "legacies"))
    return succeed(standing, shared_api, letters)


@pytest.fixture(scope="session")
@exercises
def driven(stack: Stack) -> Iterator[Driven]:
    """An API whose runs were driven to each of their ends, and what it said meanwhile."""
    for deployment in _deployments(stack):
        yield drive(deployment)


@pytest.fixture(scope="session")
@observes
def promoted(stack: Stack) -> Iterator[Promoted]:
    """API, worker and web front that know each other, to be looked at."""
    for deployment in _deployments(stack, looks_only=True):
        yield Promoted.up(deployment)


@pytest.fixture(scope="session")
@observes
def verifications(promoted: Promoted) -> Verifications:
    """What the operator's verification said of them, and of each part broken."""
    return verify(promoted)


@pytest.fixture(scope="session")
@exercises
def acting(promoted: Promoted, stack: Stack) -> Iterator[Deployment]:
    """The same deployment, for whom may change it."""
    with closing(Deployment(promoted.deployment.twin, stack.secrets)) as deployment:
        yield deployment


@pytest.fixture(scope="session")
@exercises
def rehearsed(
    promoted: Promoted, verifications: Verifications, acting: Deployment, stack: Stack
) -> Rehearsed:
    """What verification, smoke test and the steps of the pages did there, once it was verified."""
    assert verifications
    return rehearse(promoted, acting, stack)


@pytest.fixture(scope="session")
@disrupts
def fallen(promoted: Promoted, rehearsed: Rehearsed, acting: Deployment) -> Fallen:
    """What was seen when its programs were killed in turn, after all else: nothing of it runs any more."""
    assert rehearsed
    return fell(promoted, acting)


@pytest.fixture
@observes
def described(stack: Stack) -> Iterator[Deployment]:
    """A deployment of which only the files are read: nothing is started."""
    yield from _deployments(stack, looks_only=True)


@pytest.fixture(scope="session")
@disrupts
def outages(stack: Stack) -> Outages:
    """What health said while the store, the worker and the API of one deployment went away and came back."""
    (found,) = [live_through(each) for each in _deployments(stack, own_services=True)]
    return found


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
        stack.twin("jobsources", own_services=own_services) as twin,
        closing(Deployment(twin, stack.secrets, looks_only=looks_only)) as deployment,
    ):
        yield deployment
