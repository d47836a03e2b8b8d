"""Two profiles: one as it should be, and one whose every request costs the generator all its time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from proofbook.instruments.load.profile import Ask, OpenLoop

if TYPE_CHECKING:
    from collections.abc import Sequence


class Reads(OpenLoop):
    """Two things, one three times as often."""

    def prepare(self) -> Sequence[Ask]:
        return Ask("GET /", "/"), Ask("GET /more", "/more", weight=3)


class Starved(Reads):
    """Thinks for 15 ms before each request, holding its processor."""

    def ask(self, number: int) -> Ask:
        until = time.process_time() + 0.015
        while time.process_time() < until:
            pass
        return super().ask(number)
