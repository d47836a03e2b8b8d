"""Bodies of requests, up to a size: one that is too large is still heard out, so that its sender hears why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

#: How much more of a body is read, and for how long, only to be forgotten.
HEARD_BYTES = 64 * 1024 * 1024
HEARD_SECONDS = 5.0


async def read(request: Request, limit: int) -> bytes | None:
    """A request's body; None if it is longer than the limit."""
    size, chunks = 0, []
    try:
        async with asyncio.timeout(None) as patience:
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    chunks.append(chunk)
                    continue
                if patience.when() is None:
                    patience.reschedule(asyncio.get_running_loop().time() + HEARD_SECONDS)
                if size > limit + HEARD_BYTES:
                    break
    except TimeoutError:
        return None
    return b"".join(chunks) if size <= limit else None
