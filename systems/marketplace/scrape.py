"""Everything that is counted here, as one page for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis import instants
from systems.marketplace import exposition, ledger, process
from systems.marketplace.exposition import Family, single

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from systems.marketplace.ledger import Entry
    from systems.marketplace.metrics import Metrics
    from systems.marketplace.process import GarbageClock
    from systems.marketplace.statements import Statements

#: What is rotated, and raises an alert where it was not for long.
SECRETS = (
    "JWT_SECRET",
    "REFRESH_TOKEN_PEPPER",
    "ENCRYPTION_KEYS",
    "DATABASE_URL",
    "NEXT_PUBLIC_POSTHOG_KEY",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """Where the numbers come from."""

    metrics: Metrics
    statements: Statements
    garbage: GarbageClock
    memory_bytes: int
    ledger: Path

    def text(self) -> str:
        """The page, as of now."""
        return exposition.text(self._families())

    def _families(self) -> Iterator[Family]:
        yield from exposition.families(self.metrics)
        yield single("db_slow_queries_total", "counter", self.statements.slow)
        yield from process.families(self.garbage, self.memory_bytes)
        yield from operations(ledger.read(self.ledger))


def operations(entries: Sequence[Entry]) -> Iterator[Family]:
    """When a backup, and each rotation, was done last: seconds since 1970, 0 if never."""
    done = [entry for entry in entries if entry.is_ok]
    backups = [entry for entry in done if entry.action == "backup"]
    yield single("backup_last_success_timestamp_seconds", "gauge", _newest(backups))
    rotated = [entry for entry in done if entry.action == "rotation"]
    told = dict.fromkeys([*SECRETS, *(str(entry.details.get("secret")) for entry in rotated)])
    yield Family(
        "secret_rotation_timestamp_seconds",
        "gauge",
        [
            (
                "",
                {"secret": secret},
                _newest([entry for entry in rotated if entry.details.get("secret") == secret]),
            )
            for secret in told
        ],
    )


def _newest(entries: Sequence[Entry]) -> float:
    return max((instants.moment(entry.ts).timestamp() for entry in entries), default=0)
