"""
One answer over HTTP as a value: a refusal, and that none came, are answers, too.

    reply = Reply.to(client, "GET", "/health", timeout=2.0)
    reply.status, reply.body, reply.seconds

A field that a check needs and an answer lacks raises `NoVerdict` with those that it holds.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from proofbook.errors import NoVerdict
from proofbook.instruments.http import Unanswered, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from proofbook.instruments.http import Client, Observer, Parts

#: Stands for a status where no answer came.
UNANSWERED = 0
#: The statuses that say that something was done.
_DONE = range(200, 300)


class Fields(dict[str, Any]):
    """A JSON object of an answer."""

    def __missing__(self, name: str) -> Any:
        """Say what is there instead."""
        raise NoVerdict(f"the answer holds no {name!r}; it holds {', '.join(self) or 'nothing'}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, and after how many seconds; a system's adapter says more of it in a subclass."""

    status: int
    text: str
    headers: Mapping[str, str]
    seconds: float

    @classmethod
    def to(cls, client: Client | Observer, method: str, path: str, **parts: Unpack[Parts]) -> Self:
        """The answer to one request; where none comes, one of status `UNANSWERED` whose text says why."""
        began = time.monotonic()
        try:
            answer = client.send(method, path, **parts)
        except Unreachable as error:
            answer = Unanswered(str(error))
        seconds = time.monotonic() - began
        if isinstance(answer, Unanswered):
            return cls(UNANSWERED, answer.reason, {}, seconds)
        return cls(answer.status_code, answer.text, answer.headers, seconds)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that it holds; empty where it holds none."""
        try:
            held = json.loads(self.text, object_hook=Fields)
        except ValueError:
            return Fields()
        return held if isinstance(held, Fields) else Fields()

    @property
    def is_done(self) -> bool:
        """Whether what was asked for was done."""
        return self.status in _DONE

    def __repr__(self) -> str:
        return f"<{self.status} {' '.join(self.text.split())[:300]}>"
