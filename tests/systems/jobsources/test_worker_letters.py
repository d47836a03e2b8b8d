"""Dead letters: what is kept of a callback that did not arrive, and how it arrives after all."""

from __future__ import annotations

import asyncio
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from systems.jobsources import letters, worker_settings
from systems.jobsources.courier import Courier
from systems.jobsources.tasks import Task
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import api
from tests.systems.jobsources.test_worker_pure import RUN, VECTORS
from tests.systems.jobsources.workers import AUTH, COMPLETE, is_signed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.systems.jobsources.servers import Asked
    from tests.systems.jobsources.workers import Bench


def terminal(**changes: Any) -> dict[str, Any]:
    """The body of a callback."""
    ids = {"sourceRunId": str(uuid4()), "runId": "run-1", "eventId": str(uuid4())}
    return ids | {"status": "FAILED", "error": "[network] x"} | changes


def failing(_asked: Asked) -> tuple[int, str]:
    """An API that fails."""
    return 500, "{}"


def answering(data: dict[str, Any]) -> Any:
    """An API that answers each callback so."""
    return lambda _: (201, json.dumps({"success": True, "data": data}))


def test_what_did_not_arrive_is_kept_whole(bench: Bench) -> None:
    """After as many attempts as are to be made, for this user only, without anything that lets anybody send it."""
    worker = bench.worker(
        WORKER_CALLBACK_RETRY_ATTEMPTS="3", WORKER_CALLBACK_TOKEN="secret-of-environment"
    )
    bench.sink.respond = failing

    assert worker.post(callbackToken="secret-of-task").status_code == 202
    until(worker.is_idle)

    attempts = bench.callbacks()
    assert [each.body["callbackAttemptNo"] for each in attempts] == [1, 2, 3]
    assert len({each.body["eventId"] for each in attempts}) == 1
    assert all(is_signed(each, "COMPLETED") for each in attempts)
    assert attempts[0].headers["authorization"] == "Bearer secret-of-task"
    [path] = bench.letters
    letter = json.loads(path.read_text())
    assert set(letter) == {"callbackUrl", "requestId", "payload", "reason", "createdAt"}
    assert (letter["callbackUrl"], letter["requestId"]) == (bench.sink.url + COMPLETE, "req-1")
    assert letter["payload"] == attempts[-1].body
    assert letter["reason"] == "callback rejected (500)"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secret-of" not in path.read_text()
    assert attempts[0].headers["x-worker-signature"] not in path.read_text()
    assert "secret-of" not in worker.fork.log.read_text()


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_last_word_is_the_last(bench: Bench, status: int) -> None:
    """One attempt, then a letter."""
    worker = bench.worker()
    bench.sink.respond = lambda _: (status, "{}")

    assert worker.post().status_code == 202
    until(worker.is_idle)

    assert len(bench.callbacks()) == 1
    assert len(bench.letters) == 1


def test_an_api_that_is_slow_is_tried_again(bench: Bench) -> None:
    """Each attempt has its time."""
    worker = bench.worker(WORKER_CALLBACK_TIMEOUT_MS="2000", WORKER_CALLBACK_RETRY_ATTEMPTS="2")
    bench.sink.is_open.clear()

    assert worker.post(heartbeatUrl=None).status_code == 202
    until(lambda: bench.letters)

    until(lambda: len(bench.callbacks()) == 2)
    assert json.loads(bench.letters[0].read_text())["reason"] == (
        "callback failed: no answer within 2000 ms"
    )


def test_letters_of_one_run_do_not_collide(bench: Bench) -> None:
    """Twenty tasks of one run id leave twenty letters; one replay beside another sends each once."""
    worker = bench.worker(WORKER_MAX_CONCURRENT_TASKS="5")
    bench.sink.respond = lambda _: (404, "{}")
    for _ in range(20):
        assert worker.post(runId="same", sourceRunId=None, heartbeatUrl=None).status_code == 202
    until(worker.is_idle)
    assert len(bench.letters) == 20

    bench.sink.asked.clear()
    bench.sink.respond = api
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: worker.replay(), range(2))

    assert {first["sent"], second["sent"]} == {20, 0}
    assert {first["total"], second["total"]} == {20, 0}
    assert len(bench.callbacks()) == 20
    assert bench.letters == []


