"""Job sources for their tests, all gone after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.stack.ports import Ports
from systems.chassis.migrations import migrate
from systems.jobsources.migrate import FOLDER
from tests.systems.jobsources import apis, forks, workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.stack import Stack, Twin
    from tests.systems.jobsources.apis import Api, Apis
    from tests.systems.jobsources.forks import Warm
    from tests.systems.jobsources.workers import Bench


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """A process that has loaded every program."""
    with forks.warm() as found:
        yield found


@pytest.fixture(scope="session")
def ports() -> Iterator[Ports]:
    """Ports that nobody else is dealt."""
    found = Ports()
    yield found
    found.close()


@pytest.fixture
def bench(warm: Warm, ports: Ports, tmp_path: Path) -> Iterator[Bench]:
    """What stands around a worker."""
    with workers.bench(warm, ports, tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def store(stand_ins: Stack) -> Iterator[Twin]:
    """A store with its tables."""
    with stand_ins.twin("jobsources") as twin:
        migrate(twin.resolve("{store.url}"), FOLDER)
        yield twin


@pytest.fixture(scope="session")
def all_apis(warm: Warm, store: Twin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apis]:
    """What stands around APIs, for all tests."""
    folder = tmp_path_factory.mktemp("apis")
    with apis.apis(warm, store.resolve("{store.url}"), folder) as found:
        yield found


@pytest.fixture
def around(all_apis: Apis) -> Iterator[Apis]:
    """
    What stands around APIs: a store without runs, a worker that takes everything.

    APIs that a test starts end with it: each delivers whatever is due in the store, to its own worker.
    """
    all_apis.clear()
    before = len(all_apis.started)
    yield all_apis
    all_apis.end(before)


@pytest.fixture(scope="session")
def shared_api(all_apis: Apis) -> Api:
    """An API that tests share; it leaves to others what they have put off, and their silent runs."""
    return all_apis.start(WORKER_DISPATCH_RETRY_INTERVAL_MS="60000", SCRAPE_STALE_SWEEP_SEC="3600")


@pytest.fixture
def api(around: Apis, shared_api: Api) -> Api:
    """An API that tests share, on a store without runs."""
    assert around is shared_api.apis
    return shared_api
