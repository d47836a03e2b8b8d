"""
How an operator's command runs: its environment judged, what it did written down, its exit code.

0 done, 1 a bad setting or a failure, 2 refused by a gate, with nothing changed and `gate: why` on standard error.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from systems.chassis.settings import Misconfigured, Reader
from systems.marketplace import ledger, release, settings, surroundings, wanted
from systems.marketplace.ledger import OK, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from systems.marketplace.surroundings import Surroundings

FAILURE, REFUSED = 1, 2


class Refused(Exception):
    """A gate is shut, and why."""


class Failed(Exception):
    """It was not done, and why, without secrets; `code` is what the process ends with."""

    def __init__(self, why: str, code: int = FAILURE) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where an operation takes place, who does it, on which release, and where it is written down."""

    surroundings: Surroundings
    operator: str
    release: str
    ledger: Path

    def record(
        self,
        action: str,
        details: Mapping[str, Any],
        *,
        outcome: str = OK,
        release: str = "",
    ) -> Entry:
        """Write an operation down; its entry."""
        entry = Entry(
            environment=self.surroundings.name,
            action=action,
            outcome=outcome,
            operator=self.operator,
            release=release or self.release,
            details=details,
        )
        ledger.append(self.ledger, entry)
        return entry


def office(reader: Reader) -> Office:
    """APP_ENV, OPERATOR, the release and OPS_LEDGER; what does not do is noted."""
    return Office(
        surroundings=surroundings.read(reader),
        operator=reader.optional("OPERATOR", str, "system"),
        release=settings.release(reader).commit,
        ledger=settings.ledger(reader),
    )


def main(run: Callable[[Reader], None]) -> None:
    """
    Be a command: read what it needs, call `reader.check()`, do it.

    It raises Misconfigured or Failed (exit 1), or Refused (exit 2).
    """
    try:
        run(Reader(release.laid_under(os.environ)))
    except Misconfigured as problem:
        wanted.refuse(problem)
    except Refused as gate:
        sys.stderr.write(f"gate: {gate}\n")
        sys.exit(REFUSED)
    except Failed as failure:
        sys.stderr.write(f"{failure}\n")
        sys.exit(failure.code)
    except (OSError, psycopg.Error) as error:
        # A file or a connection that is gone by now; its kind is told, no address.
        why = getattr(error, "strerror", None) or "PostgreSQL"
        sys.stderr.write(f"{type(error).__name__}: {why}\n")
        sys.exit(FAILURE)
