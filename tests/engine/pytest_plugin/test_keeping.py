"""What is kept of a try as evidence: attachments, what was said, what programs logged; never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.store import load

if TYPE_CHECKING:
    from proofbook.evidence import Attempt
    from tests.engine.pytest_plugin.conftest import Suite

TARGET = """
    kind = "stand-in"
    permits = "exercises"
    [secrets]
    door = "generate:token"
    [systems.shop.api]
    command = ["{python}", "-c", "import os, time; print('open with', os.environ['DOOR'], flush=True); time.sleep(600)"]
    ready = { log = "open", within = "30 s" }
    env = { DOOR = "{secret.door}" }
"""
TALK = """
from proofbook.instruments.http import Client
from proofbook.instruments.servers import FakeServer


@pytest.fixture
@exercises
def shop():
    with FakeServer(lambda request: (200, request.body)) as server, Client(server.url) as client:
        yield client
"""


def kept(suite: Suite, attempt: Attempt) -> dict[str, str]:
    """Name → text of everything that was kept of a try; the log that names it holds."""
    assert load(suite.root / "reports").damage == ()
    evidence = suite.root / "reports" / "evidence"
    return {each.name: (evidence / each.sha256).read_text() for each in attempt.attachments}


@pytest.mark.parametrize("workers", ["0", pytest.param("1", marks=pytest.mark.slow)])
def test_what_was_said_and_attached_is_evidence(suite: Suite, workers: str) -> None:
    """By its digest in the record, whichever process the check ran in; of each try its own."""
    suite.claims(first="It holds.", second="It holds too.")
    suite.checks(
        TALK
        + """

@pytest.mark.claim("shop.first")
def test_first(shop, attach):
    attach("plan.json", "{}")
    assert shop.request("POST", "/orders", content=b"tea").content == b"tea"


@pytest.mark.claim("shop.second")
def test_second(attach):
    pass
"""
    )
    outcome = suite.run("-n", workers)
    (attempt,) = outcome.case("shop.first").attempts
    assert attempt.verdict == "pass", outcome.out
    found = kept(suite, attempt)
    assert list(found) == ["plan.json", "exchanges.jsonl"]
    assert '/orders", "sent": "tea", "status": 200, "came": "tea"}\n' in found["exchanges.jsonl"]
    assert outcome.case("shop.second").attempts[0].attachments == ()


def test_a_failure_keeps_what_programs_logged_and_no_secret(suite: Suite) -> None:
    """What they wrote while the check ran, redacted like everything that was said."""
    suite.target(TARGET)
    suite.checks(
        TALK
        + """

@pytest.fixture
@exercises
def door(stack):
    with stack.twin("shop") as twin:
        twin.start("api")
        yield twin.env("api")["DOOR"]


@pytest.mark.claim("shop.holds")
def test_it_holds(shop, door):
    shop.request("POST", "/", content=door.encode())
    assert not door
"""
    )
    outcome = suite.run()
    found = kept(suite, outcome.case("shop.holds").attempts[0])
    assert found["shop.api.1.log"] == "open with [redacted]\n"
    assert '"sent": "[redacted]"' in found["exchanges.jsonl"]


def test_what_is_kept_in_a_set_up_that_fails_is_kept(suite: Suite) -> None:
    """A try without a call has no pass, whatever it left."""
    suite.checks(
        """
        @pytest.fixture
        @observes
        def broken(attach):
            attach("state.txt", "half")
            raise RuntimeError("it broke")

        @pytest.mark.claim("shop.holds")
        def test_it_holds(broken):
            pass
        """
    )
    outcome = suite.run()
    assert outcome.verdicts() == {"shop.holds": "no_verdict: set-up: RuntimeError: it broke"}
    assert kept(suite, outcome.case("shop.holds").attempts[0]) == {"state.txt": "half"}
