"""What a session is going to ask: the cases of every claim, and which of them were selected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.effects import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCase:
    """One call of a check's function, known before anything runs."""

    nodeid: str
    claim: str
    #: The check's file.
    path: Path
    #: The strongest effect of the fixtures that it names.
    effect: Effect = Effect.OBSERVES
    #: Whether it is to run: neither `-k` nor anything else left it out.
    selected: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The cases of every claim, and the claims that are wanted and have none."""

    #: Claim id → all its cases, also those that were left out.
    cases: Mapping[str, tuple[PlannedCase, ...]] = field(default_factory=dict)
    #: Claims without a check that the selection covers.
    unchecked: frozenset[str] = frozenset()
    #: Claims that people answer and the selection covers.
    answered: frozenset[str] = frozenset()
    #: Which shard of the run this session is, from 1, and of how many.
    shard: int = 1
    of: int = 1
    #: Claims that another shard asks, and which.
    elsewhere: Mapping[str, int] = field(default_factory=dict)

    @property
    def effect(self) -> Effect:
        """The strongest effect that the fixtures of selected cases declare."""
        chosen = (case.effect for cases in self.cases.values() for case in cases if case.selected)
        return max(chosen, default=Effect.OBSERVES)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to ask and nothing to say."""
        return not self.cases and not self.unchecked

    def is_wanted(self, claim: str) -> bool:
        """Whether this session asks the claim."""
        cases = self.cases.get(claim, ())
        return any(case.selected for case in cases) or claim in self.unchecked
