"""What is kept of a try, as evidence: what a check attached, what it said, what its programs logged."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from proofbook.errors import ReportError
from proofbook.evidence import Attachment
from proofbook.instruments.hearing import HEARD
from proofbook.redaction import redacted

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.places import Place

_TYPES = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "svg": "image/svg+xml",
    "log": "text/plain",
    "txt": "text/plain",
}
#: So many bytes of the end of a log are kept.
_TAIL_BYTES = 4096


class Keeping:
    """Puts texts into the store, without their secrets, and remembers them until their try ends."""

    def __init__(self, awake: Awake, place: Place) -> None:
        self._awake = awake
        self._place = place
        self._kept: list[Attachment] = []
        self._sizes: dict[Path, int] = {}
        #: Whether nothing of the try has been anything else so far.
        self.is_pass = True

    def begin(self) -> None:
        """A try begins: nothing has been said, and logs are as long as they are."""
        self.is_pass = True
        self._kept.clear()
        if HEARD.count:
            HEARD.clear()
        if self._place.has_stack:
            self._sizes = {file: file.stat().st_size for file in self._logs()}

    def keep(self, name: str, text: str) -> None:
        """Put a text into the store, under its digest."""
        body = redacted(text, self._place.secrets).encode(errors="backslashreplace")
        (digest,) = self._awake.store.put_evidence([body])
        kind = _TYPES.get(name.rpartition(".")[2], "text/plain")
        self._kept.append(
            Attachment(name=name, media_type=kind, sha256=digest, size_bytes=len(body))
        )

    def end(self) -> tuple[Attachment, ...]:
        """Everything that was kept of the try, with what was said; of one that is no pass, logs too."""
        if self.is_pass and not HEARD.count:
            return tuple(self._kept)
        secrets = self._place.secrets
        # What stops the store from taking this stops it from taking the record, which tells.
        with suppress(ReportError):
            if said := HEARD.text(lambda text: redacted(text, secrets)):
                self.keep("exchanges.jsonl", said)
            for file in [] if self.is_pass else self._logs():
                if grown := _tail(file, self._sizes.get(file, 0)):
                    self.keep(f"{file.stem}.log", grown)
        HEARD.clear()
        return tuple(self._kept)

    def _logs(self) -> list[Path]:
        """What the programs of this process's stack write."""
        if not self._place.has_stack:
            return []
        folder = self._awake.folder / "logs" / self._awake.worker
        return sorted(path for path in folder.glob("*.log") if path.is_file())


def _tail(file: Path, before: int) -> str:
    """The last complete lines of what a file has grown by."""
    with file.open("rb") as opened:
        size = opened.seek(0, 2)
        start = max(before, size - _TAIL_BYTES)
        opened.seek(start)
        data = opened.read(_TAIL_BYTES)
    if start > before:
        data = data[data.find(b"\n") + 1 :]
    return data.decode(errors="replace")
