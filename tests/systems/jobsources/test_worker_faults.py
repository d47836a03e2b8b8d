"""The worker's faults: each is seen by a look that finds nothing wrong with a sound worker."""

from __future__ import annotations

import json
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from proofbook.instruments.tcp_proxy import TcpProxy
from systems.jobsources.faults import (
    letter_faults,
    outcome_faults,
    queue_faults,
    replay_faults,
    worker_faults,
)
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import api, serving
from tests.systems.jobsources.test_worker_identity import inward, outward
from tests.systems.jobsources.test_worker_letters import answering, failing, terminal
from tests.systems.jobsources.tokens import issuer, token
from tests.systems.jobsources.workers import AUTH, SECRET, is_signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.systems.jobsources.apis import Apis
    from tests.systems.jobsources.workers import Bench, Worker

    Look = Callable[[Bench, str], object]


def is_health_hidden(bench: Bench, fault: str) -> bool:
    """Strangers are not told."""
    return bench.worker(fault).client.get("/health").status_code != 200


def is_load_untold(bench: Bench, fault: str) -> bool:
    """What runs does not show."""
    worker = busy(bench, fault)
    return worker.load() != (1, 1)


def busy(bench: Bench, fault: str, tasks: int = 2, **env: str) -> Worker:
    """A worker that has one task in hand, and the others waiting."""
    worker = bench.worker(fault, **env)
    bench.site.is_open.clear()
    for _ in range(tasks):
        worker.post()
    until(lambda: bench.site.held)
    return worker


def is_unsigned(bench: Bench, fault: str) -> bool:
    """What arrives proves nothing."""
    return not is_signed(bench.worker(fault).run(), "COMPLETED")


def is_far_ahead(bench: Bench, fault: str) -> bool:
    """What arrives is signed at an instant that is not now."""
    return len(bench.worker(fault).run().headers["x-worker-timestamp"]) == 13


def is_without_id_token(bench: Bench, fault: str) -> bool:
    """What arrives is no ID token."""
    with serving(issuer) as google:
        worker = bench.worker(fault, **outward(google), WORKER_CALLBACK_TOKEN="static")
        return worker.run().headers.get("authorization", "").count(".") != 2


def is_limit_passed(bench: Bench, fault: str) -> bool:
    """More run than may."""
    worker = bench.worker(fault)
    bench.site.is_open.clear()
    for _ in range(3):
        worker.post()
    until(lambda: sum(worker.load()) == 3)
    return worker.load()[0] > 1


def takes(bench: Bench, fault: str, *, size: int, env: dict[str, str]) -> int:
    """How many tasks are taken."""
    worker = bench.worker(fault, WORKER_MAX_QUEUE_SIZE=str(size), **env)
    bench.site.is_open.clear()
    statuses = [worker.post().status_code for _ in range(size + 6)]
    return statuses.count(202)


def is_size_wrong(bench: Bench, fault: str) -> bool:
    """Not as many are taken as should be."""
    return takes(bench, fault, size=3, env={"WORKER_MAX_CONCURRENT_TASKS": "2"}) != 5


def is_time_no_matter(bench: Bench, fault: str) -> bool:
    """A task that is over its time is not, or its request goes on."""
    worker = busy(bench, fault, tasks=1, WORKER_TASK_TIMEOUT_MS="3000")
    try:
        until(lambda: worker.is_idle() and bench.site.left, within_seconds=12)
    except AssertionError:
        return True
    return False


def refused(bench: Bench, fault: str) -> httpx.Response:
    """The answer to one task too many."""
    return busy(bench, fault, WORKER_MAX_QUEUE_SIZE="1").post()


def is_full_untold(bench: Bench, fault: str) -> bool:
    """Nobody is told that there is no place."""
    return refused(bench, fault).status_code != 429


