"""Letters on their way once more: signed afresh, with the bearer of today, gone only once the API has them."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from systems.jobsources import letters, signatures
from systems.jobsources.courier import terminal
from systems.jobsources.identity_tokens import NoToken
from systems.jobsources.outbound import Unanswered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from systems.jobsources.letters import Letter, Letters
    from systems.jobsources.outbound import Answer
    from systems.jobsources.sender import Sender

#: Reasons by which the API says that it has this callback already.
HAD = ("DUPLICATE_EVENT_ID", "RUN_ALREADY_FINALIZED")
log = logging.getLogger("systems.jobsources")


@dataclass(slots=True)
class Counts:
    """How many letters there were, and what became of them."""

    total: int = 0
    sent: int = 0
    failed: int = 0

    @property
    def exit_code(self) -> int:
        """0 if every letter went."""
        return 1 if self.failed else 0

    def shown(self) -> dict[str, int]:
        """As it is told."""
        return asdict(self)


class Replay:
    """Replays a folder of letters, one replay at a time: whoever comes meanwhile waits."""

    def __init__(self, sender: Sender, kept: Letters) -> None:
        self._sender = sender
        self._letters = kept
        self._turn = asyncio.Lock()

    async def run(self) -> Counts:
        """Send every letter once."""
        counts = Counts()
        async with self._alone():
            for path in self._letters.all():
                counts.total += 1
                if await self._replay(path):
                    counts.sent += 1
                else:
                    counts.failed += 1
        return counts

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        turn = self._letters.turn()
        async with self._turn:
            await asyncio.to_thread(turn.__enter__)
            try:
                yield
            finally:
                turn.__exit__(None, None, None)

    async def _replay(self, path: Path) -> bool:
        try:
            letter = letters.read(path)
            answer = await self._sender.post(letter.callback_url, letter.payload, parts(letter))
        except (letters.NoLetter, Unanswered, NoToken, ValueError) as error:
            log.warning("letter not sent", extra={"letter": path.name, "why": str(error)})
            return False
        if not answer.is_success:
            log.warning("letter not taken", extra={"letter": path.name, "status": answer.status})
            return False
        if not has_arrived(answer):
            log.warning("letter refused", extra={"letter": path.name})
            self._letters.refuse(path)
            return False
        self._letters.remove(path)
        return True


def parts(letter: Letter) -> signatures.Parts:
    """What a letter's signature covers: its status, that of an offer, or that of a completed run."""
    payload = dict(letter.payload)
    is_offer = "job" in payload or "jobs" in payload
    payload["status"] = payload.get("status") or (signatures.INGEST if is_offer else "COMPLETED")
    return terminal(payload, letter.request_id)


def has_arrived(answer: Answer) -> bool:
    """Whether the API applied what it answered with a 2xx, or had it already."""
    told = _told(answer)
    if told.get("ignored") is True:
        return False
    reason = told.get("reasonCode")
    return not reason or reason in HAD


def _told(answer: Answer) -> Mapping[str, Any]:
    """What an answer says, in the API's envelope or without."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    data = body.get("data")
    return data if isinstance(data, dict) else body