def test_a_command_and_a_worker_take_turns(bench: Bench) -> None:
    """The folder is one, whoever replays it."""
    worker = bench.worker()
    for n in range(10):
        bench.write_letter(f"{n}", terminal())

    with ThreadPoolExecutor(2) as pool:
        told = pool.submit(worker.replay)
        code, out, _ = bench.command("callbacks_replay")
        first = told.result()

    assert code == 0
    assert first["sent"] + json.loads(out)["sent"] == 10
    assert len(bench.callbacks()) == 10


def test_letters_arrive_as_in_the_vectors(bench: Bench) -> None:
    """Each kind is signed as what it is, afresh, with today's bearer or none; what is no letter stays."""
    ids = {"sourceRunId": RUN, "runId": "run-1", "eventId": "evt-1"}
    job = {"url": "https://x/", "title": "t", "description": "d"}
    bench.write_letter(
        "1-terminal", {**ids, "status": "COMPLETED"}, requestId="req-1", callbackToken="cb-tok"
    )
    bench.write_letter("2-single-ingest", {**ids, "job": job}, requestId="req-2")
    bench.write_letter("3-batch-ingest", {**ids, "jobs": [job]}, requestId="req-3")
    bench.write_letter("4-norunid", {"sourceRunId": RUN, "eventId": "evt-4", "status": "FAILED"})
    bench.write_letter("5-rejected", terminal(eventId="evt-5"))
    folder = bench.folder / "letters"
    (folder / "6-broken.json").write_text("{")
    (folder / "7-subdir").mkdir()
    (folder / "8-notes.txt").write_text("notes")
    bench.sink.respond = lambda asked: (
        (500, "{}") if asked.body["eventId"] == "evt-5" else (201, "{}")
    )

    code, out, _ = bench.command("callbacks_replay")

    vectors = VECTORS["dead_letter"]
    result = vectors["replay_result"]["expect"]
    assert (code, json.loads(out.splitlines()[-1])) == (1, result)
    for asked, case in zip(bench.callbacks(), vectors["replay"], strict=True):
        wanted = {**case, **case.get("expect", {})}
        assert asked.headers.get("authorization") == wanted["authorization"]
        assert asked.headers.get("x-request-id") == wanted["x_request_id"]
        assert is_signed(asked, wanted["status_token_signed"]), case["name"]
    assert sorted(path.name for path in folder.iterdir()) == vectors["files_left"]["names"]


@pytest.mark.parametrize(
    ("data", "is_refused"),
    [
        ({"ok": True, "status": "COMPLETED", "idempotent": False}, False),
        ({"reasonCode": "DUPLICATE_EVENT_ID"}, False),
        ({"reasonCode": "RUN_ALREADY_FINALIZED"}, False),
        ({"reasonCode": "RUN_FINALIZED_WITH_CONFLICTING_STATUS"}, True),
        ({"reasonCode": "CONFLICTING_EVENT_PAYLOAD"}, True),
        ({"ok": True, "ignored": True}, True),
    ],
)
def test_a_letter_goes_once_the_api_has_it(
    bench: Bench, data: dict[str, Any], *, is_refused: bool
) -> None:
    """What it had already counts; what it will never take is laid aside."""
    bench.sink.respond = answering(data)
    bench.write_letter("one", terminal())

    code, _, _ = bench.command("callbacks_replay")

    assert code == is_refused
    assert bench.letters == []
    aside = bench.folder / "letters" / "refused" / "one.json"
    assert aside.exists() == is_refused


