"""What becomes a dead letter, and what stands in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.jobsources.adapter_callbacks import COMPLETE, REQUEST_ID, UNHASHED
from checks.jobsources.adapter_worker import task
from checks.jobsources.letters import GIVEN_UP_SECONDS, HASTE, POSTMANS_TOKEN, told
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.crew import Crew
    from checks.jobsources.letters import Letters
    from checks.jobsources.sinks import ApiSink
    from checks.jobsources.source_site import SourceSite
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("jobsources-letters")

#: An answer after which a callback is given up at once (§2.9).
FINAL = 401
#: What is shorter may stand anywhere by chance.
LEAST = 8
#: Longer than the pause before another attempt, of which there is to be none.
QUIET_SECONDS = 1.0


@pytest.mark.claim("jobsources.undelivered-callback-kept")
def test_a_callback_that_nobody_takes_is_kept(
    claim: ClaimHandle, standing: Deployment, crew: Crew, letters: Letters
) -> None:
    """After its last attempt a letter holds what was to be told, all of it."""
    worker = crew.worker({**letters.env, **_attempts(claim)})
    sink = _answering(standing, claim["code"])
    wanted = task(sink)
    worker.accept(wanted)
    run = wanted["sourceRunId"]
    kept = letters.of(run)
    sent = sink.callbacks(run, COMPLETE)

    claim.require(sent, "no callback was sent")
    claim.require(json.loads(sent[0].request_body).get("jobs"), "the run found no jobs")
    claim.expect(attempts=len(sent))
    assert len(kept) == 1, f"{len(kept)} letters speak of the run"
    letter = told(kept[0])
    headers = {name.lower(): said for name, said in sent[0].request_headers}
    assert letter["callbackUrl"] == sink.url + COMPLETE
    assert letter.get("requestId") == headers.get(worker.access.header(REQUEST_ID).lower())
    assert _lasting(letter["payload"]) == _lasting(json.loads(sent[-1].request_body))


@pytest.mark.claim("jobsources.refused-callback-not-repeated")
def test_a_refusal_is_the_last_word(
    claim: ClaimHandle, standing: Deployment, crew: Crew, letters: Letters
) -> None:
    """What would be refused the next time too is kept at once; what may pass is tried again."""
    worker = crew.worker({**letters.env, **_attempts(claim)})
    sinks = {status: _answering(standing, status) for status in (*claim["final"], claim["code"])}
    tasks = {status: task(sink) for status, sink in sinks.items()}
    for each in tasks.values():
        worker.accept(each)
    runs = {status: each["sourceRunId"] for status, each in tasks.items()}
    kept = {status: len(letters.of(run)) for status, run in runs.items()}

    def sent(status: int) -> int:
        return len(sinks[status].callbacks(runs[status], COMPLETE))

    again = until(
        lambda: [s for s in claim["final"] if sent(s) > claim["once"]], bool, QUIET_SECONDS
    )
    assert not again, f"sent again after {again}"
    for status in claim["final"]:
        claim.expect(once=sent(status))
    claim.expect(attempts=sent(claim["code"]))
    assert set(kept.values()) == {1}, f"letters by status: {kept}"


@pytest.mark.claim("jobsources.letters-never-collide")
def test_letters_of_one_instant_all_survive(
    claim: ClaimHandle, standing: Deployment, crew: Crew, letters: Letters, site: SourceSite
) -> None:
    """Tasks that go by one name and end together leave a letter each."""
    concurrent = str(claim["concurrent"])
    worker = crew.worker({**letters.env, "WORKER_MAX_CONCURRENT_TASKS": concurrent})
    sink, name = _answering(standing, FINAL), f"run-{uuid4()}"
    site.hold()
    for _ in range(claim["tasks"]):
        worker.accept(_nobodys(task(sink), name))
    most = until(lambda: site.waiting, lambda waiting: waiting >= claim["concurrent"], 10)
    site.release()

    def ends() -> int:
        told = [each for each in sink.exchanges() if each.path == COMPLETE]
        return sum(name in each.request_body.decode() for each in told)

    sent = until(ends, lambda count: count >= claim["tasks"], GIVEN_UP_SECONDS)
    # A letter is written once its callback was answered, and safe once the disk says so.
    kept = until(letters.kept, lambda paths: len(paths) >= sent, GIVEN_UP_SECONDS)

    claim.require(most == claim["concurrent"], f"{most} tasks were at work at once")
    claim.require(sent == claim["tasks"], f"{sent} callbacks were sent")
    claim.expect(tasks=sum(told(path).get("payload", {}).get("runId") == name for path in kept))


@pytest.mark.claim("jobsources.letters-hold-no-credential")
@pytest.mark.parametrize("whose", ["task", "worker"])
def test_a_letter_lets_nobody_in(
    claim: ClaimHandle, standing: Deployment, postman: Worker, letters: Letters, whose: str
) -> None:
    """The token that a callback carried is in no letter, nor what signs, and nobody else may read it."""
    tokens = {"task": f"task-{uuid4()}", "worker": POSTMANS_TOKEN}
    sink = _answering(standing, FINAL)
    own = {"callbackToken": tokens["task"]} if whose == "task" else {}
    wanted = task(sink, **own)
    postman.accept(wanted)
    run = wanted["sourceRunId"]
    kept, sent = letters.of(run), sink.callbacks(run, COMPLETE)

    claim.require(kept, "no letter was kept")
    carried = [said for each in sent for name, said in each.request_headers if _is_bearer(name)]
    claim.require(f"Bearer {tokens[whose]}" in carried, "the callback carried another token")
    text = kept[0].read_text("utf-8")
    secrets = {*tokens.values(), *standing.secrets(), standing.secret()}
    found = [secret for secret in secrets if len(secret) >= LEAST and secret in text]
    assert not found, f"{len(found)} secrets stand in it"
    claim.expect(mode=_mode(kept[0]))


def _attempts(claim: ClaimHandle) -> dict[str, str]:
    return {**HASTE, "WORKER_CALLBACK_RETRY_ATTEMPTS": str(claim["attempts"])}


def _answering(deployment: Deployment, status: int) -> ApiSink:
    """A place for callbacks that answers each with this."""
    sink = deployment.api_sink()
    sink.answer(status)
    return sink


def _lasting(body: dict[str, Any]) -> dict[str, Any]:
    """What a body tells, without what may differ from one attempt to the next."""
    return {name: said for name, said in body.items() if name not in UNHASHED}


def _nobodys(payload: dict[str, Any], name: str) -> dict[str, Any]:
    """A task that belongs to no run of the API's, and goes by a name that others have, too."""
    kept = {key: said for key, said in payload.items() if key not in ("sourceRunId", "taskId")}
    return {**kept, "runId": name}


def _is_bearer(name: str) -> bool:
    return name.lower() == "authorization"


def _mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o7777:04o}"
