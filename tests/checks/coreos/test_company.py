"""Where others work at the same address, nothing of theirs is touched, and nothing that they do is a failure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from checks.coreos import company as module
from checks.coreos.adapter import Api
from checks.coreos.adapter_access import Access
from checks.coreos.adapter_worker import Claimed, WireWorker
from checks.coreos.company import Company
from proofbook import NoVerdict
from proofbook.targets import Names

if TYPE_CHECKING:
    from proofbook.instruments.http import Client
    from proofbook.stack import Controlled

OURS, THEIRS = "job-of-the-check", "job-of-a-stranger"
EARLIER = "w1-proofbook-0a1b2c"


def test_all_processes_of_a_run_have_one_mark() -> None:
    """What one of them left there holds up none of the others; another run's workers are told apart."""
    assert module.mark_of("a1") == module.mark_of("a1") != module.mark_of("b2")
    assert module.mark_of(None) != module.mark_of(None)


@dataclass
class Place:
    """An API as far as company is seen there, and what it was asked to change."""

    active: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    #: The job that the next claims hand out.
    next: str = OURS
    #: Who holds the check's own job.
    holder: str | None = None
    posted: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Answer as the contract says."""
        del parts
        if method == "POST":
            self.posted.append(path)
        match path.partition("?")[0]:
            case "/api/jobs/enqueue":
                return httpx.Response(201, json={"jobId": OURS})
            case "/api/jobs/claim":
                return httpx.Response(200, json={"job": self._handed_out()})
            case "/api/ops/metrics/summary":
                return httpx.Response(200, json={"activeWorkers": self.active})
            case "/api/ops/jobs/stuck":
                return httpx.Response(200, json={"jobs": [{"jobId": job} for job in self.stuck]})
            case "/api/ops/jobs/list":
                return httpx.Response(200, json={"jobs": [{"jobId": job} for job in self.listed]})
            case _:
                return httpx.Response(200, json={"workerId": self.holder})

    def _handed_out(self) -> dict[str, Any]:
        return {
            "ticket": {"jobId": self.next, "traceId": "t"},
            "payload": "{}",
            "attempts": 1,
            "maxAttempts": 3,
            "leaseUntil": 0,
        }


def api_of(place: Place) -> tuple[Api, Company]:
    """An API at an address, and the company there."""
    apis: list[Api] = []
    company = Company(apis)
    access = Access(
        names=Names(),
        login_path=None,
        bodies={},
        cookies={},
        worker_headers=None,
        secret="5" * 64,
    )
    client, process = cast("Client", place), cast("Controlled", None)
    apis.append(Api(client, "http://there", access, process, company=company))
    return apis[0], company


def test_among_themselves_the_workers_of_a_check_are_served() -> None:
    """Its own names, its own jobs: nothing is in the way, and nobody else is seen."""
    place = Place()
    api, company = api_of(place)
    worker = WireWorker(api, "w1")
    place.active = [worker.id]
    api.add()

    worker.succeed(worker.take())
    place.holder, place.listed = worker.id, [OURS]

    assert place.posted == ["/api/jobs/enqueue", "/api/jobs/claim", "/api/jobs/result"]
    assert company.intrusion() is None
    assert WireWorker(api, worker.id).id == worker.id


def test_nothing_is_claimed_beside_a_stranger() -> None:
    """Who works there is named, with what to do about it."""
    place = Place(active=["by-hand"])
    api, _ = api_of(place)
    api.add()

    with pytest.raises(NoVerdict) as refused:
        WireWorker(api, "w1").take()

    assert str(refused.value) == "others work at http://there, too: by-hand"
    assert "give the target a `command` for the API" in refused.value.remedy
    assert place.posted == ["/api/jobs/enqueue"]


def test_a_stranger_s_job_is_left_to_its_lease() -> None:
    """No result, no heartbeat, no further claim: whoever put it in finds it as if a worker had died."""
    place = Place(next=THEIRS)
    api, company = api_of(place)
    api.add()
    worker = WireWorker(api, "w1")
    held = Claimed({"jobId": THEIRS, "traceId": "t"}, "{}", 1, 3, 0)
    said = f"{THEIRS} is none of the check's own jobs: it was left to its lease, and nothing was reported"

    for touch in (worker.take, lambda: worker.succeed(held), lambda: worker.heartbeat(held)):
        with pytest.raises(NoVerdict, match=said):
            touch()
    with pytest.raises(NoVerdict, match=said):
        worker.take()

    assert place.posted == ["/api/jobs/enqueue", "/api/jobs/claim"]
    assert str(company.intrusion()) == said


def test_no_reaper_runs_over_a_stranger_s_job() -> None:
    """It would retry or bury what is not the check's."""
    place = Place(stuck=[THEIRS])
    api, _ = api_of(place)

    with pytest.raises(NoVerdict, match=THEIRS):
        api.send("POST", "/api/jobs/reaper", role="owner")

    assert place.posted == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"active": ["by-hand"]}, "others work at http://there, too: by-hand"),
        ({"holder": "by-hand"}, "others work at http://there, too: by-hand"),
        ({"listed": ["old", THEIRS]}, f"somebody else put {THEIRS} in at http://there"),
    ],
)
def test_what_strangers_did_meanwhile_is_seen(seen: dict[str, Any], said: str) -> None:
    """By the workers that are active, by who holds the check's job, and by what came in."""
    place = Place(listed=["old"])
    api, company = api_of(place)
    api.add()

    vars(place).update(seen)

    assert str(company.intrusion()) == said


def test_workers_of_an_earlier_run_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are shown as active for a while after their end; they are no strangers."""
    place = Place(active=[EARLIER])
    api, _ = api_of(place)
    api.add()
    looked: list[Any] = []

    def until(look: Any, accept: Any, within_seconds: float, **_: float) -> Any:
        assert within_seconds > 60
        assert not accept(look())
        place.active = []
        looked.append(look())
        assert accept(looked[-1])
        return looked[-1]

    monkeypatch.setattr(module, "until", until)
    WireWorker(api, "w1").take()

    assert looked == [[]]


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", json.dumps({"jobId": 5}).encode()])
def test_what_speaks_of_no_job_is_sent(content: bytes) -> None:
    """Bad input is the check's own business."""
    place = Place()
    api, _ = api_of(place)

    api.send("POST", "/api/jobs/result", content=content)

    assert place.posted == ["/api/jobs/result"]