def is_place_lost(bench: Bench, fault: str) -> bool:
    """After all is done there is less room than before."""
    worker = busy(bench, fault, WORKER_MAX_QUEUE_SIZE="1")
    bench.site.is_open.set()
    until(worker.is_idle)
    bench.site.is_open.clear()
    return [worker.post().status_code for _ in range(2)] != [202, 202]


def is_limit_a_wish(bench: Bench, fault: str) -> bool:
    """A limit that cannot be is no reason not to start."""
    worker = bench.attempt(fault, WORKER_MAX_QUEUE_SIZE="1001")
    until(lambda: worker.listens() or bench.warm.has_ended(worker.fork))
    return worker.listens()


def is_broken_body_an_error(bench: Bench, fault: str) -> bool:
    """It is the worker's own fault."""
    answer = bench.worker(fault).client.post("/tasks", content=b"{", headers=AUTH)
    return answer.status_code != 400


def is_large_body_cut(bench: Bench, fault: str) -> bool:
    """Nothing is answered."""
    worker = bench.worker(fault)
    try:
        answer = worker.client.post("/tasks", content=b"x" * 1_000_000, headers=AUTH)
    except httpx.TransportError:
        return True
    return answer.status_code != 413


def is_callback_lost(bench: Bench, fault: str) -> bool:
    """Of ten, nine arrive."""
    worker = bench.worker(fault)
    for _ in range(10):
        worker.post(source="other")
    until(worker.is_idle)
    return len(bench.callbacks()) < 10


def is_refusal_repeated(bench: Bench, fault: str) -> bool:
    """What was refused for good is sent again."""
    worker = bench.worker(fault)
    bench.sink.respond = lambda _: (404, "{}")
    worker.post()
    until(worker.is_idle)
    return len(bench.callbacks()) > 1


def is_error_final(bench: Bench, fault: str) -> bool:
    """What may pass is not tried again."""
    worker = bench.worker(fault)
    bench.sink.respond = failing
    worker.post()
    until(worker.is_idle)
    return len(bench.callbacks()) == 1


#: An address that no machine has (RFC 5737).
NOT_HERE = "192.0.2.1"


#: Of tasks, and what is told of them.
def is_version_taken(bench: Bench, fault: str) -> bool:
    """A task of a version that nobody knows is taken."""
    return bench.worker(fault).post(taskSchemaVersion="2").status_code != 400


def is_block_unnoticed(bench: Bench, fault: str) -> bool:
    """A page that asks for humans is taken for one of the site's."""
    bench.site.respond = lambda _: (200, "<html>Just a moment...</html>")
    told = bench.worker(fault).run().body
    return bool(told["failureCode"] != "SCRAPE_LISTING_HTTP_BLOCKED")


def is_as_soon(bench: Bench, fault: str) -> bool:
    """The second wait is no longer than the first."""
    bench.sink.respond = lambda _: (500, "{}")
    env = {"WORKER_CALLBACK_RETRY_ATTEMPTS": "3", "WORKER_CALLBACK_RETRY_JITTER_PCT": "0"}
    worker = bench.worker(fault, **env, WORKER_CALLBACK_RETRY_BACKOFF_MS="2000")
    began = time.monotonic()
    worker.post()
    until(lambda: len(bench.callbacks()) == 3)
    return time.monotonic() - began < 5.9


