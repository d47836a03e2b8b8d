"""The log file of a program: a new one for each start, read while it grows."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.errors import NoVerdict, StackError

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_SECONDS = 0.02
_TAIL = 5


@dataclass(frozen=True, slots=True)
class Output:
    """What a program wrote to its standard output and error, in one file."""

    path: Path

    @classmethod
    def new(cls, folder: Path, name: str) -> Output:
        """The first `name.<n>.log` in `folder` that does not exist, made empty."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            paths = (folder / f"{name}.{number}.log" for number in itertools.count(1))
            return cls(next(path for path in paths if _made(path)))
        except OSError as error:
            raise StackError(f"{folder}: no log can be written: {error.strerror}") from None

    @property
    def shown(self) -> str:
        """Its path, from here if it is below."""
        here = Path.cwd()
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)

    def text(self) -> str:
        """All of it; what is no UTF-8 is replaced."""
        return self.path.read_text(encoding="utf-8", errors="replace")

    def lines(self) -> list[str]:
        """The complete lines."""
        return self.text().split("\n")[:-1]

    def append(self, line: str) -> None:
        """Note something of our own."""
        with self.path.open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")

    def tail(self) -> str:
        """The last lines and the path, for a message."""
        last = [line for line in self.text().splitlines() if line.strip()][-_TAIL:]
        said = "\n".join(f"    {line}" for line in last) or "    (it wrote nothing)"
        return f"{said}\n    {self.path}"

    def follow(self, after: int = 0) -> Follower:
        """The complete lines from line `after` on, as they come."""
        return Follower(self.path, after)

    def wait_for_line(
        self, pattern: str, within_seconds: float, after: int, *, is_running: Callable[[], bool]
    ) -> str:
        """
        The first complete line from line `after` on in which `pattern` is found.

        Raises `NoVerdict` with the last line seen.
        """
        deadline = time.monotonic() + within_seconds
        follower = self.follow(after)
        while True:
            runs, is_late = is_running(), time.monotonic() > deadline  # before the last look
            line = follower.find(pattern)
            if line is not None:
                return line
            if is_late or not runs:
                raise NoVerdict(self._unseen(pattern, within_seconds, after, ended=not runs))
            time.sleep(_POLL_SECONDS)

    def _unseen(self, pattern: str, seconds: float, after: int, *, ended: bool) -> str:
        seen = self.lines()[after:]
        when = "before it ended" if ended else f"within {seconds:g} s"
        last = f"the last of {len(seen)} was {seen[-1]!r}" if seen else "it wrote no line"
        return f"{self.path.name}: no line matched {pattern!r} {when}; {last}"


class Follower:
    """Reads on where it stopped, so that a long log costs no more than its new lines."""

    def __init__(self, path: Path, skip: int) -> None:
        self._path = path
        self._skip = skip
        self._offset = 0

    def find(self, pattern: str) -> str | None:
        """The first new line in which `pattern` is found; a line is looked at once."""
        with self._path.open("rb") as log:
            log.seek(self._offset)
            *lines, _unfinished = log.read().split(b"\n")
        for line in lines:
            self._offset += len(line) + 1
            self._skip -= 1
            text = line.decode(errors="replace")
            if self._skip < 0 and re.search(pattern, text):
                return text
        return None


def _made(path: Path) -> bool:
    """Whether the file is ours: made now, and not there before."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return False
    return True
