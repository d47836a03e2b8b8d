"""An API and a worker that know each other: what one sends, the other takes."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.systems.jobsources.apis import COMPLETE
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import serving
from tests.systems.jobsources.test_commands import deployment
from tests.systems.jobsources.tokens import AUDIENCE, EMAIL, KEYS, issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.jobsources.apis import Apis
    from tests.systems.jobsources.workers import Bench


def test_a_run_goes_its_whole_way(bench: Bench, around: Apis) -> None:
    """It is asked for, beats, brings offers; another one fails as the site does."""
    with deployment(bench, around) as (api, _):
        done = api.begin()
        until(lambda: api.status(done) == "COMPLETED")
        bench.site.respond = lambda _: (403, "<title>Just a moment...</title>")
        blocked = api.begin()
        until(lambda: api.status(blocked) == "FAILED")

        shown = api.run(done)
        assert (shown["totalFound"], shown["scrapedCount"]) == (2, 2)
        assert (shown["classifiedOutcome"], shown["failureType"]) == ("success", None)
        assert shown["lastHeartbeatAt"]
        shown = api.run(blocked)
        assert (shown["failureType"], shown["classifiedOutcome"]) == (
            "network",
            "source_http_blocked",
        )
    assert bench.letters == []


def test_what_the_api_missed_arrives_later(bench: Bench, around: Apis) -> None:
    """It was away when the run ended; its letter brings the run to its end, once."""
    with deployment(bench, around) as (api, worker):
        bench.site.is_open.clear()
        run = api.begin()
        until(lambda: bench.site.held)
        port = str(api.client.base_url.port)
        api.end(signal.SIGKILL)
        bench.site.is_open.set()
        until(lambda: bench.letters)

        again = around.start(PORT=port, WORKER_CALLBACK_URL=f"http://127.0.0.1:{port}{COMPLETE}")

        assert again.status(run) == "RUNNING"
        assert worker.replay() == {"ok": True, "total": 1, "sent": 1, "failed": 0}
        assert again.status(run) == "COMPLETED"
        rows = around.sql("SELECT status FROM job_source_callback_events")
        assert [row["status"] for row in rows] == ["COMPLETED"]


def test_every_kind_of_letter_is_taken(bench: Bench, around: Apis) -> None:
    """An end, an offer, a batch of them; a second end that says otherwise is laid aside."""
    job = {"url": "https://it.pracuj.pl/praca/a,oferta,1", "title": "t", "description": "d"}
    with deployment(bench, around) as (api, worker):
        bench.site.is_open.clear()
        runs = [api.begin() for _ in range(3)]
        until(lambda: bench.site.held)
        base = f"{api.client.base_url}/api/job-sources"
        end = {"status": "FAILED", "error": "[network] x"}
        bodies: list[tuple[str, dict[str, Any]]] = [
            ("complete", end),
            (f"runs/{runs[1]}/offers", {"job": job, "source": "pracuj-pl-it"}),
            (f"runs/{runs[2]}/offers/batch", {"jobs": [job], "source": "pracuj-pl-it"}),
        ]
        for n, (path, body) in enumerate(bodies):
            ids = {"sourceRunId": runs[n], "eventId": str(uuid4())}
            bench.write_letter(f"{n}", ids | body, callbackUrl=f"{base}/{path}")

        assert worker.replay() == {"ok": True, "total": 3, "sent": 3, "failed": 0}
        assert api.status(runs[0]) == "FAILED"
        other = {"sourceRunId": runs[0], "eventId": str(uuid4()), "status": "COMPLETED"}
        bench.write_letter("other", other, callbackUrl=f"{base}/complete")
        assert worker.replay() == {"ok": True, "total": 1, "sent": 0, "failed": 1}
        aside = json.loads((bench.folder / "letters" / "refused" / "other.json").read_text())
        assert (aside["payload"], bench.letters) == (other, [])


def test_a_worker_proves_who_it_is(bench: Bench, around: Apis) -> None:
    """By a token of its service identity, beside the signature."""
    with serving(issuer) as google:
        bench.env |= {
            "GCE_METADATA_HOST": google.url.removeprefix("http://"),
            "WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE,
        }
        told = {
            "WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE,
            "WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL": EMAIL,
            "OIDC_JWKS_URL": google.url + KEYS,
        }
        with deployment(bench, around, **told) as (api, _):
            run = api.begin()
            until(lambda: api.status(run) in ("COMPLETED", "FAILED"))
            shown = api.run(run)

    assert (shown["status"], bool(shown["lastHeartbeatAt"])) == ("COMPLETED", True)


@pytest.fixture
def _alone(around: Apis) -> Iterator[None]:
    """APIs that other tests share stand still: one that looks now would deliver to a worker of its own."""
    pids = [api.fork.pid for api in around.started]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.usefixtures("_alone")
def test_a_full_worker_gets_its_task_later(bench: Bench, around: Apis) -> None:
    """The run waits until there is a place, and is completed."""
    told = {"WORKER_DISPATCH_RETRY_INTERVAL_MS": "100"}
    bench.env["WORKER_MAX_QUEUE_SIZE"] = "1"
    with deployment(bench, around, **told) as (api, worker):
        bench.site.is_open.clear()
        runs = [api.begin() for _ in range(3)]
        assert api.status(runs[-1]) == "PENDING"
        assert worker.load() == (1, 1)

        bench.site.is_open.set()

        until(lambda: {api.status(run) for run in runs} == {"COMPLETED"})


def test_a_worker_that_ends_ends_its_runs(bench: Bench, around: Apis) -> None:
    """Nobody waits for what will not come."""
    with deployment(bench, around) as (api, worker):
        bench.site.is_open.clear()
        run = api.begin()
        until(lambda: bench.site.held)

        worker.end(signal.SIGTERM)

        assert api.run(run)["error"] == "[unknown] the worker was stopped before the run had ended"
