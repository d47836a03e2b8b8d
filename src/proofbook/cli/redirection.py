"""Everything that this process prints goes to a file for a while, whoever prints it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def redirected(log: Path) -> Iterator[None]:
    """
    Append standard output and standard error to `log`, those of programs started here included.

    pytest, its plugins and its workers write wherever they like; the person sees only what is
    written to a `kept` stream.
    """
    _flush()
    saved = [os.dup(1), os.dup(2)]
    try:
        with log.open("ab") as file:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
        yield
    finally:
        _flush()
        for number, before in zip((1, 2), saved, strict=True):
            os.dup2(before, number)
            os.close(before)


@contextmanager
def kept(stream: TextIO) -> Iterator[TextIO]:
    """The same file as `stream`, out of reach of `redirected`."""
    copy = os.fdopen(
        os.dup(stream.fileno()), "w", encoding=stream.encoding, errors="replace", buffering=1
    )
    with copy:
        yield copy


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
