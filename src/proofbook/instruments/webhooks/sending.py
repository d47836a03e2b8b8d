"""Send attacks and keep what came of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.instruments.http import Unanswered
from proofbook.instruments.webhooks.judging import Answer, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from proofbook.instruments.http import Client
    from proofbook.instruments.webhooks.judging import Attack
    from proofbook.instruments.webhooks.signing import Request


def attack(attacks: Iterable[Attack], deliver: Callable[[Request], Answer]) -> tuple[Outcome, ...]:
    """Send each, in order, and keep the answer; whatever `deliver` raises is the caller's."""
    return tuple(Outcome(each, deliver(each.request)) for each in attacks)


def over(client: Client, effects: Callable[[], int] | None = None) -> Callable[[Request], Answer]:
    """
    A `deliver` that posts byte by byte what it is given, each on a connection of its own.

    `effects` counts what the receiver has processed so far. Raises `Unreachable` if nobody listens.
    """

    def deliver(request: Request) -> Answer:
        before = effects() if effects else 0
        reply = client.raw("POST", request.path, request.body, request.headers)
        status, said = (
            (0, reply.reason) if isinstance(reply, Unanswered) else (reply.status_code, reply.text)
        )
        return Answer(status=status, said=said, effects=effects() - before if effects else None)

    return deliver
