"""
Be another program whose clock is wrong: `python -m systems.chassis.skew 3600 -m systems.coreos.api`.

What tells the time of day is ahead by so many seconds, or behind; what measures how long something takes is right,
as on a machine whose clock was set wrongly.
"""

from __future__ import annotations

import datetime as dt
import runpy
import sys
import time
from typing import Any

USAGE = "usage: python -m systems.chassis.skew SECONDS -m MODULE [ARGUMENT]..."
_NANOSECONDS = 1_000_000_000


def shift(seconds: int) -> None:
    """Shift the clock of this process from now on, for whatever is imported later."""
    right, right_ns, moment = time.time, time.time_ns, dt.datetime

    class Shifted(moment):  # type: ignore[misc,valid-type]  # the name stands for a class
        """`datetime`, except that now is another instant."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            """The instant that the wrong clock shows."""
            return moment.now(tz) + dt.timedelta(seconds=seconds)

    time.time = lambda: right() + seconds
    time.time_ns = lambda: right_ns() + seconds * _NANOSECONDS
    dt.datetime = Shifted  # type: ignore[misc]  # the point of it


def main() -> None:
    """Shift, then run the module."""
    match sys.argv[1:]:
        case [seconds, "-m", module, *arguments]:
            shift(int(seconds))
            sys.argv = [module, *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case _:
            sys.exit(USAGE)


if __name__ == "__main__":
    main()
