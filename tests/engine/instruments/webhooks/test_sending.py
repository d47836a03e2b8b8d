"""Attacks over a real connection."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from proofbook.instruments.http import Client
from proofbook.instruments.servers import FakeServer
from proofbook.instruments.webhooks import (
    GITHUB,
    STANDARD_WEBHOOKS,
    Request,
    attack,
    attacks,
    mistakes,
    over,
    unasked,
)
from tests.engine.instruments.webhooks.receivers import (
    NOW,
    SECRETS,
    FromGitHub,
    Receiver,
    github,
    standard,
)

if TYPE_CHECKING:
    from proofbook.instruments.exchanges import Received
    from proofbook.instruments.servers import Answer


def test_a_right_receiver_behind_a_socket_makes_no_mistake() -> None:
    """Bytes that no library would send come through as they are."""
    for receiver, scheme, supply in (
        (Receiver(), STANDARD_WEBHOOKS, standard()),
        (FromGitHub(), GITHUB, github()),
    ):

        def served(received: Received, receiver: Receiver = receiver) -> Answer:
            return receiver.answer(dict(received.headers), received.body)

        with FakeServer(served) as server, Client(server.url) as client:
            sent = attacks(scheme, supply, secrets=SECRETS, at=NOW)
            outcomes = attack(sent, over(client, partial(_processed, receiver)))

        assert mistakes(outcomes) == unasked(outcomes) == ()


def test_no_answer_is_kept_as_none() -> None:
    """With its reason; effects are those that somebody counts."""
    with (
        FakeServer(lambda _: (200, "ok")) as server,
        Client(server.url) as client,
        Client(server.url, read_seconds=0.1) as hasty,
    ):
        answer = over(client)(Request(path="/hook", headers={"a": "b"}, body=b"{}"))
        assert (answer.status, answer.said, answer.effects) == (200, "ok", None)
        assert server.exchanges()[0].path == "/hook"

        broken = over(hasty, lambda: 7)(
            Request(path="/", headers={"Content-Length": "9"}, body=b"")
        )

    assert (broken.status, broken.effects) == (0, 0)
    assert broken.said.startswith(f"POST {server.url}/: no whole answer came: ReadTimeout")


def _processed(receiver: Receiver) -> int:
    return len(receiver.processed)
