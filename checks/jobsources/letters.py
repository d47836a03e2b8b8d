"""
The folder in which workers keep their dead letters, read and written as the contract says (§2.10).

    path = letters.put(completed(run), api)     a letter that waits to be replayed; its name tells its turn
    letters.kept(), letters.refused()           paths, by name; `told(path)` what a letter says
    letters.of(run)                             the letters that speak of a run, once there is one or time is up
    worker = crew.worker(letters.env | {…})     a worker that keeps its letters here
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_callbacks import Callback
    from checks.jobsources.adapter_deployment import Deployment

VARIABLE = "WORKER_DEAD_LETTER_DIR"
#: For the user of the worker only.
MODE = 0o600
#: By then a worker has given up a callback that is refused at once, three attempts apart by the shortest pauses,
#: on a machine on which each request takes its time.
GIVEN_UP_SECONDS = 30
#: Attempts that follow each other as soon as the contract allows.
HASTE: Mapping[str, str] = {
    "WORKER_CALLBACK_RETRY_BACKOFF_MS": "100",
    "WORKER_CALLBACK_RETRY_MAX_DELAY_MS": "100",
    "WORKER_CALLBACK_RETRY_JITTER_PCT": "0",
}
#: What the shared postman shows, where its task brings nothing of its own.
POSTMANS_TOKEN = "token-of-the-postman-alone"


class Letters:
    """One folder; whoever is started with `env` keeps its letters there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turns = count(1)
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def env(self) -> dict[str, str]:
        """What a worker or the replay command is told of it."""
        return {VARIABLE: str(self.folder)}

    def clear(self) -> None:
        """Take away whatever lies there."""
        for path in [*self.folder.glob("refused/*"), *self.folder.glob("*")]:
            path.rmdir() if path.is_dir() else path.unlink()

    def put(self, callback: Callback, to: Api, url: str | None = None) -> Path:
        """Lay a callback there as a letter to an API, or to another address that serves its paths."""
        path = to.access.path(callback.path, id=callback.run)
        return self.write(
            {
                "callbackUrl": (to.url if url is None else url) + path,
                "requestId": callback.request_id,
                "payload": callback.body,
                "reason": "callback rejected (500)",
                "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            }
        )

    def write(self, letter: Mapping[str, Any] | str) -> Path:
        """Lay a letter there, or a text that is none."""
        path = self.folder / f"suite-{next(self._turns):06}.json"
        path.touch(MODE)
        path.write_text(letter if isinstance(letter, str) else json.dumps(letter), "utf-8")
        return path

    def kept(self) -> list[Path]:
        """The letters that wait."""
        return _files(self.folder)

    def refused(self) -> list[Path]:
        """The letters that the API will never take."""
        return _files(self.folder / "refused")

    def of(self, run: str, within_seconds: float = GIVEN_UP_SECONDS) -> list[Path]:
        """The letters that speak of a run."""
        return until(lambda: [p for p in self.kept() if run in _text(p)], bool, within_seconds)


def told(path: Path) -> dict[str, Any]:
    """What a letter says; empty where it is none."""
    try:
        held = json.loads(path.read_text("utf-8"))
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def beside(deployment: Deployment, other: Path, name: str = "suite") -> Path:
    """A folder of this name where the target's workers keep theirs; the other where it says nothing."""
    told = deployment.twin.env("worker").get(VARIABLE)
    return Path(told) / name if told else other


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.is_file())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
