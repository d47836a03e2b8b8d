"""What a check does to its target, from looking to breaking."""

from __future__ import annotations

from enum import IntEnum


class Effect(IntEnum):
    """The four effects, in order: a target that permits one permits all before it."""

    OBSERVES = 0
    #: Writes test data and removes it.
    EXERCISES = 1
    #: Sends traffic.
    LOADS = 2
    #: Kills, freezes, restores.
    DISRUPTS = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> Effect:
        """The effect that `word` names, in lower case; `KeyError` when none is."""
        return cls[word.upper()] if word.islower() else cls[""]
