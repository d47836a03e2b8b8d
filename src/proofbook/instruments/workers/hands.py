"""Many calls side by side, each hand with a connection of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from proofbook.instruments.workers.queue import Connect, Queue

#: So many connections, at most.
HANDS = 8


def side_by_side(connect: Connect, items: Sequence[str], do: Callable[[Queue, str], None]) -> None:
    """Call `do` once for each item; raises the first error that a call raised, after all hands rest."""
    waiting: SimpleQueue[str] = SimpleQueue()
    for item in items:
        waiting.put(item)

    def work() -> None:
        with connect() as queue:
            while True:
                try:
                    item = waiting.get_nowait()
                except Empty:
                    return
                do(queue, item)

    hands = min(HANDS, len(items))
    with ThreadPoolExecutor(max(hands, 1)) as pool:
        for hand in [pool.submit(work) for _ in range(hands)]:
            hand.result()
