"""CORE OS for its checks: one API for those that only look, one to share, one of one's own."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from checks.coreos.adapter_deployment import Deployment
from checks.coreos.adapter_steps import Host, Pages
from checks.coreos.composed import composed
from checks.coreos.turns import turn
from proofbook import NotAsked, NoVerdict, disrupts, exercises, observes
from proofbook.errors import ProofbookError
from proofbook.history import accused, to_lines
from proofbook.instruments.waiting import until
from proofbook.targets import load

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from checks.coreos.adapter import Api
    from checks.coreos.composed import Composed, Up
    from proofbook.attaching import Attach
    from proofbook.history import History, Promises
    from proofbook.stack import Stack


#: Checks that bring up all of a deployment: where those are containers, so many at a time.
WHOLE = ("host", "test_up")
WHOLE_AT_ONCE = 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where a deployment is containers, only so many are brought up at a time."""
    if _has_containers(config):
        whole = [item for item in items if _is_whole(item)]
        for number, item in enumerate(whole):
            item.add_marker(pytest.mark.xdist_group(f"whole-{number % WHOLE_AT_ONCE}"))


def _has_containers(config: pytest.Config) -> bool:
    try:
        return "docker" in load(config.rootpath, config.option.target).needs
    except ProofbookError:
        return False  # who runs the suite has said so, if it is wrong


def _is_whole(item: pytest.Item) -> bool:
    """Whether a check brings up a deployment of its own by the operator's command."""
    return item.path.stem in WHOLE or bool({*WHOLE} & {*getattr(item, "fixturenames", ())})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What went wrong where others work, too, tells nothing of the claim: it gives no verdict."""
    try:
        return (yield)
    except NotAsked:
        raise
    except (AssertionError, NoVerdict) as broken:
        for fixture in getattr(item, "funcargs", {}).values():
            if isinstance(fixture, Deployment) and (others := fixture.intrusion()):
                raise others from broken
        raise


class Judged(Protocol):
    """The fixture `judged`."""

    def __call__(self, history: History, promises: Promises) -> None:
        """Raise `AssertionError` with what the history breaks first, if it breaks anything."""


@pytest.fixture
@observes
def judged(attach: Attach) -> Judged:
    """Judges a history: its plan is kept; what it breaks is kept whole, shortened, drawn and printed."""

    def judge(history: History, promises: Promises) -> None:
        attach("schedule.json", json.dumps(history.plan, indent=1))
        accusation = accused(history, promises)
        if accusation is None:
            return
        attach("history.jsonl", "".join(to_lines(history)))
        attach("timeline.svg", accusation.svg)
        print(accusation.text)  # noqa: T201 - pytest keeps it with the failure
        raise AssertionError(str(accusation))

    return judge


@pytest.fixture(scope="session")
@observes
def watched(stack: Stack) -> Iterator[Api]:
    """An API that is only looked at: it refuses what could change something."""
    for deployment in _deployments(stack, looks_only=True):
        yield deployment.api()


@pytest.fixture(scope="session")
@exercises
def standing(stack: Stack) -> Iterator[Deployment]:
    """A deployment that checks share: none of them may rely on an empty queue."""
    yield from _deployments(stack)


@pytest.fixture(scope="session")
@exercises
def shared(standing: Deployment) -> Api:
    """The shared deployment's API, in the target's own environment."""
    return standing.api()


@pytest.fixture(scope="session")
@exercises
def sound_worker(standing: Deployment) -> int:
    """How often a worker polled that was started as the target says, unchanged."""
    idle = standing.fake_api(lambda _: (200, {"job": None}))
    pace = standing.settings(POLL_INTERVAL_SECONDS=0.3)
    worker = standing.worker(idle.url, "w-sound", pace.env)
    patience = 10 + 3 * pace["POLL_INTERVAL_SECONDS"]
    seen = until(lambda: len(idle.exchanges()), lambda polls: polls >= 1, patience)
    worker.process.kill()
    return seen


@pytest.fixture(scope="session")
@disrupts
def containers(stack: Stack) -> Iterator[Up]:
    """The target's whole compose file, up; each of its two forms is started once, and shared."""
    with ExitStack() as opened:
        known: dict[bool, Composed | NoVerdict] = {}

        def up(*, override: bool = False) -> Composed:
            if override not in known:
                deployments = contextmanager(_deployments)
                deployment = opened.enter_context(deployments(stack))
                try:
                    whole = opened.enter_context(composed(deployment, override=override))
                    known[override] = whole
                except NoVerdict as why:
                    known[override] = why
            found = known[override]
            if isinstance(found, NoVerdict):
                raise found
            return found

        yield up


@pytest.fixture
@observes
def described(stack: Stack) -> Iterator[Deployment]:
    """A deployment of which only the files are read: nothing is started."""
    yield from _deployments(stack, looks_only=True)


@pytest.fixture
@exercises
def deployment(stack: Stack) -> Iterator[Deployment]:
    """A deployment of the check's own: a fresh store, nothing started."""
    yield from _turns(stack)


@pytest.fixture
@exercises
def api(deployment: Deployment) -> Api:
    """An API of the check's own, on a fresh store."""
    return deployment.api()


@pytest.fixture
@disrupts
def drill(stack: Stack) -> Iterator[Deployment]:
    """A deployment of the check's own, whose processes it may kill and freeze."""
    yield from _turns(stack)


@pytest.fixture
@disrupts
def store_drill(stack: Stack) -> Iterator[Deployment]:
    """A deployment whose store is its own too, to be stopped and frozen."""
    yield from _turns(stack, own_services=True)


@pytest.fixture
@observes
def pages(request: pytest.FixtureRequest, stack: Stack, attach: Attach) -> Iterator[Pages]:
    """The runbook's pages; a step does what it says it does, and no more than the target permits."""
    with stack.twin("coreos") as twin:
        yield Pages(twin, stack, attach, named=getattr(request.module, "STEPS", ()))


@pytest.fixture
@disrupts
def host(request: pytest.FixtureRequest, drill: Deployment, stack: Stack, attach: Attach) -> Host:
    """A deployment that its operator brought up by the target's own command."""
    named = getattr(request.module, "STEPS", ())
    return Host.up(drill, Pages(drill.twin, stack, attach, named=named))


def _turns(stack: Stack, *, own_services: bool = False) -> Iterator[Deployment]:
    """A deployment for one check; where it is an address, the checks take turns."""
    for deployment in _deployments(stack, own_services=own_services):
        if deployment.is_ours:
            yield deployment
            continue
        with turn(deployment):
            yield deployment


def _deployments(
    stack: Stack, *, own_services: bool = False, looks_only: bool = False
) -> Iterator[Deployment]:
    """A deployment of a twin of its own, closed afterwards."""
    with (
        stack.twin("coreos", own_services=own_services) as twin,
        closing(Deployment(twin, stack.secrets, looks_only=looks_only)) as deployment,
    ):
        yield deployment
