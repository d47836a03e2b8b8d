"""
Take the secrets out of the logs that programs have left.

While a program runs, its log is what it wrote: checks read it, and some hold that no secret is in it.
Once the program has ended, the log is kept, copied and attached, and nothing reads it but people.
The runner does that at its end; of one that was killed, its warden: `python -m proofbook.stack.washing`
reads `{"files": […], "secrets": […]}` from its standard input.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import BinaryIO

#: Characters are looked through so many at a time, and always whole lines.
_PIECE = 2**20


def wash(files: Iterable[Path], secrets: Collection[str]) -> None:
    """
    Rewrite every log that holds a secret; bytes that are no text stay as they are.

    A file that cannot be written again is taken away: better no log than one that tells.
    """
    if not secrets:
        return
    for file in files:
        try:
            _wash(file, secrets)
        except OSError:
            with suppress(OSError):
                file.unlink()


def _wash(file: Path, secrets: Collection[str]) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    changed = False
    with file.open("rb") as old, fresh.open("wb") as new:
        for piece in _pieces(old):
            text = piece.decode(errors="surrogateescape")
            clean = redacted(text, secrets)
            changed = changed or clean != text
            new.write(clean.encode(errors="surrogateescape"))
    if changed:
        fresh.replace(file)
    else:
        fresh.unlink()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece + file.readline()


if __name__ == "__main__":
    told = json.load(sys.stdin)
    wash(map(Path, told["files"]), told["secrets"])
