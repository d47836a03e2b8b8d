"""Bring the store's tables up to date: `python -m systems.coreos.migrate`."""

from __future__ import annotations

from pathlib import Path

from systems.chassis.migrations import command

FOLDER = Path(__file__).parent / "migrations"


if __name__ == "__main__":
    command(FOLDER)