@pytest.mark.parametrize("status", [500, 401, 404, 302])
def test_a_letter_stays_where_it_was_not_taken(bench: Bench, status: int) -> None:
    """Whatever the reason."""
    worker = bench.worker()
    bench.write_letter("one", terminal())
    bench.sink.respond = lambda _: (status, "{}")

    assert worker.replay() == {"ok": True, "total": 1, "sent": 0, "failed": 1}
    assert len(bench.letters) == 1


def test_nothing_to_replay_is_well(bench: Bench) -> None:
    """Also where there is no folder yet; two letters of one name can both be refused."""
    assert bench.command("callbacks_replay")[:2] == (0, '{"total": 0, "sent": 0, "failed": 0}\n')

    bench.sink.respond = answering({"ignored": True})
    for _ in range(2):
        bench.write_letter("one", terminal())
        assert bench.command("callbacks_replay")[0] == 1
    assert len(list((bench.folder / "letters" / "refused").iterdir())) == 2


def test_a_wrong_environment_is_refused(bench: Bench) -> None:
    """Before anything is sent."""
    bench.write_letter("one", terminal())

    code, out, log = bench.command("callbacks_replay", WORKER_CALLBACK_RETRY_ATTEMPTS="0")

    assert (code, out) == (1, "")
    assert '"variable": "WORKER_CALLBACK_RETRY_ATTEMPTS", "reason": "wanted: 1 to 10"' in log


def test_letters_outlive_their_worker(bench: Bench) -> None:
    """Another one sends them, with the token of its own day."""
    bench.sink.respond = lambda _: (404, "{}")
    first = bench.worker(WORKER_CALLBACK_TOKEN="yesterday")
    assert first.post().status_code == 202
    until(lambda: bench.letters)
    first.end()

    bench.sink.asked.clear()
    bench.sink.respond = api
    second = bench.worker(WORKER_CALLBACK_TOKEN="today")

    assert second.replay()["sent"] == 1
    assert bench.callbacks()[0].headers["authorization"] == "Bearer today"


def test_a_get_replays_nothing(bench: Bench) -> None:
    """Nor does a stranger."""
    client = bench.worker().client
    bench.write_letter("one", terminal())

    assert client.get("/callbacks/replay", headers=AUTH).status_code == 404
    assert client.post("/callbacks/replay").status_code == 401
    assert (bench.callbacks(), len(bench.letters)) == ([], 1)


@pytest.mark.parametrize(
    "text", ["[]", '{"payload": {}}', '{"callbackUrl": "file:///x", "payload": {}}']
)
def test_what_is_no_letter_is_left_alone(tmp_path: Path, text: str) -> None:
    """A list; nothing to send it to; nowhere to send it."""
    path = tmp_path / "one.json"
    path.write_text(text)

    with pytest.raises(letters.NoLetter):
        letters.read(path)


def test_a_link_is_no_letter(tmp_path: Path) -> None:
    """Only what is a file is."""
    kept = letters.Letters(tmp_path)
    path = kept.write(letters.Letter(callback_url="http://x/", payload={"runId": "a/b c:d.e"}))
    (tmp_path / "link.json").symlink_to(path)

    assert kept.all() == [path]
    assert path.name.startswith("a_b_c_d_e-")
    assert [each.name for each in tmp_path.glob(".*")] == []


class Clumsy:
    async def post(self, *_: object, **__: object) -> None:
        raise RuntimeError("a bug")


def test_a_bug_of_ours_loses_no_callback(tmp_path: Path) -> None:
    """It is kept, and not tried again."""
    settings = worker_settings.read_callbacks({"WORKER_DEAD_LETTER_DIR": str(tmp_path)})
    kept: Any = letters.Letters(tmp_path)
    clumsy: Any = Clumsy()
    task = Task(source="x", run_id="run-1", callback_url="http://127.0.0.1:1/")

    asyncio.run(Courier(settings, clumsy, kept).deliver(task, terminal()))

    [path] = kept.all()
    told = json.loads(path.read_text())
    assert (told["reason"], told["payload"]["callbackAttemptNo"]) == (
        "callback failed: RuntimeError",
        1,
    )