WORKER: dict[str, Look] = {
    "callbacks-repeated-as-soon": is_as_soon,
    "any-task-version": is_version_taken,
    "humans-only-unnoticed": is_block_unnoticed,
    "worker-health-behind-token": is_health_hidden,
    "queue-numbers-frozen": is_load_untold,
    "worker-signs-nothing": is_unsigned,
    "worker-sends-no-timestamp": is_unsigned,
    "worker-signs-milliseconds": is_far_ahead,
    "worker-prefers-static-token": is_without_id_token,
    "worker-sends-no-token": is_without_id_token,
    "tasks-run-all-at-once": is_limit_passed,
    "queue-one-too-many": is_size_wrong,
    "queue-counts-what-runs": is_size_wrong,
    "queue-unbounded": is_size_wrong,
    "task-never-times-out": is_time_no_matter,
    "task-outlives-its-time": is_time_no_matter,
    "full-queue-drops-silently": is_full_untold,
    "full-queue-is-an-error": is_full_untold,
    "slots-leak": is_place_lost,
    "wrong-limits-ignored": is_limit_a_wish,
    "bad-json-is-an-error": is_broken_body_an_error,
    "large-body-hung-up-on": is_large_body_cut,
    "every-tenth-callback-lost": is_callback_lost,
    "last-word-asked-again": is_refusal_repeated,
    "every-word-is-the-last": is_error_final,
}


def undelivered(bench: Bench, fault: str, count: int = 1, **changes: Any) -> Worker:
    """A worker whose callbacks were refused."""
    worker = bench.worker(fault)
    bench.sink.respond = lambda _: (404, "{}")
    for _ in range(count):
        worker.post(heartbeatUrl=None, **changes)
    until(worker.is_idle)
    bench.sink.respond = api
    return worker


def is_letter_not_whole(bench: Bench, fault: str) -> bool:
    """What was to be told is not kept."""
    undelivered(bench, fault)
    kept = [json.loads(path.read_text())["payload"] for path in bench.letters]
    return kept != [each.body for each in bench.callbacks()]


def are_letters_fewer(bench: Bench, fault: str) -> bool:
    """Than callbacks that did not arrive."""
    undelivered(bench, fault, 5, runId="same", sourceRunId=None)
    return len(bench.letters) < 5


def is_letter_indiscreet(bench: Bench, fault: str) -> bool:
    """Somebody else can read it, or what stands there lets anybody send it."""
    undelivered(bench, fault, callbackToken="token-of-task")
    [path] = bench.letters
    return "token-of-task" in path.read_text() or stat.S_IMODE(path.stat().st_mode) != 0o600


def is_old_token_sent(bench: Bench, fault: str) -> bool:
    """A letter is sent as it was then."""
    undelivered(bench, fault, callbackToken="yesterday").replay()
    return bench.callbacks()[-1].headers.get("authorization") == "Bearer yesterday"


def is_letter_gone(bench: Bench, fault: str) -> bool:
    """With the worker that wrote it."""
    undelivered(bench, fault).end()
    bench.worker(fault)
    return not bench.letters


def is_replay_a_word(bench: Bench, fault: str) -> bool:
    """It says that it sent what it did not."""
    bench.write_letter("one", terminal())
    told = bench.worker(fault).replay()
    return bool(told["sent"] != len(bench.callbacks()))


def is_stranger_heard(bench: Bench, fault: str) -> bool:
    """Anybody may replay."""
    return bench.worker(fault).client.post("/callbacks/replay").status_code == 200


def is_token_unread(changes: dict[str, Any]) -> Look:
    """Somebody else's token counts."""

    def look(bench: Bench, fault: str) -> bool:
        with serving(issuer) as google:
            client = bench.worker(fault, **inward(google)).client
            headers = {"Authorization": f"Bearer {token(**changes)}"}
            return client.post("/callbacks/replay", headers=headers).status_code == 200

    return look


def is_replayed_by_get(bench: Bench, fault: str) -> bool:
    """A look sends letters."""
    bench.write_letter("one", terminal())
    return bench.worker(fault).client.get("/callbacks/replay", headers=AUTH).status_code == 200


def is_signature_old(bench: Bench, fault: str) -> bool:
    """It would be too old."""
    bench.write_letter("one", terminal(), createdAt="2026-01-01T00:00:00.000Z")
    bench.worker(fault).replay()
    return not is_signed(bench.callbacks()[0], "FAILED")


