"""Which claims a session is about, though they have no check that could be collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pytest

    from proofbook.claims import Claim

#: Options that leave tests out: what was not collected may then have a check all the same.
_NARROWING = ("keyword", "markexpr", "lf", "stepwise", "ignore", "ignore_glob", "deselect")


def covered(
    claims: Iterable[Claim], selects: Sequence[str], named: Sequence[Path], checks: Path
) -> frozenset[str]:
    """
    Those of the claims (none has a check) that the selection covers.

    With `--claim` those that it selects, else those whose whole folder of checks was named.
    """
    systems = {claim.id: claim.system for claim in claims}
    if selects:
        return select(selects, systems).claims
    return frozenset(
        id_
        for id_, system in systems.items()
        if any((checks / system).is_relative_to(path) for path in named)
    )


def is_narrowed(config: pytest.Config) -> bool:
    """Whether the command line leaves tests out."""
    return any(config.getoption(option, None) for option in _NARROWING)
