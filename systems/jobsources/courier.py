"""Callbacks on their way: tried again while that can help, and kept as letters where it did not."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Any

from systems.jobsources import signatures
from systems.jobsources.identity_tokens import NoToken
from systems.jobsources.letters import Letter
from systems.jobsources.outbound import Unanswered

if TYPE_CHECKING:
    from systems.jobsources.letters import Letters
    from systems.jobsources.sender import Sender
    from systems.jobsources.tasks import Task
    from systems.jobsources.worker_settings import CallbackSettings

#: Answers that would be the same next time.
FINAL = (400, 401, 404)
#: What a callback may take while the worker ends.
ENDING_MS = 2000
log = logging.getLogger("systems.jobsources")


class Courier:
    """Takes callbacks to the API."""

    def __init__(self, settings: CallbackSettings, sender: Sender, letters: Letters) -> None:
        self._settings = settings
        self._sender = sender
        self._letters = letters
        #: Set when the worker ends: what is not delivered at once becomes a letter.
        self.ending = asyncio.Event()

    async def deliver(self, task: Task, body: dict[str, Any]) -> None:
        """Deliver a task's callback, or keep it."""
        reason = ""
        for attempt in range(1, self._settings.attempts + 1):
            body["callbackAttemptNo"] = attempt
            reason, is_final = await self._attempt(task, body)
            if not reason:
                log.info("callback delivered", extra=_who(task) | {"attempt": attempt})
                return
            log.warning("callback failed", extra=_who(task) | {"attempt": attempt, "why": reason})
            if is_final or self.ending.is_set():
                break
            if attempt < self._settings.attempts:
                await self._pause(attempt)
        self._keep(task, body, reason)

    async def _attempt(self, task: Task, body: dict[str, Any]) -> tuple[str, bool]:
        """Why it did not arrive, nothing if it did; and whether that is the API's last word."""
        limit_ms = self._settings.timeout_ms
        if self.ending.is_set():
            limit_ms = min(limit_ms, ENDING_MS)
        try:
            answer = await self._sender.post(
                task.callback_url,
                body,
                terminal(body, task.request_id),
                token=task.callback_token,
                limit_ms=limit_ms,
            )
        except (Unanswered, NoToken) as error:
            return f"callback failed: {error}", False
        except Exception as error:
            # A bug of ours is no reason to lose it.
            log.exception("a callback could not be made", extra=_who(task))
            return f"callback failed: {type(error).__name__}", True
        if answer.is_success:
            return "", True
        return f"callback rejected ({answer.status})", answer.status in FINAL

    async def _pause(self, attempt: int) -> None:
        drawn = random.random()  # noqa: S311 - to spread calls, nothing secret
        delay_ms = self._settings.backoff.delay_ms(attempt, drawn)
        try:
            async with asyncio.timeout(delay_ms / 1000):
                await self.ending.wait()
        except TimeoutError:
            return

    def _keep(self, task: Task, body: dict[str, Any], reason: str) -> None:
        letter = Letter(
            callback_url=task.callback_url,
            request_id=task.request_id,
            payload=body,
            reason=reason,
        )
        try:
            kept = self._letters.write(letter)
        except OSError:
            log.exception("a callback is lost", extra=_who(task))
        else:
            log.warning("callback kept", extra=_who(task) | {"letter": kept.name})


def terminal(body: dict[str, Any], request_id: str) -> signatures.Parts:
    """What the signature of a callback covers."""
    return signatures.Parts(
        source_run_id=str(body.get("sourceRunId") or ""),
        status=str(body.get("status") or ""),
        run_id=str(body.get("runId") or ""),
        request_id=request_id,
        event_id=str(body.get("eventId") or ""),
    )


def _who(task: Task) -> dict[str, object]:
    return {
        "requestId": task.request_id,
        "runId": task.run_id,
        "sourceRunId": task.source_run_id,
    }