def is_sent_twice(bench: Bench, fault: str) -> bool:
    """By two who replay together."""
    worker = bench.worker(fault)
    bench.write_letter("one", terminal())
    bench.sink.is_open.clear()
    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(worker.replay) for _ in range(2)]
        until(lambda: bench.callbacks())  # noqa: PLW0108 - a list grows
        try:
            until(lambda: len(bench.callbacks()) > 1, within_seconds=3)
        except AssertionError:
            assert not any(each.done() for each in told)
        bench.sink.is_open.set()
    return len(bench.callbacks()) > 1


def is_refused_letter_gone(bench: Bench, fault: str) -> bool:
    """It is in neither place."""
    bench.write_letter("one", terminal())
    bench.sink.respond = answering({"reasonCode": "CONFLICTING_EVENT_PAYLOAD"})
    bench.worker(fault).replay()
    return not [*bench.letters, *bench.folder.glob("letters/refused/*")]


def is_failed_letter_gone(bench: Bench, fault: str) -> bool:
    """It did not arrive and is not kept."""
    bench.write_letter("one", terminal())
    bench.sink.respond = failing
    bench.worker(fault).replay()
    return not bench.letters


def is_rest_left(bench: Bench, fault: str) -> bool:
    """One bad letter keeps the others."""
    (bench.folder / "letters").mkdir()
    (bench.folder / "letters" / "1.json").write_text("{")
    bench.write_letter("2", terminal())
    bench.worker(fault).client.post("/callbacks/replay", headers=AUTH)
    return not bench.callbacks()


def is_folder_counted(bench: Bench, fault: str) -> bool:
    """What is no letter is taken for one."""
    bench.write_letter("one", terminal())
    (bench.folder / "letters" / "two.json").mkdir()
    return bool(bench.worker(fault).replay()["total"] != 1)


def is_batch_misnamed(bench: Bench, fault: str) -> bool:
    """Its signature does not count."""
    batch = {"sourceRunId": str(uuid4()), "eventId": "evt-1", "jobs": []}
    bench.write_letter("one", batch, requestId="req-1")
    bench.worker(fault).replay()
    return not is_signed(bench.callbacks()[0], "INGEST")


def is_command_in_vain(bench: Bench, fault: str) -> bool:
    """It says that all went, and nothing arrived that counts."""
    bench.write_letter("one", terminal())
    bench.command("callbacks_replay", fault)
    return not [each for each in bench.callbacks() if is_signed(each, "FAILED", secret=SECRET)]


def is_failure_untold(bench: Bench, fault: str) -> bool:
    """It failed, and ends with 0."""
    bench.write_letter("one", terminal())
    bench.sink.respond = failing
    return bench.command("callbacks_replay", fault)[0] == 0


#: Of letters.
LETTERS: dict[str, Look] = {
    "letter-not-kept": is_letter_not_whole,
    "letter-summed-up": is_letter_not_whole,
    "letters-named-by-second": are_letters_fewer,
    "letter-holds-token": is_letter_indiscreet,
    "letter-for-all-to-read": is_letter_indiscreet,
    "letter-sent-with-its-token": is_old_token_sent,
    "letters-gone-with-worker": is_letter_gone,
    "command-looks-elsewhere": is_command_in_vain,
    "command-signs-with-old-secret": is_command_in_vain,
    "command-never-fails": is_failure_untold,
    "replay-only-counts": is_replay_a_word,
    "replay-for-anybody": is_stranger_heard,
    "any-audience-replays": is_token_unread({"aud": "https://other.example"}),
    "any-caller-replays": is_token_unread({"email": "other@project.example"}),
    "get-replays": is_replayed_by_get,
    "replay-signs-as-of-then": is_signature_old,
    "replays-side-by-side": is_sent_twice,
    "letter-gone-by-any-2xx": is_refused_letter_gone,
    "letter-gone-once-tried": is_failed_letter_gone,
    "poison-ends-replay": is_rest_left,
    "replay-counts-folders": is_folder_counted,
    "batch-letter-signed-empty": is_batch_misnamed,
}


