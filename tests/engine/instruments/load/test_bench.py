"""Load on servers with known faults: each is caught, and a generator that lags gives no verdict."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.effects import Effect
from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.load import Load, bench
from proofbook.instruments.load.stopping import stopping
from proofbook.latency import Decision, Percentile, Share, trust
from proofbook.targets import Limits, Reading, StopWhen, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[4]
PROFILE = "tests/engine/instruments/load/small.py"
QUESTION = Percentile(0.95, most_seconds=0.25)


@contextmanager
def server(kind: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of that kind, and its address."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "slow_server.py"), kind], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield process, f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.communicate()


class Kept(dict[str, str]):
    """What a bench attached, the last of each name."""

    def __call__(self, name: str, text: str) -> Path:
        self[name] = text
        return Path(name)


def make(kept: Kept | None = None, *, stop: StopWhen | None = None, **limits: float) -> Load:
    """A bench on a target that permits load."""
    target = Target(
        name="here",
        path="targets/here.toml",
        kind="stand-in",
        permits=Effect.LOADS,
        limits=Limits(**limits),  # type: ignore[arg-type]
        stop_when=stop,
    )
    return Load(target, ROOT, Kept() if kept is None else kept, lambda _: "7")


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warm-up and patience are short here; and the machine is busy with other tests."""
    monkeypatch.setattr(trust, "LATE_SHARE", 0.5)
    monkeypatch.setattr(bench, "WARM_UP", 0.5)
    monkeypatch.setattr(bench, "PATIENCE", 1.0)


def test_a_quick_server_passes_and_all_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request that was meant to be sent is accounted for, whatever the arrivals."""
    # Of a busy machine nobody wants to know how quick it is, nor whether it starts requests in time.
    monkeypatch.setattr(trust, "LATE_SHARE", 1.0)
    monkeypatch.setattr(bench, "PATIENCE", 60.0)
    question, kept = Percentile(0.95, most_seconds=30), Kept()
    with server("quick") as (_, url):
        found = make(kept)(
            f"{PROFILE}:Reads", url, question, rate=100, requests=200, arrivals="poisson"
        )

    assert (found.decision, found.bad) == (Decision.PASS, 0)
    assert found.estimate.low <= found.estimate.value <= found.estimate.high < 30
    figures = json.loads(kept["load.json"])
    assert figures["requests"] == figures["planned"] == found.trials
    assert figures["by_name"]["GET /more"]["200"] > figures["by_name"]["GET /"]["200"]
    assert kept["latency.svg"].startswith("<svg")
    assert kept["histogram.svg"].startswith("<svg")
    assert kept["latency.hdr.log"].startswith("#[Histogram log format version 1.2]")


@pytest.mark.parametrize(("kind", "p95"), [("bimodal", 0.5), ("failing", 1.0), ("silent", 1.0)])
def test_a_server_that_is_slow_fails_or_is_silent_is_caught(kind: str, p95: float) -> None:
    """A quick error is no quick answer, and no answer took as long as anybody waits."""
    with server(kind) as (_, url):
        found = make()(f"{PROFILE}:Reads", url, QUESTION, rate=200, requests=400)

    assert found.decision is Decision.FAIL
    # A busy machine makes it slower, and nobody waits longer than `PATIENCE`.
    assert 0.9 * p95 <= found.estimate.value <= 1.1


def test_a_server_that_stood_still_is_caught() -> None:
    """Who was due meanwhile waited, although nobody could be asked."""
    with server("quick") as (process, url):

        def freeze() -> None:
            while not process.poll() and not served(process.pid):
                time.sleep(0.02)
            time.sleep(1.5)
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(0.8)
            os.kill(process.pid, signal.SIGCONT)

        frost = threading.Thread(target=freeze)
        frost.start()
        found = make()(f"{PROFILE}:Reads", url, QUESTION, rate=200, requests=800)
        frost.join()

    assert found.decision is Decision.FAIL
    assert found.blocks.design_effect > 5


def served(pid: int) -> bool:
    """Whether anybody is connected to a server."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir())) > 7


def test_a_starved_generator_gives_no_verdict() -> None:
    """It measured itself."""
    with server("quick") as (_, url), pytest.raises(NoVerdict) as doubt:
        make()(f"{PROFILE}:Starved", url, QUESTION, rate=100, requests=200)

    assert "requests started late, by the generator's fault" in str(doubt.value)


