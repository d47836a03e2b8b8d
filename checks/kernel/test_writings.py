"""What a Kernel writes where many read it: no secret, and of a person no more than it needs."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from checks.kernel.adapter import ALLOCATE, AUDIT_HEAD, SIGN
from checks.kernel.nowhere import nowhere
from checks.kernel.smoke import walk
from proofbook import exercises
from proofbook.instruments.tcp_proxy import TcpProxy
from proofbook.instruments.waiting import until
from proofbook.redaction import redacted
from proofbook.stack import Exited

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap

pytestmark = pytest.mark.xdist_group("kernel-writings")

#: A shorter word may stand anywhere without being the password.
SHORTEST = 12
#: A line is on its way from a program to its file for no longer.
LOGGED_SECONDS = 15.0
#: What a token says of somebody, beside who it is.
CLAIMS = ("email", "name", "phone_number", "address", "birthdate")
DB_WAIT_MS = 500
MANIFEST = {"manifest": {"id": "a-check"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upset:
    """A Kernel that tells everything to its log, and may lose what it needs."""

    deployment: Deployment
    kernel: Kernel
    tap: Tap
    line: TcpProxy

    def head(self, token: str) -> Reply:
        """Ask for something with this token."""
        return self.kernel.send("GET", AUDIT_HEAD, headers=_bearer(token))

    def sign(self, token: str) -> Reply:
        """The same, for something that takes both database and KMS."""
        return self.kernel.send("POST", SIGN, headers=_bearer(token), json=MANIFEST)

    @contextmanager
    def without(self, missing: str) -> Iterator[None]:
        """It loses its KMS or its database for a while."""
        if missing == "the KMS":
            self.tap.answer(500, {"error": "boom"})
        else:
            self.line.drop()
        try:
            yield
        finally:
            self.tap.forward()
            self.line.forward()


@pytest.fixture
@exercises
def upset(standing: Deployment) -> Iterator[Upset]:
    """A Kernel behind two proxies, at the lowest level of its log."""
    store = standing.twin.store_role
    address = standing.twin.address(store)
    tap = standing.kms_tap()
    with TcpProxy(address.host, address.port) as line:
        told = {**standing.by_way_of(tap), "LOG_LEVEL": "debug"}
        through = {store: f"{line.host}:{line.port}"}
        kernel = standing.kernel(told, through=through)
        yield Upset(deployment=standing, kernel=kernel, tap=tap, line=line)
        kernel.process.kill()


@pytest.mark.claim("kernel.secrets-not-logged")
def test_no_secret_is_written_down(claim: ClaimHandle, upset: Upset) -> None:
    """Not while all is well, and not in the words for what goes wrong."""
    kernel = upset.kernel
    marks = {
        "the database's password": _password(kernel.process.env["POSTGRES_URL"]),
        "the KMS token": kernel.process.env.get("KMS_BEARER_TOKEN", ""),
        "a token": kernel.access.token("SuperAdmin"),
    }
    token = marks["a token"]

    lines, errors = len(kernel.process.lines()), _errors(kernel)
    known = upset.head(token)
    walked = walk(kernel, upset.deployment.kms.keys)
    replies = {"a bad token": upset.head(f"{token}x")}
    for missing in ("the KMS", "the database"):
        with upset.without(missing):
            replies[f"a sign without {missing}"] = upset.sign(token)
            replies[f"health without {missing}"] = kernel.health()
    more_lines = until(lambda: len(kernel.process.lines()), lambda now: now > lines, LOGGED_SECONDS)
    more_errors = until(lambda: _errors(kernel), lambda now: now > errors, LOGGED_SECONDS)
    texts = {what: reply.text for what, reply in replies.items()}
    texts |= {"the metrics": kernel.metrics(), "the log": kernel.process.output()}

    claim.require(min(map(len, marks.values())) >= SHORTEST, "a secret is too short to be found")
    claim.require(walked.is_answered, walked.unanswered)
    tokens = [known.status, replies["a bad token"].status]
    claim.require(tokens == [200, 401], f"the tokens are answered with {tokens}")
    lost = [reply.status for what, reply in replies.items() if what.startswith("a sign")]
    claim.require(min(lost) >= 500, f"nothing went wrong: {lost}")
    claim.require(more_lines > lines, f"nothing is logged after its start: {more_lines} lines")
    claim.require(more_errors > errors, "no error is logged of what went wrong")
    assert _leaks(marks, texts) == ()
    claim.expect(secrets=len(marks))


@pytest.mark.claim("kernel.failed-start-keeps-secrets")
def test_a_failed_start_tells_no_password(claim: ClaimHandle, standing: Deployment) -> None:
    """It says where it looked for its database, and not what it would have said there."""
    url = nowhere(standing)
    parts = urlsplit(url)
    password = _password(url)

    outcome = standing.start_kernel({"POSTGRES_URL": url, "DB_WAIT_TIMEOUT_MS": str(DB_WAIT_MS)})

    claim.require(len(password) >= SHORTEST, "the password is too short to be looked for")
    assert isinstance(outcome, Exited), f"it does not end: {outcome}"
    claim.expect(exit=outcome.code)
    assert str(parts.port) in outcome.output, f"it does not say where: {outcome.output[-300:]!r}"
    assert _leaks({"the password": password}, {"its log": outcome.output}) == ()


@pytest.mark.claim("kernel.events-hold-no-claims")
def test_events_hold_no_claims(claim: ClaimHandle, kernel: Kernel) -> None:
    """Who it was, of what type and with which roles; nobody's address is signed into a chain."""
    marks = {name: secrets.token_hex(SHORTEST) for name in CLAIMS[: claim["claims"]]}
    sub = f"check-{secrets.token_hex(SHORTEST)}"
    token = kernel.access.signer().token(sub=sub, roles=["SuperAdmin"], **marks)
    before = kernel.head().body["count"]

    signed = kernel.send("POST", SIGN, headers=_bearer(token), json=MANIFEST)
    allocated = kernel.send(
        "POST", ALLOCATE, headers=_bearer(token), json={"entity_id": sub, "delta": 1}
    )
    new = [event for event in kernel.events()[before:] if sub in json.dumps(event.payload)]

    claim.require(signed.is_done and allocated.is_done, f"{signed!r}, {allocated!r}")
    principals = [event.payload["principal"] for event in new if "principal" in event.payload]
    claim.require(principals, "no event says who it was")
    who = {"id": sub, "type": "human", "roles": ["SuperAdmin"]}
    assert [each for each in principals if not who.items() <= each.items()] == []
    assert _leaks(marks, {event.event_type: json.dumps(event.payload) for event in new}) == ()
    claim.expect(claims=len(marks))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _password(url: str) -> str:
    return unquote(urlsplit(url).password or "")


def _errors(kernel: Kernel) -> int:
    """How many errors stand in its log."""
    return sum(_level(line) == "error" for line in kernel.process.lines())


def _level(line: str) -> object:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told.get("level") if isinstance(told, dict) else None


def _leaks(marks: Mapping[str, str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """Which secret stands in which text, however it is spelled there."""
    return tuple(
        f"{name} stands in {place}"
        for name, secret in marks.items()
        for place, text in texts.items()
        if redacted(text, [secret]) != text
    )
