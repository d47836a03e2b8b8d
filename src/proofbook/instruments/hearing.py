"""
What a check said to a deployment and what came back: the first words and the last, kept as evidence.

Every handle tells `HEARD` what it asked; whoever runs checks clears it before a try and reads it
after. A try may ask ten thousand times: what lies between the first and the last is counted only.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: So many are kept from the beginning, and so many from the end.
FIRST, LAST = 5, 20
#: So many bytes of what was said are looked at, and so many characters of it are shown.
_BYTES, _SHOWN = 4096, 400
#: So many characters before the last byte that is looked at may be the beginning of a secret.
_DOUBTFUL = 1024


@dataclass(frozen=True, slots=True)
class Said:
    """One question and its answer."""

    #: `http` or `sql`.
    by: str
    #: `POST http://127.0.0.1:3001/api/jobs`, or the statement.
    what: str
    #: What went with it: a body, or the values of a statement.
    sent: bytes
    #: The HTTP status; `None` without an answer, and for SQL.
    status: int | None
    #: The answer's body, the rows, or why there is none.
    came: bytes

    def line(self, clean: Callable[[str], str]) -> str:
        """As JSON, each text cleaned and then cut short."""
        fields = {
            "by": self.by,
            "what": _short(self.what.encode(), clean),
            "sent": _short(self.sent, clean),
            "status": self.status,
            "came": _short(self.came, clean),
        }
        return json.dumps({key: value for key, value in fields.items() if value not in ("", None)})


class Hearing:
    """The first and the last that was said, from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """A try begins."""
        with self._lock:
            #: How much was said.
            self.count = 0
            self._first: list[Said] = []
            self._last: deque[Said] = deque(maxlen=LAST)

    def note(self, said: Said) -> None:
        """Something was said, and answered or not."""
        with self._lock:
            self.count += 1
            (self._first if len(self._first) < FIRST else self._last).append(said)

    def text(self, clean: Callable[[str], str]) -> str:
        """JSON lines, in the order in which answers came; empty if nothing was said."""
        with self._lock:
            first, last, count = list(self._first), list(self._last), self.count
        between = count - len(first) - len(last)
        lines = [said.line(clean) for said in first]
        lines += [json.dumps({"left_out": between})] if between else []
        lines += [said.line(clean) for said in last]
        return "".join(f"{line}\n" for line in lines)


#: What is said by the handles of this process.
HEARD = Hearing()


def cut(data: bytes) -> bytes:
    """As much of it as is ever looked at."""
    return data[:_BYTES]


def _short(data: bytes, clean: Callable[[str], str]) -> str:
    text = clean(data.decode(errors="replace"))
    if len(data) == _BYTES:
        text = text[:-_DOUBTFUL]  # a secret may have been cut in two where the bytes end
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
