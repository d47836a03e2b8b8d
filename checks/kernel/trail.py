"""What a smoke leaves in the audit chain: each thing that was done, as often as it was done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from checks.kernel.chain import Event

#: Event's type → what in its payload says of which thing it tells.
SUBJECTS = {
    "manifest.signed": "signatureId",
    "manifest.update": "manifestId",
    "agent.create": "agentId",
    "eval.ingest": "evalId",
    "allocation.requested": "allocationId",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Ids of all that one smoke made."""

    #: What was signed, under two keys of idempotency.
    manifest: str
    signatures: tuple[str, ...]
    #: Written twice, and then allocated to.
    division: str
    agent: str
    evaluation: str
    allocation: str

    def of(self, events: Iterable[Event]) -> list[Event]:
        """The events that tell of these things."""
        ours = {*self._once(), ("manifest.update", self.division), *self._decided()}
        return [e for e in events if _place(e) in ours or self._is_signature(e)]

    def problems(self, events: Iterable[Event]) -> Iterator[str]:
        """What stands in the chain more or less often than it was done."""
        mine = self.of(events)
        seen = Counter(map(_place, mine))
        wanted = {**dict.fromkeys(self._once(), 1), ("manifest.update", self.division): 2}
        for place, times in wanted.items():
            if seen[place] != times:
                yield f"{seen[place]} events {place[0]} of {place[1]}, for {times}"
        for place, times in self._decided().items():
            if seen[place] < times:
                yield f"{seen[place]} decisions on {place[1]}, for {times}"
        signed = sum(map(self._is_signature, mine))
        if signed != len(self.signatures):
            yield f"{signed} events manifest.signed of {self.manifest}, for {len(self.signatures)}"

    def _once(self) -> list[tuple[str, str]]:
        return [
            *(("manifest.signed", each) for each in self.signatures),
            ("agent.create", self.agent),
            ("eval.ingest", self.evaluation),
            ("allocation.requested", self.allocation),
        ]

    def _decided(self) -> dict[tuple[str, str], int]:
        """A decision for each signature, for both writes of the division and for the allocation."""
        return {
            ("policy.decision", self.manifest): len(self.signatures),
            ("policy.decision", self.division): 3,
        }

    def _is_signature(self, event: Event) -> bool:
        return event.event_type == "manifest.signed" and (
            event.payload.get("manifestId") == self.manifest
        )


def _place(event: Event) -> tuple[str, str]:
    """An event's type, and of what it tells."""
    payload = event.payload if isinstance(event.payload, dict) else {}
    if event.event_type == "policy.decision":
        context = payload.get("context") or {}
        allocation = context.get("allocation") or {}
        return event.event_type, str(context.get("manifestId") or allocation.get("entityId"))
    return event.event_type, str(payload.get(SUBJECTS.get(event.event_type, "")))
