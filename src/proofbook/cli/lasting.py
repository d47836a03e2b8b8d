"""How long the drill of a backup lasts: as the claim that the target names for it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from proofbook.cli import here
from proofbook.drills import QUARTER

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from proofbook.targets import Target
    from proofbook.targets.model import Backup


def lasting(root: Path, target: Target, system: str, backup: Backup) -> timedelta:
    """Its claim's `valid_for`; a quarter where it names none. A usage error for a claim that says nothing of it."""
    if backup.claim is None:
        return QUARTER
    where = f"{target.path}: systems.{system}.backups.{backup.name}.claim"
    found = {claim.id: claim for runbook in here.runbooks(root) for claim in runbook.claims}
    if backup.claim not in found:
        raise click.UsageError(f"{where}: there is no claim {backup.claim!r}")
    lasts = found[backup.claim].valid_for
    if lasts is None:
        raise click.UsageError(
            f"{where}: {backup.claim} does not state how long a drill lasts; "
            "write `valid_for = 92 d` into its sentence"
        )
    return lasts
