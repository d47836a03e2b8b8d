"""
The Kernel as the checks speak to it: by the contract's names, over HTTP only.

    kernel.send("POST", ALLOCATE, role="Operator", json={…})     one request; a Reply, refusals too
    kernel.send("GET", DIVISION, role=NOBODY, id=division)       a token without roles; role=None: no token
    kernel.sign({"id": "m-1"}), kernel.allocate(), kernel.put_division(), kernel.add_agent(), kernel.add_eval()
    kernel.signed({"id": "m-1"})                                 the signature record; NoVerdict unless 200
    kernel.events(), kernel.head(), kernel.verify()              the chain: `events` of `/kernel/audit/export`
    kernel.health(), kernel.ready(), kernel.status(), kernel.samples()

Where the rest stands:

    conftest.py             fixtures: watched, standing, kernel, tapped (X), ruled (P) are shared; deployment, drill, store_drill are not
    adapter_deployment.py   Deployment: starts APIs and KMS; kms_tap (X), policy (P), sql, writer, command
    adapter_kms.py          Kms: keys as the KMS publishes them, and what its administrator does
    adapter_access.py       tokens of each role; ROLES, NOBODY
    tokens.py               tokens sound and forged
    chain.py                events, their hashes, links and signatures, by an implementation that is not the system's
    manifests.py            what a manifest's signature covers, and whether it holds
    policy.py               a policy server (P): allow, deny, or whatever a check makes it answer
    between.py              Tapped and Ruled: a Kernel and its proxy, a Kernel and its policy server
    remains.py              what is left of something that was refused
    smoke.py                the ten steps of the smoke, for production and for development
    known_answers.py        vectors/: the contract's test vectors
    replies.py              Reply
"""

from __future__ import annotations

import json as json_text
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from checks.kernel.adapter_access import NOBODY
from checks.kernel.chain import exported
from checks.kernel.replies import UNANSWERED, Reply
from proofbook import NoVerdict
from proofbook.instruments.samples import read
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.kernel.adapter_access import Access
    from checks.kernel.chain import Event
    from proofbook.instruments.http import Client, Observer
    from proofbook.instruments.samples import Samples
    from proofbook.stack import Controlled

HEALTH = "/health"
READY = "/ready"
METRICS = "/metrics"
STATUS = "/kernel/security/status"
SIGN = "/kernel/sign"
DIVISIONS = "/kernel/division"
DIVISION = "/kernel/division/{id}"
ALLOCATE = "/kernel/allocate"
AGENTS = "/kernel/agent"
AGENT = "/kernel/agent/{id}"
AGENT_STATE = "/kernel/agent/{id}/state"
EVAL = "/kernel/eval"
AUDIT = "/kernel/audit/{id}"
AUDIT_HEAD = "/kernel/audit/head"
AUDIT_EXPORT = "/kernel/audit/export"
AUDIT_VERIFY = "/kernel/audit/verify"
UPGRADES = "/kernel/upgrade"
APPROVE = "/kernel/upgrade/{id}/approve"
APPLY = "/kernel/upgrade/{id}/apply"
ROTATION = "/kernel/signer/rotation"
COMPROMISE = "/kernel/signer/compromise"

IDEMPOTENCY_KEY = "Idempotency-Key"
#: By then a page says that all is well, where it is.
SETTLED_SECONDS = 10
#: Where a request without a key of idempotency is refused.
KEYED = frozenset({SIGN, DIVISIONS, AGENTS})


