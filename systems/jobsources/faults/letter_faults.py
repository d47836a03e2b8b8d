"""How dead letters are not kept, tell what they hold to all, or are gone with who wrote them."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from systems.chassis.seams import Fault, around, ids, together, value

if TYPE_CHECKING:
    from pathlib import Path

jobs = ids("jobsources")
KEEP = "systems.jobsources.courier:Courier._keep"
REPLAY = "systems.jobsources.replay:Replay._replay"


def _summed_up(keep: Any) -> Any:
    def kept(courier: Any, task: Any, body: Any, reason: str) -> None:
        short = {name: told for name, told in body.items() if name not in ("jobs", "diagnostics")}
        keep(courier, task, short, reason)

    return kept


def _by_second(_name: Any) -> Any:
    return lambda letter: f"{letter.payload.get('runId')}-{int(time.time())}.json"


def _telling(keep: Any) -> Any:
    """The bearer stands in the letter."""

    def kept(courier: Any, task: Any, body: Any, reason: str) -> None:
        from systems.jobsources import letters

        told = letters._told
        token = task.callback_token or courier._settings.token
        letters._told = lambda letter: told(letter) | {"callbackToken": token}
        try:
            keep(courier, task, body, reason)
        finally:
            letters._told = told

    return kept


def _for_all_to_read(write: Any) -> Any:
    def written(self: Any, letter: Any) -> Path:
        path: Path = write(self, letter)
        path.chmod(0o644)
        return path

    return written


def _token_in(path: Path) -> str:
    """The bearer that a letter holds."""
    return str(json.loads(path.read_text(encoding="utf-8")).get("callbackToken", ""))


def _with_its_own_token(replay: Any) -> Any:
    """What is sent with a letter is the bearer that it was kept with."""

    async def replayed(self: Any, path: Path) -> Any:
        token = _token_in(path)
        settings, self._sender._settings = (
            self._sender._settings,
            replace(self._sender._settings, token=token),
        )
        try:
            return await replay(self, path)
        finally:
            self._sender._settings = settings

    return replayed


def _tidy(init: Any) -> Any:
    """Whoever starts finds an empty folder."""

    def made(service: Any, settings: Any) -> None:
        for path in settings.callbacks.letters.glob("*.json"):
            path.unlink()
        init(service, settings)

    return made


FAULTS = (
    Fault(
        name="letter-not-kept",
        process="worker",
        breaks=jobs("undelivered-callback-kept"),
        plant=value(KEEP, lambda *_: None),
    ),
    Fault(
        name="letter-summed-up",
        process="worker",
        breaks=jobs("undelivered-callback-kept"),
        plant=around(KEEP, _summed_up),
    ),
    Fault(
        name="letters-named-by-second",
        process="worker",
        breaks=jobs("letters-never-collide"),
        plant=around("systems.jobsources.letters:_name", _by_second),
    ),
    Fault(
        name="letter-holds-token",
        process="worker",
        breaks=jobs("letters-hold-no-credential"),
        plant=around(KEEP, _telling),
    ),
    Fault(
        name="letter-for-all-to-read",
        process="worker",
        breaks=jobs("letters-hold-no-credential"),
        plant=around("systems.jobsources.letters:Letters.write", _for_all_to_read),
    ),
    Fault(
        name="letter-sent-with-its-token",
        process="worker",
        breaks=jobs("replay-survives-token-rotation"),
        plant=together(around(KEEP, _telling), around(REPLAY, _with_its_own_token)),
    ),
    Fault(
        name="letters-gone-with-worker",
        process="worker",
        breaks=jobs("letters-outlive-worker"),
        plant=around("systems.jobsources.worker_service:WorkerService.__init__", _tidy),
    ),
)
