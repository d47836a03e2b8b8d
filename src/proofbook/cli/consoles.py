"""Consoles of rich, as this program uses them: no markup, no highlighting, whole lines in logs."""

from __future__ import annotations

import os
from typing import TextIO

from rich.console import Console

#: A log has no width of its own; this one shows ids beside measurements.
_LOG_WIDTH = 120


def console(stream: TextIO) -> Console:
    """A console that writes to `stream`: in colour on a terminal, plain and wide elsewhere."""
    width = None if stream.isatty() or "COLUMNS" in os.environ else _LOG_WIDTH
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