class Kernel:
    """One API process of the target."""

    def __init__(
        self, client: Client | Observer, access: Access, process: Controlled, *, is_open: bool
    ) -> None:
        self.access = access
        self.process = process
        self.url = client.base_url
        #: Whether it asks for no credentials (development): then the calls below send none.
        self.is_open = is_open
        self._client = client

    def send(  # noqa: PLR0913 - a request has this many parts
        self,
        method: str,
        name: str,
        *,
        role: str | None = None,
        sub: str | None = None,
        json: Any = None,
        content: bytes | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        unanswered: bool = False,
        **ids: str,
    ) -> Reply:
        """
        Send one request to the path that the contract calls `name`, as `role`, or without a token.

        A key of idempotency is made where one is needed and none is given; `key=""` sends none. Raises
        `NoVerdict` if no answer comes, unless `unanswered` says that this is one, too: of status UNANSWERED.
        """
        held = dict(headers or {})
        if role is not None:
            held.setdefault("Authorization", f"Bearer {self.access.token(role, sub)}")
        if key is None and method == "POST" and name in KEYED:
            key = str(uuid4())
        if key:
            held.setdefault(self.access.header(IDEMPOTENCY_KEY), key)
        if json is not None:
            content = json_text.dumps(json).encode()
        if content is not None:
            held.setdefault("Content-Type", "application/json")
        return self.attempt(
            method, self.access.path(name, **ids), content, held, timeout, unanswered=unanswered
        )

    def attempt(  # noqa: PLR0913 - as `send`
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        *,
        unanswered: bool = True,
    ) -> Reply:
        """Send bytes to a path of the wire, as they are."""
        reply = Reply.to(
            self._client, method, path, content=content, headers=headers, timeout=timeout
        )
        if reply.status == UNANSWERED and not unanswered:
            raise NoVerdict(reply.text)
        return reply

    def ask(self, method: str, name: str, role: str, **parts: Any) -> Reply:
        """The same as `send`, as this role where roles are asked for, without a token where they are not."""
        return self.send(method, name, role=None if self.is_open else role, **parts)

    def sign(self, manifest: Any = None, *, role: str = "Service", **parts: Any) -> Reply:
        """Ask for a manifest's signature."""
        told = {"id": f"manifest-{uuid4()}"} if manifest is None else manifest
        return self.ask("POST", SIGN, role, json={"manifest": told}, **parts)

    def signed(self, manifest: Any = None, **parts: Any) -> dict[str, Any]:
        """The answer's `signature_record`, with its `audit_id`. Raises `NoVerdict` unless it is 200."""
        reply = _done(self.sign(manifest, **parts), "signed nothing")
        return {**reply.body["signature_record"], "audit_id": reply.body["audit_id"]}

    def put_division(self, *, role: str = "DivisionLead", **fields: Any) -> Reply:
        """Write a division: a new one, unless `id` says which; other `parts` of a request go through `send`."""
        told = {"id": str(uuid4()), "name": "Check", "goals": ["hold"], **fields}
        return self.ask("POST", DIVISIONS, role, json=told)

    def add_division(self, **fields: Any) -> str:
        """A division's id. Raises `NoVerdict` if it is not taken."""
        return str(_done(self.put_division(**fields), "took no division").body["id"])

    def allocate(self, *, role: str = "Operator", **fields: Any) -> Reply:
        """Ask for an allocation of 1."""
        told = {"entity_id": str(uuid4()), "pool": "default", "delta": 1, **fields}
        return self.ask("POST", ALLOCATE, role, json=told)

    def add_agent(self, division: str, *, role: str = "Operator", **fields: Any) -> Reply:
        """Ask for an agent of a division."""
        told = {"templateId": "tmpl-check", "divisionId": division, **fields}
        return self.ask("POST", AGENTS, role, json=told)

    def add_eval(self, agent: str, *, role: str = NOBODY, **fields: Any) -> Reply:
        """Report how well an agent does."""
        told = {"agent_id": agent, "metric_set": {"taskSuccess": 0.95}, **fields}
        return self.ask("POST", EVAL, role, json=told)

    def event(self, audit_id: str) -> Reply:
        """One event, by its id."""
        return self.ask("GET", AUDIT, "Auditor", id=audit_id)

    def events(self) -> list[Event]:
        """The whole chain, oldest first. Raises `NoVerdict` if it is not exported."""
        return exported(_done(self.export(), "exports no chain").text)[0]

    def export(self) -> Reply:
        """The chain as lines of JSON, and its head."""
        return self.ask("GET", AUDIT_EXPORT, "Auditor", timeout=60)

    def head(self) -> Reply:
        """The chain's signed head."""
        return self.ask("GET", AUDIT_HEAD, "Auditor")

    def verify(self) -> Reply:
        """What the Kernel itself says of its chain."""
        return self.ask("GET", AUDIT_VERIFY, "Auditor", timeout=60)

    def health(self, **parts: Any) -> Reply:
        """The health page."""
        return self.send("GET", HEALTH, **parts)

    def settled(self, name: str = HEALTH) -> Reply:
        """Health, or readiness, once it is well: a probe on a busy machine may have come too late for one look."""
        return until(lambda: self.send("GET", name), lambda page: page.is_done, SETTLED_SECONDS)

    def ready(self, **parts: Any) -> Reply:
        """The readiness page."""
        return self.send("GET", READY, **parts)

    def status(self, **parts: Any) -> Reply:
        """Which key signs here."""
        return self.send("GET", STATUS, **parts)

    def metrics(self) -> str:
        """The metrics as Prometheus scrapes them. Raises `NoVerdict` if they are not served."""
        return _done(self.send("GET", METRICS), "serves no metrics").text

    def samples(self) -> Samples:
        """The same, read."""
        return read(self.metrics())


def _done(reply: Reply, what: str) -> Reply:
    if not reply.is_done:
        raise NoVerdict(f"the Kernel {what}: {reply!r}")
    return reply
