"""
One request that changes something: its key, the policy, its effect, in this order, on one connection.

Nobody holds a connection while waiting for a second one, so a hundred requests end however few connections there are.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from systems.chassis.canonical import canonical, digest
from systems.chassis.http import Refusal
from systems.kernel import audit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from systems.chassis.store import Session, Transaction
    from systems.kernel.audit import Recording
    from systems.kernel.principals import Principal
    from systems.kernel.service import Service

HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A caller's key for one request, and what that request was."""

    given: str
    owner: str
    method: str
    path: str
    request_hash: str

    @property
    def identity(self) -> str:
        """Whose key it is: callers never see each other's answers."""
        return canonical([self.owner, self.given])


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the effect of one request needs."""

    service: Service
    session: Session
    principal: Principal
    key: Key | None

    def recording(self) -> AbstractAsyncContextManager[Recording]:
        """A transaction that may append events."""
        return audit.recording(self.session, self.service.signer, self.service.metrics)

    async def decide(self, action: str, resource: object, context: Mapping[str, object]) -> None:
        """Ask the policy, and write down what it said, before anything is done. Raises Refusal 403 or 503."""
        decision = await self.service.sentinel.decide(action, resource, self.principal)
        payload = {"policy": action, "decision": decision.shown()}
        payload |= {"principal": self.principal.shown(), "context": context}
        async with self.recording() as recording:
            await recording.append("policy.decision", payload)
        if not decision.is_valid:
            raise Refusal(503, "sentinel.unavailable")
        if not decision.is_allowed:
            raise Refusal(403, "policy.denied", reason=decision.rationale)

    async def keep(self, tx: Transaction, answer: Answer) -> Answer:
        """Keep the answer for a repetition, in the transaction of its effect. Raises Refusal 413."""
        if self.key is None:
            return answer
        settings, body = self.service.settings, canonical(answer.body)
        if len(body.encode()) > settings.idempotency_body_limit:
            raise Refusal(413, "idempotency_response_too_large")
        await tx.run(
            "keep_answer",
            key=self.key.identity,
            method=self.key.method,
            path=self.key.path,
            request_hash=self.key.request_hash,
            status=answer.status,
            body=body,
            ttl_seconds=settings.idempotency_ttl_seconds,
        )
        return answer


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body."""

    body: Mapping[str, Any]
    status: int = 200

    def response(self, key: Key | None = None) -> Response:
        """As it goes out: the same text for the same answer, and the caller's key with it."""
        headers = {HEADER: key.given} if key else None
        return Response(canonical(self.body), self.status, headers, media_type="application/json")


def key_of(
    request: Request, principal: Principal, body: object, *, is_required: bool
) -> Key | None:
    """The key that a request came with. Raises Refusal 400 where one must be."""
    given = request.headers.get(HEADER, "").strip()
    if not given:
        if is_required:
            raise Refusal(400, "missing_idempotency_key")
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.url.path + query
    return Key(
        given=given,
        owner=principal.id,
        method=request.method,
        path=path,
        request_hash=digest(f"{request.method}|{path}|{canonical(body)}"),
    )


async def take(
    service: Service,
    principal: Principal,
    key: Key | None,
    act: Callable[[Turn], Awaitable[Answer]],
) -> Response:
    """Act, or repeat what the same request was answered; those with one key take turns. Raises Refusal 412."""
    async with service.store.session() as session:
        turn = Turn(service=service, session=session, principal=principal, key=key)
        if key is None:
            return (await act(turn)).response()
        async with _held(session, key):
            answer = await _repeated(session, key) or await act(turn)
            return answer.response(key)


@asynccontextmanager
async def _held(session: Session, key: Key) -> AsyncIterator[None]:
    """Be the only one with this key. A connection that is lost lets go of it by itself."""
    async with session.transaction() as tx:
        await tx.run("hold_key", key=key.identity)
    try:
        yield
    finally:
        async with session.transaction() as tx:
            await tx.run("release_key", key=key.identity)


async def _repeated(session: Session, key: Key) -> Answer | None:
    async with session.transaction() as tx:
        kept = await tx.row("answer", key=key.identity)
    if kept is None:
        return None
    if kept.request_hash != key.request_hash:
        raise Refusal(412, "idempotency_key_conflict")
    return Answer(kept.response_body, kept.response_status)
