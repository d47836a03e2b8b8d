"""
What the Kernel needs, asked again and again: a result holds for a while, and nobody waits long for one.

A question that hangs answers "as before" to whoever asks meanwhile; when its time is up the answer is no.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from systems.chassis.store import Store
    from systems.kernel.metrics import Metrics

#: A health page answers within 2 s, whatever hangs.
PATIENCE_SECONDS = 1.5
PACE_SECONDS = 1.0
#: A transaction that takes longer than this raises the question whether the store still answers.
SUSPICIOUS_SECONDS = 0.25


class Watched:
    """One thing that is needed, and whether it answered when it was asked last."""

    def __init__(self, ask: Callable[[], Awaitable[bool]], *, holds_ms: int) -> None:
        self._ask = ask
        self._holds_seconds = holds_ms / 1000
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")
        self.is_up = False

    async def state(self) -> bool:
        """Whether it answers: what was found a moment ago, or what is found now."""
        if asyncio.get_running_loop().time() - self._asked_at >= self._holds_seconds:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._find())
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._asking), PATIENCE_SECONDS)
        return self.is_up

    async def _find(self) -> None:
        self.is_up = await self._ask()
        self._asked_at = asyncio.get_running_loop().time()


async def look_after(watched: Mapping[str, Watched], metrics: Metrics) -> None:
    """Keep what the metrics say of each dependency fresh, until cancelled."""
    while True:
        states = await asyncio.gather(*(each.state() for each in watched.values()))
        metrics.dependencies.update(zip(watched, states, strict=True))
        await asyncio.sleep(PACE_SECONDS)


async def give_up_when_frozen(store: Store, answers: Callable[[], Awaitable[bool]]) -> None:
    """Where somebody waits for the store and it answers nobody, tell all who wait, until cancelled."""
    while True:
        await asyncio.sleep(SUSPICIOUS_SECONDS)
        if store.waits_seconds() > SUSPICIOUS_SECONDS and not await answers():
            store.give_up()