def test_load_stops_when_the_target_says_so() -> None:
    """Long before its end, and nothing is proved by what it had measured."""
    stop = StopWhen(measured="error_rate", op=">", value=0.05)
    began = time.monotonic()

    with server("failing") as (_, url), pytest.raises(NoVerdict) as stopped:
        make(stop=stop)(f"{PROFILE}:Reads", url, QUESTION, rate=50, requests=50 * 60)

    assert str(stopped.value) == "the run was stopped: stop_when saw error_rate 1 (> 0.05)"
    assert time.monotonic() - began < 60


def test_a_question_that_stays_open_is_asked_anew_and_then_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One in ten is bad and one in ten may be: no number of requests settles that."""
    monkeypatch.setattr(trust, "LATE_SHARE", 1.0)
    monkeypatch.setattr(bench, "PATIENCE", 60.0)
    with server("moody") as (_, url), pytest.raises(NoVerdict) as given_up:
        make(seconds=6)(f"{PROFILE}:Reads", url, Share(0.9), rate=100, requests=200)

    assert str(given_up.value).startswith("undecided after 2 looks: 4")
    assert " of 400 requests were bad, 0.1 of them may be (more at 0.0025;" in str(given_up.value)


def test_what_the_target_does_not_bear_is_not_sent() -> None:
    """Neither a higher rate, nor for longer, nor any load where none is permitted."""
    lean = make(rate=50)
    short = make(seconds=10)
    look_only = Load(
        Target(name="here", path="targets/here.toml", kind="deployment"), ROOT, Kept(), lambda _: ""
    )

    told = [_refused(each, rate=rate) for each, rate in ((lean, 51), (short, 50), (look_only, 1))]

    assert told == [
        (
            "targets/here.toml bears 50 req/s; this check sends 51",
            "write [scale] rate = 50 in targets/here.toml",
        ),
        (
            "targets/here.toml bears load for 10 s; this check takes 20.5",
            "raise seconds in [limits] of targets/here.toml, if it bears that",
        ),
        (
            "targets/here.toml permits observes; this check loads",
            'write permits = "loads" in targets/here.toml, if that may be done there',
        ),
    ]


def _refused(load: Load, *, rate: float) -> tuple[str, str]:
    with pytest.raises(NotAsked) as refused:
        load(f"{PROFILE}:Reads", "http://127.0.0.1:9", Share(0.99), rate=rate, requests=1000)
    return str(refused.value), refused.value.remedy


def test_a_profile_that_is_broken_gives_no_verdict() -> None:
    """With what Locust said last."""
    with pytest.raises(
        NoVerdict, match=r"^loadtests/none\.py:Reads: the load generator failed: .*none\.py"
    ):
        make()("loadtests/none.py:Reads", "http://127.0.0.1:9", QUESTION, rate=10, requests=10)


def test_a_measurement_that_there_is_not_is_told() -> None:
    """Before anything is sent."""
    stop = StopWhen(measured="mood", op=">", value=1)

    with pytest.raises(NotAsked) as unknown:
        make(stop=stop)(f"{PROFILE}:Reads", "http://127.0.0.1:9", QUESTION, rate=10, requests=10)

    assert str(unknown.value) == "stop_when looks at 'mood', which no load run measures"
    assert unknown.value.remedy == "write one of count, error_rate, p50, p95, p99"


@pytest.mark.parametrize(
    ("said", "op", "why"),
    [
        ("7", ">", "stop_when read 7 (> 5)"),
        ("7", "<", ""),
        ("many", ">", "what stop_when looks at is no number: 'many'"),
    ],
)
def test_a_number_of_the_deployment_stops_load(said: str, op: str, why: str) -> None:
    """One that is past its end, and one that is none."""
    when = StopWhen(measured=Reading(http="/lag", field="seconds"), op=op, value=5)

    stop = stopping(when, lambda _: said)

    assert stop is not None
    assert stop({}) == why


def test_what_cannot_be_read_stops_load() -> None:
    """Nobody drives on blind."""

    def unreadable(_: Reading) -> str:
        raise NoVerdict("nobody answers")

    stop = stopping(StopWhen(measured=Reading(http="/lag"), op=">", value=5), unreadable)

    assert stop is not None
    assert stop({}) == "what stop_when looks at cannot be read: nobody answers"
