"""Everything that this process prints goes to a file for a while, whoever prints it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from proofbook.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator


#: What a write says where the disk, or the share of it that is ours, is full.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def redirected(log: Path) -> Iterator[None]:
    """
    Append standard output and standard error to `log`, those of programs started here included.

    pytest, its plugins and its workers write wherever they like; the person sees only what is
    written to a `kept` stream. Raises `ReportError` where the disk is full.
    """
    _flush()
    saved = [os.dup(1), os.dup(2)]
    try:
        with log.open("ab") as file:
            _point(file.fileno(), file.fileno())
        try:
            yield
        finally:
            _flush()
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise ReportError(
            f"{os.path.relpath(log)}: what pytest says cannot be written: {error.strerror}. "
            "Earlier runs are untouched. Make room, and verify again."
        ) from None
    finally:
        with Path(os.devnull).open("wb") as nowhere:
            _point(nowhere.fileno(), nowhere.fileno())
            _flush()  # what the log had no room for is not for the person's screen either
        _point(*saved)
        for before in saved:
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


def _point(out: int, err: int) -> None:
    """Let both standard streams go where these descriptors go."""
    os.dup2(out, 1)
    os.dup2(err, 2)
