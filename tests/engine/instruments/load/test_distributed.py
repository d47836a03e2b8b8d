"""The profile of job sources under plain Locust: its web page, a master, and two workers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from proofbook.instruments.load import rows
from proofbook.instruments.servers import FakeServer
from proofbook.stack.ports import Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[4]
RATE = 40
PATIENCE_SECONDS = 60


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts Locust on a profile; all of it is gone afterwards."""
    with ExitStack() as opened:

        def locust(*words: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", "locust", "-f", "loadtests/jobsources.py", *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            opened.callback(process.wait)
            opened.callback(process.kill)
            return process

        yield locust


def until(what: Callable[[], Any]) -> Any:
    """What is true at last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if found := what():
                return found
        except (httpx.HTTPError, OSError):
            pass
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_two_workers_share_the_rate_that_the_web_page_was_given(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """Each starts its half, between the other's, and keeps its own exact recording."""
    # None that the kernel deals to somebody else before Locust has begun.
    with closing(Ports()) as ports, FakeServer(lambda _: (200, {"status": "ok"})) as api:
        web, wire = ports.take(), ports.take()
        said = [f"--rate={RATE}", "--warm-up=0", "--seconds=2", f"--record={tmp_path}"]
        start("Reads", "--master", "--web-host=127.0.0.1", f"--web-port={web}",
              "--master-bind-host=127.0.0.1", f"--master-bind-port={wire}", "--host", api.url, *said)  # fmt: skip
        for _ in range(2):
            start("Reads", "--worker", "--master-host=127.0.0.1", f"--master-port={wire}", *said)
        page = httpx.Client(base_url=f"http://127.0.0.1:{web}", timeout=60, trust_env=False)

        until(lambda: len(page.get("/stats/requests").json()["workers"]) == 2)
        shown = page.get("/").text

        page.post("/swarm", data={"user_count": 2, "spawn_rate": 2, "host": api.url})
        until(lambda: len(list(tmp_path.glob(f"*{rows.SUFFIX}"))) == 2)
        stats = until(lambda: _all_counted(page))
        page.close()

    halves = [rows._read(path) for path in sorted(tmp_path.glob(f"*{rows.SUFFIX}"))]
    assert all(word in shown for word in ("rate", "arrivals", "poisson"))
    assert [len(half.answers) for half in halves] == [RATE, RATE]
    assert [half.answers[0].due for half in halves] == [0, 1 / RATE]
    whole = rows.read(tmp_path)
    assert [round(each.due * RATE) for each in whole.answers] == list(range(2 * RATE))
    assert set(whole.names) == {"GET /health", "GET /health/test"}
    assert stats == 2 * RATE


def _all_counted(page: httpx.Client) -> int:
    """How many requests the master has counted; 0 until it is all."""
    told = json.loads(page.get("/stats/requests").text)
    count = sum(each["num_requests"] for each in told["stats"] if each["name"] == "Aggregated")
    return int(count) if count >= 2 * RATE else 0
