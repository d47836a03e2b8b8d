"""The drills of a log that count: those that a key of the policy has signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.acts import said
from proofbook.drills import Drill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.log import Act, Log
    from proofbook.policy import Policy


def rehearsals(log: Log, policy: Policy) -> Iterator[tuple[Act, Drill]]:
    """
    Each drill with the act that holds it, in the order in which they were signed.

    What cannot be read, or was signed by nobody that the policy knows, puts nothing off.
    """
    for act in sorted(log.acts, key=lambda each: (each.at, each.head)):
        if act.kind != "drill" or not any(policy.principal(key) for key in act.signers):
            continue
        try:
            word = said(act)
        except ValueError:
            continue
        if isinstance(word, Drill):
            yield act, word
