"""An answer as a value, whatever came."""

from __future__ import annotations

import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.http import Client
from proofbook.instruments.replies import UNANSWERED, Reply
from proofbook.instruments.servers import FakeServer
from tests.engine.instruments.test_http import closed_port


class Told(Reply):
    """A system's own reply."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("status", "is_done"), [(201, True), (299, True), (302, False), (503, False)]
)
def test_a_refusal_is_an_answer(status: int, *, is_done: bool) -> None:
    """Of the kind that was asked for."""
    with (
        FakeServer(lambda _: (status, {"word": "x"})) as server,
        Client(server.url) as client,
    ):
        reply = Told.to(client, "GET", "/")

    assert type(reply) is Told
    assert (reply.status, reply.body, reply.is_done) == (status, {"word": "x"}, is_done)
    assert reply.seconds > 0


def test_no_answer_is_one_too() -> None:
    """Nobody listens there."""
    with closed_port() as port, Client(f"http://127.0.0.1:{port}") as client:
        reply = Reply.to(client, "GET", "/")

    assert (reply.status, reply.is_done, reply.body) == (UNANSWERED, False, {})
    assert f"127.0.0.1:{port}" in reply.text


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", "null", '"word"'])
def test_what_holds_no_object_has_an_empty_body(text: str) -> None:
    """Whatever else it holds."""
    assert Reply(200, text, {}, 0.0).body == {}


@pytest.mark.parametrize(
    ("text", "there"),
    [('{"jobs": [{"id": 1, "state": "x"}]}', "id, state"), ('{"jobs": [{}]}', "nothing")],
)
def test_a_field_that_is_lacking_is_told_with_those_that_are_there(text: str, there: str) -> None:
    """However deep it lies: nobody has to look the answer up."""
    with pytest.raises(NoVerdict) as caught:
        Reply(200, text, {}, 0.0).body["jobs"][0]["worker"]

    assert str(caught.value) == f"the answer holds no 'worker'; it holds {there}"


def test_a_reply_is_shown_in_one_line() -> None:
    """However the JSON is laid out, so that a reason that quotes it holds all of it."""
    reply = Reply(409, '{\n  "code": "CONFLICT",\n  "retryable": false\n}', {}, 0.0)

    assert repr(reply) == '<409 { "code": "CONFLICT", "retryable": false }>'
