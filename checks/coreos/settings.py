"""The contract's settings: what a check turns down so that it need not wait, and what it waits for where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook import NotAsked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: What holds where the API's setting cannot be set, in the unit of its name.
API: Mapping[str, float] = {
    "TICKET_TTL_SECONDS": 1800,
    "RETRY_MAX_DELAY_MS": 60_000,
    "WORKER_ID_HOLD_SECONDS": 15,
    "HEARTBEAT_LOST_SECONDS": 60,
}
#: And a worker's.
WORKER: Mapping[str, float] = {
    "POLL_INTERVAL_SECONDS": 5,
    "HEARTBEAT_INTERVAL_SECONDS": 10,
}
DEFAULTS = {**API, **WORKER}
#: The longest that a missing setting is waited out at its default.
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """Some settings as they will hold, and the environment that makes them so."""

    values: Mapping[str, float]
    env: Mapping[str, str]

    def __getitem__(self, name: str) -> float:
        return self.values[name]


def settings(fixed: Collection[str], **wanted: float) -> Settings:
    """
    The wanted settings, except that those in `fixed` keep their defaults.

    Raises `NotAsked` where a default is longer than anybody waits.
    """
    values = {name: DEFAULTS[name] if name in fixed else value for name, value in wanted.items()}
    for name in wanted:
        seconds = values[name] / (1000 if name.endswith("_MS") else 1)
        if seconds > PATIENCE_SECONDS:
            raise NotAsked(
                f"{name} cannot be set here, and its default of {seconds:g} s is longer "
                f"than the {PATIENCE_SECONDS} s that a check waits"
            )
    env = {name: f"{value:g}" for name, value in values.items() if name not in fixed}
    return Settings(values, env)
