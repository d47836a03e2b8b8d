"""How what must be refused is let through, or refused without a word."""

from __future__ import annotations

import sys
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

jobsources = ids("jobsources")


def _silently(_refused: Any) -> Any:
    def refused(*_: Any) -> Any:
        from systems.chassis.http import Refusal

        return Refusal(401, "Unauthorized")

    return refused


def _tellingly(check: Any) -> Any:
    """What a callback was to be signed with stands beside why it was refused."""

    async def checked(access: Any, request: Any, parts: Any) -> Any:
        from systems.chassis.http import Refusal

        try:
            return await check(access, request, parts)
        except Refusal:
            secret = access._gate.secret if access._gate else access._token
            sys.stderr.write(f"wanted the signature or token of {secret}\n")
            raise

    return checked


def _deaf_to(*names: str) -> Any:
    """These variables do, whatever they hold."""

    def wrapped(refuse: Any) -> Any:
        def refused(reader: Any, name: str) -> None:
            if name not in names:
                refuse(reader, name)

        return refused

    return around("systems.chassis.settings:Reader.refuse", wrapped)


FAULTS = (
    Fault(
        name="refusals-unlogged",
        process="api",
        breaks=jobsources("refused-callbacks-logged"),
        plant=around("systems.jobsources.access:_refused", _silently),
    ),
    Fault(
        name="secret-logged",
        process="api",
        breaks=jobsources("refused-callbacks-logged"),
        plant=around("systems.jobsources.access:CallbackAccess.check", _tellingly),
    ),
    Fault(
        name="environment-unchecked",
        process="api",
        breaks=jobsources("environment-checked-at-start"),
        plant=value("systems.chassis.settings:Reader.check", lambda _: None),
    ),
    Fault(
        name="open-in-production",
        process="api",
        breaks=jobsources("production-callbacks-never-open"),
        plant=_deaf_to("WORKER_CALLBACK_SIGNING_SECRET"),
    ),
    Fault(
        name="http-in-production",
        process="api",
        breaks=jobsources("production-demands-https"),
        plant=_deaf_to("WORKER_CALLBACK_URL", "WORKER_CALLBACK_OIDC_AUDIENCE"),
    ),
    Fault(
        name="tolerance-clamped",
        process="api",
        breaks=jobsources("tolerance-within-range"),
        plant=value(
            "systems.jobsources.settings:integer",
            lambda least, most: lambda text: max(least, min(most, int(text))),
        ),
    ),
)
