"""What came of the faults of one system: its counts, its last line, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from proofbook import matrix
from proofbook.matrix import State
from proofbook.report import Exit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Self

    from proofbook.claims import Claim
    from proofbook.matrix import Cell, Planted, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulted:
    """Every fault of a system that was planted, and what each did to its claims."""

    system: str
    planted: tuple[Planted, ...]
    cells: tuple[Cell, ...]
    #: Claim → how often it was seen to fail.
    counts: Mapping[str, Seen]
    #: So many claims that no fault breaks the target does not let be asked.
    left_out: int = 0

    @classmethod
    def of(
        cls,
        system: str,
        planted: tuple[Planted, ...],
        cells: Iterable[Cell],
        claims: Iterable[Claim],
        *,
        only: bool,
    ) -> Self:
        """
        Of the system's claims that checks answer; where `only` some faults were planted, of those that were to break.

        `cells` may hold those of other systems.
        """
        ids = [claim.id for claim in claims if claim.system == system and not claim.by]
        if only:
            broken = {claim for fault in planted for claim in fault.breaks}
            ids = [claim for claim in ids if claim in broken]
        names = {fault.name for fault in planted}
        own = tuple(cell for cell in cells if cell.fault in names)
        return cls(system=system, planted=planted, cells=own, counts=matrix.seen(own, ids, planted))

    @property
    def unbroken(self) -> tuple[str, ...]:
        """The claims that no fault breaks."""
        return tuple(claim for claim, seen in self.counts.items() if not seen.faults)

    def without(self, unasked: Collection[str]) -> Self:
        """The same where these claims are not asked."""
        counts = {claim: seen for claim, seen in self.counts.items() if claim not in unasked}
        return replace(self, counts=counts, left_out=len(self.counts) - len(counts))

    @property
    def last_line(self) -> str:
        """All of it in one line."""
        wrong = {cell.fault for cell in self.cells if not cell.state.is_right}
        complete = [
            claim for claim, seen in self.counts.items() if seen.seen == len(seen.faults) > 0
        ]
        unbroken, of = self.unbroken, len(self.counts)
        unasked = self.left_out + sum(cell.state is State.NOT_ASKED for cell in self.cells)
        parts = [
            f"{len(self.planted)} faults: {len(wrong)} not as they must be",
            f"{len(complete)} of {of} claims seen to fail under every fault of theirs",
            f"{len(unbroken)} that no fault breaks: {', '.join(unbroken)}" if unbroken else "",
            f"{unasked} not asked" if unasked else "",
        ]
        return " · ".join(filter(None, parts))

    @property
    def exit(self) -> Exit:
        """How it ended."""
        states = {cell.state for cell in self.cells}
        if states & {State.UNSEEN, State.DISTURBED} or self.unbroken:
            return Exit.FAIL
        if State.LOST in states or State.SEEN not in states:
            return Exit.NO_VERDICT
        return Exit.PASS
