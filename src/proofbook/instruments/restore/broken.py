"""A backup is not what it must be."""

from __future__ import annotations


class Broken(AssertionError):
    """
    Something about a backup does not hold: in a check, the claim's failure.

    `guard` is the phase or the control's guard that noticed, `told` what it says: counts, names of
    files and programs' own words.
    """

    def __init__(self, guard: str, told: str) -> None:
        super().__init__(f"{guard}: {told}")
        self.guard = guard
        self.told = told
