"""What is wrong at a line of a page, before it is known which page it is."""

from __future__ import annotations

from typing import NamedTuple


class Complaint(NamedTuple):
    """One thing wrong with a page."""

    #: Counted from 1.
    line: int
    #: What is wrong, what stands there instead, and what to do.
    message: str
