"""Dead letters are replayed over HTTP: by whoever may, each once, and gone only when they arrived."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.jobsources.adapter_callbacks import batch, completed, failed, job, offer
from checks.jobsources.adapter_worker import REPLAY
from checks.jobsources.identity import AUDIENCE, EMAIL, FOREIGN
from checks.jobsources.letters import told
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.crew import Crew
    from checks.jobsources.identity import Identity
    from checks.jobsources.letters import Letters
    from checks.jobsources.replies import Reply
    from checks.jobsources.succession import Succession
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("jobsources-letters")

REFUSED = 401
#: What a worker is told whose tasks come from Google Cloud Tasks (§2.9, §2.11).
CLOUD_TASKS = {
    "QUEUE_PROVIDER": "cloud-tasks",
    "TASKS_PROJECT_ID": "suite",
    "TASKS_LOCATION": "europe-central2",
    "TASKS_QUEUE": "scrapes",
    "TASKS_URL": "https://worker.jobsources.example/tasks",
    "TASKS_OIDC_AUDIENCE": AUDIENCE,
    "TASKS_SERVICE_ACCOUNT_EMAIL": EMAIL,
}


@pytest.mark.claim("jobsources.worker-replays-letters")
def test_a_worker_replays_its_letters(
    claim: ClaimHandle, api: Api, postman: Worker, letters: Letters
) -> None:
    """It says how many went, and they did."""
    runs = [api.begin() for _ in range(claim["letters"])]
    for run in runs:
        letters.put(completed(run, jobs=[job()]), api)
    before = {api.status(run) for run in runs}
    reply = postman.replay()

    claim.require(before == {"RUNNING"}, f"the runs were {before} before")
    claim.expect(code=reply.status)
    assert _counts(reply) == (len(runs), len(runs), 0), f"it says {reply!r}"
    for run in runs:
        claim.expect(end=api.status(run))
    assert letters.kept() == []


@pytest.mark.claim("jobsources.replay-wants-tasks-token")
def test_only_who_hands_in_tasks_may_replay(
    claim: ClaimHandle, api: Api, postman: Worker, letters: Letters
) -> None:
    """Without the token nothing is sent."""
    run = api.begin()
    letters.put(completed(run), api)
    token = postman.access.credential("tasks")
    refused = [postman.send("POST", REPLAY), postman.replay(bearer="of-somebody-else")]
    refused += [postman.send("POST", REPLAY, headers={"Authorization": token})]
    between = (api.status(run), len(letters.kept()))
    reply = postman.replay()

    claim.require((reply.is_done, api.status(run)) == (True, "COMPLETED"), f"with it: {reply!r}")
    for each in refused:
        claim.expect(refused=each.status)
    assert between == ("RUNNING", 1), "something was sent"


@pytest.mark.claim("jobsources.replay-takes-id-token")
def test_an_id_token_opens_it_too(
    claim: ClaimHandle, standing: Deployment, api: Api, crew: Crew, letters: Letters
) -> None:
    """Of the right audience, of the right service, and genuine."""
    identity = standing.identity
    worker = crew.worker({**letters.env, **identity.env(), **CLOUD_TASKS})
    run = api.begin()
    letters.put(completed(run), api)
    refused = {what: worker.replay(bearer=token) for what, token in _unsound(identity).items()}
    between = (api.status(run), len(letters.kept()))
    reply = worker.replay(bearer=identity.token())

    claim.expect(code=reply.status)
    claim.require(api.status(run) == "COMPLETED", f"with a sound token: {reply!r}")
    admitted = {what: each.status for what, each in refused.items()}
    assert {what: s for what, s in admitted.items() if s != claim["refused"]} == {}
    assert between == ("RUNNING", 1), "something was sent"


@pytest.mark.claim("jobsources.get-replays-nothing")
def test_looking_at_it_replays_nothing(
    claim: ClaimHandle, api: Api, postman: Worker, letters: Letters
) -> None:
    """What only reads sends nothing."""
    run = api.begin()
    letters.put(completed(run), api)
    look = postman.send("GET", REPLAY, bearer=postman.access.credential("tasks"))
    between = (api.status(run), len(letters.kept()))
    reply = postman.replay()

    claim.require(api.status(run) == "COMPLETED", f"POST does not replay: {reply!r}")
    claim.expect(code=look.status)
    assert between == ("RUNNING", 1), "something was sent"


@pytest.mark.claim("jobsources.parallel-replays-send-once")
def test_replays_at_once_send_each_letter_once(
    claim: ClaimHandle, standing: Deployment, api: Api, postman: Worker, letters: Letters
) -> None:
    """Whoever comes second finds nothing left."""
    runs = [api.begin("ab"[number % 2]) for number in range(claim["letters"])]
    for run in runs:
        letters.put(completed(run), api)

    def replay() -> tuple[float, Reply, float]:
        began = time.monotonic()
        return began, postman.replay(), time.monotonic()

    turns = at_once(*[replay] * claim["replays"])
    replies = [reply for _, reply, _ in turns]
    rows = standing.sql.rows(
        "SELECT source_run_id::text AS run FROM job_source_callback_events"
        " WHERE source_run_id::text = ANY(%s)",
        runs,
    )

    claim.require(all(reply.is_done for reply in replies), f"not all were answered: {replies}")
    overlap = max(began for began, _, _ in turns) < min(ended for _, _, ended in turns)
    claim.require(overlap, "one replay was over before another began")
    claim.expect(letters=sum(_counts(reply)[1] for reply in replies))
    assert sum(_counts(reply)[2] for reply in replies) == 0, f"some failed: {replies}"
    assert sorted(str(row["run"]) for row in rows) == sorted(runs), "not one event for each run"


@pytest.mark.claim("jobsources.letter-stays-until-applied")
def test_a_letter_stays_until_it_was_applied(
    claim: ClaimHandle, standing: Deployment, api: Api, postman: Worker, letters: Letters
) -> None:
    """What was not taken waits, what never will be is laid aside, what is done is gone."""
    ended, open_run = api.begin(), api.begin()
    done = api.deliver(completed(ended))
    stays = set()
    for status in claim["stays"]:
        sink = standing.api_sink()
        sink.answer(status)
        stays.add(letters.put(completed(str(uuid4())), api, sink.url))
    conflict = told(letters.put(failed(ended), api))
    letters.put(completed(ended), api)
    letters.put(completed(open_run), api)
    reply = postman.replay()

    claim.require(done.is_applied, f"the run did not end: {done!r}")
    claim.require(api.status(open_run) == "COMPLETED", f"nothing was sent: {reply!r}")
    assert set(letters.kept()) == stays, "not what was not taken is what waits"
    assert [told(path) for path in letters.refused()] == [conflict], "not the conflict lies aside"


@pytest.mark.claim("jobsources.broken-letter-stops-nothing")
def test_a_broken_letter_stops_no_other(
    claim: ClaimHandle, api: Api, postman: Worker, letters: Letters
) -> None:
    """Whatever is in its file, and whatever else lies in the folder."""
    first, last = api.begin(), api.begin()
    letters.put(completed(first), api)
    broken = letters.write("{")
    letters.put(completed(last), api)
    (letters.folder / "folder.json").mkdir()
    (letters.folder / "notes.txt").write_text("no letter")
    reply = postman.replay()
    total, sent, failures = _counts(reply)

    claim.expect(total=total, sent=sent, failed=failures)
    assert (api.status(first), api.status(last)) == ("COMPLETED", "COMPLETED")
    assert letters.kept() == [broken]


@pytest.mark.claim("jobsources.each-kind-of-letter-replays")
def test_letters_of_each_kind_are_replayed(
    claim: ClaimHandle, api: Api, postman: Worker, letters: Letters
) -> None:
    """Each is signed as its endpoint wants it."""
    runs = [api.begin() for _ in range(3)]
    unsigned = api.deliver(batch(runs[2]), secret="")
    for made, run in zip((completed, offer, batch), runs, strict=True):
        letters.put(made(run), api)
    reply = postman.replay()

    claim.require(unsigned.status == REFUSED, f"nobody has to sign: {unsigned!r}")
    claim.expect(sent=_counts(reply)[1])
    assert letters.kept() == []


@pytest.mark.claim("jobsources.letters-outlive-worker")
def test_letters_outlive_their_worker(claim: ClaimHandle, succession: Succession) -> None:
    """Another worker on the same folder sends what a killed one could not."""
    left = succession.unheard_left
    claim.require(left == "RUNNING", f"its run is {left} once it is killed")
    assert succession.unheard == 1, f"{succession.unheard} letters lie in its folder"
    claim.expect(end=succession.unheard_status)


@pytest.mark.claim("jobsources.replay-survives-token-rotation")
def test_a_letter_is_replayed_with_the_token_of_today(
    claim: ClaimHandle, succession: Succession
) -> None:
    """What was refused for its old token arrives with the new one."""
    claim.require(succession.refused == 1, f"{succession.refused} letters were kept")
    claim.require(succession.with_old.status == REFUSED, f"{succession.with_old!r}")
    claim.require(succession.with_new.is_done, f"{succession.with_new!r}")
    claim.expect(end=succession.refused_status)


def _counts(reply: Reply) -> tuple[int, int, int]:
    """How many letters there were, were sent, and were not; -1 for what is not told."""
    total, sent, failures = (reply.body.get(name, -1) for name in ("total", "sent", "failed"))
    return total, sent, failures


def _unsound(identity: Identity) -> dict[str, str]:
    """What is wrong with it → an ID token."""
    past = int(time.time()) - 7200
    token = identity.token
    return {
        "another audience": token(aud="https://other.example"),
        "a list of other audiences": token(aud=["https://other.example"]),
        "another issuer": token(iss="https://issuer.example"),
        "another caller": token(email="other@jobsources.example"),
        "no caller": token(email=None),
        "a caller that was not verified": token(email_verified=False),
        "an end in the past": token(iat=past, exp=past + 3600),
        "a foreign key": token(key=FOREIGN),
        "a key that nobody publishes": token(key=FOREIGN, kid=FOREIGN),
        "no signature": token(alg="none"),
        "a signature that anybody can make": token(alg="HS256"),
    }