def is_dead_database_well(bench: Bench, fault: str, dsn: str) -> bool:
    """Health says nothing of it."""
    with proxied(dsn) as proxy:
        worker = bench.worker(fault, DATABASE_URL=proxy.instead_of(dsn))
        proxy.drop()
        return worker.client.get("/health").status_code == 200


def is_started_unleased(bench: Bench, fault: str, dsn: str) -> bool:
    """Nobody knows that it runs."""
    with proxied(dsn) as proxy:
        worker = bench.worker(fault, DATABASE_URL=proxy.instead_of(dsn))
        proxy.drop()
        return worker.post().status_code == 202


def is_started_twice(bench: Bench, fault: str, dsn: str) -> bool:
    """The same run."""
    worker = bench.worker(fault, DATABASE_URL=dsn)
    bench.site.is_open.clear()
    run = str(uuid4())
    for _ in range(2):
        told = worker.post(sourceRunId=run).json()
    return bool(told["status"] == "accepted")


def is_refused_task_held(bench: Bench, fault: str, dsn: str) -> bool:
    """It was turned away, and is taken for one that runs."""
    worker = busy(bench, fault, DATABASE_URL=dsn, WORKER_MAX_QUEUE_SIZE="1")
    run = str(uuid4())
    assert worker.post(sourceRunId=run).status_code == 429
    bench.site.is_open.set()
    until(worker.is_idle)
    return bool(worker.post(sourceRunId=run).json()["status"] == "duplicate")


def proxied(dsn: str) -> TcpProxy:
    """A line to the store that can be cut."""
    parts = httpx.URL(dsn)
    return TcpProxy(parts.host, int(str(parts.port)))


#: Of leases.
LEASES: dict[str, Callable[[Bench, str, str], object]] = {
    "worker-health-examines-nothing": is_dead_database_well,
    "lease-fails-open": is_started_unleased,
    "lease-unheeded": is_started_twice,
    "refused-task-keeps-lease": is_refused_task_held,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*WORKER, *LETTERS])
def test_it_takes_hold(bench: Bench, name: str) -> None:
    """It is seen."""
    assert (WORKER | LETTERS)[name](bench, name)


@pytest.mark.slow
@pytest.mark.parametrize("look", list(dict.fromkeys([*WORKER.values(), *LETTERS.values()])))
def test_a_sound_worker_shows_none(bench: Bench, look: Look) -> None:
    """The same look finds nothing."""
    assert not look(bench, "")


@pytest.mark.slow
@pytest.mark.parametrize("name", LEASES)
def test_it_takes_hold_of_leases(bench: Bench, around: Apis, name: str) -> None:
    """It is seen, and not where there is none."""
    assert LEASES[name](bench, name, around.dsn)
    bench.site.is_open.set()
    assert not LEASES[name](bench, "", around.dsn)


@pytest.mark.slow
def test_a_port_by_default_is_another(bench: Bench) -> None:
    """What it cannot listen on here is not what the contract says."""
    told = []
    for fault in ("worker-on-4000", ""):
        fork = bench.warm.start(
            "worker", {**bench.env, "HOST": NOT_HERE}, bench.folder, fault=fault
        )
        assert bench.warm.wait(fork) != 0
        told.append([port for port in ("4000", "4001") if f"{port})" in fork.log.read_text()])
    assert told == [["4000"], ["4001"]]


def test_each_is_seen() -> None:
    """Every fault of the worker's has a look."""
    modules = (worker_faults, queue_faults, letter_faults, replay_faults, outcome_faults)
    faults = [fault for module in modules for fault in module.FAULTS]
    names = [fault.name for fault in faults if fault.process != "api"]

    assert sorted(names) == sorted([*WORKER, *LETTERS, *LEASES, "worker-on-4000"])
