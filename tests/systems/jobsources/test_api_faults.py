"""The API's faults: each takes hold where a caller sees it, and the same look finds nothing on a sound API."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from systems.jobsources.faults import load_faults
from systems.jobsources.faults.__main__ import FAULTS
from tests.systems.jobsources import (
    callback_looks,
    health_looks,
    number_looks,
    outcome_looks,
    run_looks,
)
from tests.systems.jobsources.cutter import wire
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.looks import STARTS, is_frozen
from tests.systems.jobsources.servers import serving
from tests.systems.jobsources.tokens import jwks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.jobsources.apis import Api, Apis
    from tests.systems.jobsources.cutter import Wire
    from tests.systems.jobsources.servers import Server

pytestmark = pytest.mark.slow
LOOKS = (
    health_looks.LOOKS
    | callback_looks.LOOKS
    | run_looks.LOOKS
    | number_looks.LOOKS
    | outcome_looks.LOOKS
)
INDEX = "CREATE UNIQUE INDEX IF NOT EXISTS job_source_runs_one_retry ON job_source_runs (retry_of_run_id)"


@pytest.fixture(scope="module")
def keys() -> Iterator[Server]:
    """Where the keys are published."""
    with serving(lambda _: (200, jwks("suite"))) as found:
        yield found


@pytest.fixture(scope="module")
def silent(all_apis: Apis) -> Iterator[Wire]:
    """A wire to the store that may say nothing."""
    with wire(int(str(conninfo_to_dict(all_apis.dsn)["port"]))) as found:
        yield found


@pytest.fixture
def told(around: Apis, keys: Server, silent: Wire) -> Iterator[dict[str, str]]:
    """What stands for an address in a look's environment; the store is mended afterwards."""
    dsn = make_conninfo(around.dsn, host="127.0.0.1", port=silent.port)
    yield {"keys": keys.url, "wire": dsn}
    around.clear()
    around.sql("DROP TABLE IF EXISTS callback_secrets")
    around.sql(INDEX)


@pytest.mark.parametrize("name", LOOKS)
def test_it_takes_hold(
    around: Apis, shared_api: Api, silent: Wire, told: dict[str, str], name: str
) -> None:
    """On the broken API the look sees it; on the sound one it sees nothing."""
    look = LOOKS[name]
    env = {key: value.format(**told) for key, value in look.env.items()}
    # The users are there already: the shared API has seen to that.
    users = {"SEED_USERS": ""}
    for fault in (name, ""):
        around.clear()
        around.sql(INDEX)
        api = around.start(fault, **env, **users) if fault or env else shared_api
        api.wire = silent
        try:
            assert bool(look.see(api)) is bool(fault), api.log()
        finally:
            if api is not shared_api:
                api.end()


@pytest.mark.parametrize("name", STARTS)
def test_it_takes_hold_at_start(around: Apis, name: str) -> None:
    """What must be refused starts."""
    broken, sound = (around.attempt(fault, **STARTS[name]) for fault in (name, ""))

    assert around.warm.wait(sound.fork) == 1
    until(broken.listens)
    broken.end(signal.SIGKILL)


def test_it_stands_still_at_times(
    around: Apis, shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sooner here than it does."""
    assert load_faults.EVERY_SECONDS == 20
    monkeypatch.setattr(around, "env", around.env | {"FROZEN_EVERY_SECONDS": "3"})
    broken = around.start("frozen-now-and-then")

    assert (is_frozen(broken), is_frozen(shared_api)) == (True, False)
    broken.end()


def test_each_breaks_claims_and_is_looked_for() -> None:
    """No fault of the API without a look, none without a claim."""
    ours = [fault for fault in FAULTS if fault.process == "api"]

    assert {fault.name for fault in ours} == {*LOOKS, *STARTS, "frozen-now-and-then"}
    for fault in ours:
        assert fault.breaks, fault.name
        assert all(claim.startswith("jobsources.") for claim in fault.breaks), fault.name
