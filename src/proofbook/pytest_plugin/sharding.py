"""Shards of a run: each claim is asked by one of them, the same one whichever is asked."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from proofbook.pytest_plugin.plan import Plan

_FORM = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several sessions that ask the claims of a run between them."""

    #: From 1.
    number: int = 1
    of: int = 1

    def assigned(self, claims: Collection[str]) -> dict[str, int]:
        """Which shard asks which of the claims that are to be asked."""
        return {claim: at % self.of + 1 for at, claim in enumerate(sorted(claims))}

    def part(self, plan: Plan, assigned: dict[str, int]) -> Plan:
        """What this shard does of a plan; claims without a check are the first shard's."""
        elsewhere = {claim: shard for claim, shard in assigned.items() if shard != self.number}
        unchecked = plan.unchecked
        if self.number != 1:
            elsewhere |= dict.fromkeys(sorted(unchecked), 1)
            unchecked = frozenset()
        return replace(
            plan, unchecked=unchecked, shard=self.number, of=self.of, elsewhere=elsewhere
        )


def shard(text: str) -> Shard:
    """The shard that `2/4` means; `argparse.ArgumentTypeError` for any other text."""
    found = _FORM.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no shard; write 2/4 for the second of four")
    return Shard(int(found[1]), int(found[2]))
