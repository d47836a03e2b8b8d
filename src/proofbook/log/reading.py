"""
Chains and the evidence that they name become a log.

Whatever a chain names and nobody can show as it was is damage, unless a signed entry says that it
was pruned: then a pass is no pass any more, and a fail still is one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook.evidence import Attempt, Case
from proofbook.log import plans, records
from proofbook.log.entry import END, PLAN
from proofbook.log.joining import NEVER_ENDED
from proofbook.log.model import Act, Damage, Log, Part
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from proofbook.evidence import Record, Run
    from proofbook.log.chain import Chain
    from proofbook.log.entry import Entry
    from proofbook.log.plans import Planned

#: The key of a prune's body that lists the digests of what went.
PRUNED = "evidence"
#: Why what was pruned is no pass.
GONE = "its evidence was pruned"
_COPY = "Bring the file back from a copy of the store."


class Unreadable(Exception):
    """Why the bytes of a file that is there cannot be had."""


class _Wrong(Exception):
    """What is wrong, and where, from the store's folder."""

    def __init__(self, place: str, what: str) -> None:
        self.place = place
        super().__init__(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What becomes of chains, given a way to their evidence."""

    #: The bytes of `evidence/<digest>`; `None` where there is no such file. May raise `Unreadable`.
    evidence: Callable[[str], bytes | None]
    #: Digests that signed entries say were pruned.
    pruned: frozenset[str] = frozenset()
    #: Digests that were read: filled while reading.
    seen: set[str] = field(default_factory=set)

    def log(self, chains: Iterable[Chain], broken: Iterable[Damage] = ()) -> Log:
        """Everything that the chains say; what does not hold is damage."""
        parts, acts, damage = [], [], list(broken)
        for chain in chains:
            try:
                if chain.entries[0].kind == PLAN:
                    parts.append(self._part(chain))
                else:
                    acts.append(act(chain))
            except _Wrong as wrong:
                damage.append(Damage(wrong.place, str(wrong), _COPY))
        parts.sort(key=lambda part: part.trail.head)
        acts.sort(key=lambda each: each.trail.head)
        return Log(parts=tuple(parts), acts=tuple(acts), broken=tuple(sorted(set(damage))))

    def _part(self, chain: Chain) -> Part:
        plan = _plan(chain)
        run = plan.run
        planned = {each.claim: each for each in plan.claims}
        found: dict[str, Record] = {}
        named: list[str] = []
        for at, entry in enumerate(chain.entries):
            place = f"log/{chain.trail.chain}.jsonl:{at + 1}"
            if entry.kind == END:
                run = _ended(run, entry, place)
            elif entry.kind != PLAN:
                self._add(found, planned, entry, place, run)
                named.append(entry.body["record"])
        attached = (
            kept.sha256
            for record in found.values()
            for case in record.cases
            for attempt in case.attempts
            for kept in attempt.attachments
        )
        return Part(
            run=replace(run, records=tuple(_record(each, found, run) for each in plan.claims)),
            signer=chain.signers[0],
            trail=chain.trail,
            shard=plan.shard,
            of=plan.of,
            shards=plan.shards,
            evidence=tuple(dict.fromkeys([*named, *attached])),
        )

    def _add(
        self,
        found: dict[str, Record],
        planned: Mapping[str, Planned],
        entry: Entry,
        place: str,
        run: Run,
    ) -> None:
        """One record more, or a later one of the same claim."""
        match entry.body:
            case {"claim": str(claim), "record": str(digest), "verdict": str(verdict), **rest} if (
                not rest and claim in planned
            ):
                pass
            case _:
                raise _Wrong(place, "it names no record of a claim that was planned")
        record = self._read(digest, place, run)
        if record is None:
            found[claim] = _pruned(planned[claim], verdict)
            return
        if wrong := _misfit(record, planned[claim], verdict, found.get(claim)):
            raise _Wrong(f"evidence/{digest}", wrong)
        found[claim] = record

    def _read(self, digest: str, place: str, run: Run) -> Record | None:
        """The record of a digest; `None` if it was pruned."""
        data = self._bytes(digest, place)
        if data is None:
            return None
        try:
            record = records.record(data, run.id)
        except ValueError as error:
            raise _Wrong(f"evidence/{digest}", f"it is no record of this run: {error}") from None
        for case in record.cases:
            for attempt in case.attempts:
                for kept in attempt.attachments:
                    self._bytes(kept.sha256, f"evidence/{digest}")
        return record

    def _bytes(self, digest: str, place: str) -> bytes | None:
        self.seen.add(digest)
        if digest in self.pruned:
            return None  # even where the file is still there: pruning may have been interrupted
        try:
            data = self.evidence(digest)
        except Unreadable as error:
            raise _Wrong(f"evidence/{digest}", str(error)) from None
        if data is None:
            raise _Wrong(place, f"it names evidence/{digest}, which is not there")
        if sha256(data).hexdigest() != digest:
            raise _Wrong(f"evidence/{digest}", altered(data))
        return data


def altered(data: bytes) -> str:
    """What is wrong with a file whose bytes do not have the digest that it is named by."""
    return f"its {len(data)} bytes have the SHA-256 {sha256(data).hexdigest()}: it was changed"


def act(chain: Chain) -> Act:
    """What a chain of one entry says."""
    entry, name = chain.entries[0], chain.trail.chain
    if name != act_name(entry.kind, chain.trail.digests[0]):
        place = f"log/{name}.jsonl:1"
        raise _Wrong(
            place, f"it is {act_name(entry.kind, chain.trail.digests[0])} under another name"
        )
    return Act(
        kind=entry.kind,
        at=datetime.fromisoformat(entry.at),
        body=entry.body,
        signers=chain.signers,
        trail=chain.trail,
    )


def act_name(kind: str, digest: str) -> str:
    """The name of the chain of an act whose line has that digest."""
    return f"{kind}-{digest[:32]}"


def pruned(chains: Iterable[Chain]) -> frozenset[str]:
    """The digests that signed entries say were pruned."""
    entries = (chain.entries[0] for chain in chains)
    listed = (entry.body.get(PRUNED) for entry in entries if entry.kind == "prune")
    return frozenset(
        digest
        for each in listed
        if isinstance(each, list)
        for digest in each
        if isinstance(digest, str)
    )


def _plan(chain: Chain) -> plans.Plan:
    name = chain.trail.chain
    place = f"log/{name}.jsonl:1"
    try:
        plan = plans.plan(chain.entries[0].body)
    except ValueError as error:
        raise _Wrong(place, f"it plans nothing: {error}") from None
    if plan.chain != name:
        raise _Wrong(place, f"it is the chain {plan.chain} under another name")
    return plan


def _ended(run: Run, entry: Entry, place: str) -> Run:
    try:
        end = plans.end(entry.body)
    except ValueError as error:
        raise _Wrong(place, f"it ends nothing: {error}") from None
    return replace(run, finished=end.finished, aborted=end.aborted)


def _record(planned: Planned, found: Mapping[str, Record], run: Run) -> Record:
    """What the chain says of a claim that was planned."""
    if planned.claim in found:
        return found[planned.claim]
    bare = planned.record()
    hollow = run.finished is None and bool(bare.cases)
    return replace(bare, cases=(), note=NEVER_ENDED) if hollow else bare


def _pruned(planned: Planned, verdict: str) -> Record:
    """A record of which only the log's word is left."""
    kept = Verdict.FAIL if verdict == Verdict.FAIL else Verdict.NO_VERDICT
    attempt = Attempt(verdict=kept, reason=GONE)
    cases = tuple(Case(nodeid=nodeid, attempts=(attempt,)) for nodeid in planned.cases)
    return replace(planned.record(), cases=cases)


def _misfit(record: Record, planned: Planned, verdict: str, before: Record | None) -> str:
    """Why a record is not the one that its entry names; empty if it is."""
    if not planned.is_of(record):
        return f"it is not of {planned.claim} as it was planned"
    if record.verdict.value != verdict:
        return f"its verdict is {record.verdict.value}, and the log says {verdict}"
    if before is not None and not _goes_on(before, record):
        return "it takes back what an earlier record of the same run and claim says"
    return ""


def _goes_on(before: Record, after: Record) -> bool:
    """Whether every attempt of the earlier record is in the later one too."""
    return all(
        late.attempts[: len(early.attempts)] == early.attempts
        for early, late in zip(before.cases, after.cases, strict=True)
    )
