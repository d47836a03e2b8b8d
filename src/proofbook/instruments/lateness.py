"""
By how much this process is late: what it saw late was not late for that.

    with Lateness() as lateness:
        seconds = …
    claim.require(not lateness.may_explain(seconds, most), f"{lateness}")      # before it is held against `most`

A thread that is to be woken every now and then is woken too late where the machine has no time for us; that is
measured, and added up.
"""

from __future__ import annotations

import threading
import time
from typing import Self

#: How often it is to be woken, and what is late: less happens on any machine.
EVERY_SECONDS, LATE_SECONDS = 0.05, 0.05


class Lateness:
    """Measured while it is entered."""

    def __init__(self) -> None:
        #: What was lost so far.
        self.seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self.watch, name="lateness")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def may_explain(self, seconds: float, most: float) -> bool:
        """Whether a time is too long, and would not be but for us."""
        return most < seconds <= most + self.seconds

    def watch(self) -> None:
        """Be woken until it is over."""
        began = time.monotonic()
        while not self._over.wait(EVERY_SECONDS):
            late = time.monotonic() - began - EVERY_SECONDS
            if late > LATE_SECONDS:
                self.seconds += late
            began = time.monotonic()

    def __str__(self) -> str:
        return f"the suite itself was {self.seconds:.1f} s late"
