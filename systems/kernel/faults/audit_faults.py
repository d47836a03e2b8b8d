"""How the audit chain, and what is kept beside it, is broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from systems.chassis.seams import Fault, around, ids, query, together, value

kernel = ids("kernel")


def _at_another_time(data_text: Any) -> Any:
    """The signed time is a second reading of the clock, which is stored nowhere."""
    return lambda digest, ts: data_text(digest, ts.replace("20", "21", 1))


def _always_whole(walk: Any) -> Any:
    from systems.kernel.chain import Head

    return lambda rows, *_: Head(count=rows[-1].seq, hash=rows[-1].hash)


def _without_proto(canonical: Any) -> Any:
    """As an object of JavaScript is rebuilt: one key sets what it is made of, and is gone."""

    def bare(told: object) -> object:
        if isinstance(told, dict):
            return {key: bare(each) for key, each in told.items() if key != "__proto__"}
        return [bare(each) for each in told] if isinstance(told, list) else told

    return lambda told: canonical(bare(told))


def _best_effort(append: Any) -> Any:
    """An event that cannot be written is left out, and the effect goes on."""

    async def appended(recording: Any, event_type: str, payload: Any) -> Any:
        from systems.kernel.kms_client import KmsUnavailable

        try:
            return await append(recording, event_type, payload)
        except KmsUnavailable:
            return uuid4()

    return appended


def _not_stored(_store: Any) -> Any:
    async def stored(signed: Any, tx: Any) -> None:
        return None

    return stored


def _unrecorded(_decide: Any) -> Any:
    """The policy is asked, and nobody hears of it."""

    async def decided(turn: Any, action: str, resource: Any, context: Any) -> None:
        from systems.chassis.http import Refusal

        decision = await turn.service.sentinel.decide(action, resource, turn.principal)
        if not decision.is_allowed:
            raise Refusal(403, "policy.denied", reason=decision.rationale)

    return decided


def _as_text(repeated: Any) -> Any:
    """As a value is stored whose text is taken: `[object Object]`."""

    async def answered(session: Any, key: Any) -> Any:
        answer = await repeated(session, key)
        return answer and replace(answer, body={"0": "[object Object]"})

    return answered


def _poisoned(take: Any) -> Any:
    """A failure is kept, too, and repeated for as long as the process lives."""
    failures: dict[str, Exception] = {}

    async def taken(service: Any, principal: Any, key: Any, act: Any) -> Any:
        from systems.kernel.kms_client import KmsUnavailable

        if key and key.identity in failures:
            raise failures[key.identity]
        try:
            return await take(service, principal, key, act)
        except KmsUnavailable as failure:
            if key:
                failures[key.identity] = failure
            raise

    return taken


def _second_connection(_recording: Any) -> Any:
    """A request that holds one connection asks for another."""
    return lambda turn: turn.service.recording()


FAULTS = (
    Fault(
        name="chain-end-not-held",
        process="api",
        breaks=kernel("crowd-of-signs-finishes"),
        plant=query("audit_head", (" FOR UPDATE", "")),
    ),
    Fault(
        name="event-signed-at-another-time",
        process="api",
        breaks=kernel("events-verify-from-rows", "audit-chain-whole"),
        plant=around("systems.kernel.audit:data_text", _at_another_time),
    ),
    Fault(
        name="chain-always-whole",
        process="api",
        breaks=kernel("tampering-found"),
        plant=around("systems.kernel.chain:walk", _always_whole),
    ),
    Fault(
        name="proto-key-dropped",
        process="api",
        breaks=kernel("manifests-signed-canonically"),
        plant=together(
            around("systems.kernel.chain:canonical", _without_proto),
            around("systems.kernel.signatures:canonical", _without_proto),
        ),
    ),
    Fault(
        name="allocates-unrecorded",
        process="api",
        breaks=kernel("rows-and-events-agree"),
        plant=around("systems.kernel.audit:Recording.append", _best_effort),
    ),
    Fault(
        name="signature-not-stored",
        process="api",
        breaks=kernel("rows-and-events-agree"),
        plant=around("systems.kernel.manifests:SignedManifest.store", _not_stored),
    ),
    Fault(
        name="decision-unrecorded",
        process="api",
        breaks=kernel("decisions-recorded"),
        plant=around("systems.kernel.turns:Turn.decide", _unrecorded),
    ),
    Fault(
        name="key-not-held",
        process="api",
        # In development a signature takes no time, and those who come at once hardly ever meet.
        breaks=kernel("smoke-passes-in-production"),
        plant=query(
            "hold_key", ("pg_advisory_lock(hashtextextended(%(key)s, 8))", "%(key)s::text")
        ),
    ),
    Fault(
        name="repeated-as-text",
        process="api",
        breaks=kernel("smoke-passes-in-development", "smoke-passes-in-production"),
        plant=around("systems.kernel.turns:_repeated", _as_text),
    ),
    Fault(
        name="keys-are-everybodys",
        process="api",
        breaks=kernel("answers-repeated-to-their-caller"),
        plant=value("systems.kernel.turns:Key.identity", property(lambda key: key.given)),
    ),
    Fault(
        name="failure-poisons-key",
        process="api",
        breaks=kernel("kms-or-no-signature"),
        plant=around("systems.kernel.turns:take", _poisoned),
    ),
    Fault(
        name="second-connection-asked",
        process="api",
        breaks=kernel("crowd-of-signs-finishes"),
        plant=around("systems.kernel.turns:Turn.recording", _second_connection),
    ),
    Fault(
        name="update-resets-fields",
        process="api",
        breaks=kernel("smoke-passes-in-development", "smoke-passes-in-production"),
        plant=query("put_division", ("divisions.budget", "0")),
    ),
)
