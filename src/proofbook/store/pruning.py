"""
Old evidence goes; the log stays, and says what went.

What is taken away is named first, in a signed entry, so that a store that was pruned differs from one
that lost something. Runs keep their chains: a pruned pass proves nothing any more, and a pruned fail
is still a fail. Spared is what something still stands on: what an act cites (a decision, a drill), a
record that has not expired, and the newest run of any claim on a target and release.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.errors import LogError
from proofbook.log.reading import PRUNED
from proofbook.store.acts import act_payload, append_act
from proofbook.store.folder import Store, writing
from proofbook.store.loading import load

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.evidence import Run
    from proofbook.log import Head, Log, Part
    from proofbook.signing.private import SigningKey

#: The key of an act's body that lists the chains which it stands on.
CITES = "cites"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What went."""

    #: Chains whose evidence went, sorted.
    chains: tuple[str, ...]
    #: Digests, in the order of the chains.
    evidence: tuple[str, ...]
    #: Of the entry that says so; `None` where nothing went.
    head: Head | None


def prunable(log: Log, before: datetime, now: datetime) -> tuple[Part, ...]:
    """The runs that opened before an instant and that nothing stands on; all instants are aware."""
    gone = {
        name for act in log.acts if act.kind == "prune" for name in _names(act.body.get("chains"))
    }
    cited = {name for act in log.acts for name in _names(act.body.get(CITES))}
    newest = {
        (record.claim, each.run.target, tuple(sorted(each.run.release.items()))): each.run.id
        for each in log.testimonies
        if each.run.fault is None
        for record in each.run.records
        if record.wanted
    }
    spared = set(newest.values()) | cited
    return tuple(
        part
        for part in log.parts
        if part.evidence
        and datetime.fromisoformat(part.run.started) < before
        and not {part.run.id, part.trail.chain} & (spared | gone)
        and not _is_unexpired(part.run, now)
    )


def prune(folder: Path, before: datetime, now: datetime, key: SigningKey, suite: str) -> Pruned:
    """
    Take the evidence of `prunable` runs out of the store at `folder`, and log that.

    Raises `LogError` where the store is damaged.
    """
    log = load(folder)
    if log.damage:
        told = "\n".join(map(str, log.damage))
        raise LogError(f"nothing was pruned: {folder} is damaged.\n{told}")
    parts = prunable(log, before, now)
    kept = {digest for part in log.parts if part not in parts for digest in part.evidence}
    evidence = tuple(dict.fromkeys(d for part in parts for d in part.evidence if d not in kept))
    chains = tuple(sorted(part.trail.chain for part in parts))
    if not evidence:
        return Pruned(chains=(), evidence=(), head=None)
    body = {"before": before.isoformat(), "chains": list(chains), PRUNED: list(evidence)}
    head = append_act(folder, act_payload("prune", now, body, suite), key=key)
    with writing(folder):
        for digest in evidence:
            (Store(folder).evidence / digest).unlink(missing_ok=True)
    return Pruned(chains=chains, evidence=evidence, head=head)


def _names(listed: object) -> list[str]:
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _is_unexpired(run: Run, now: datetime) -> bool:
    return any(
        record.valid_until is not None and datetime.fromisoformat(record.valid_until) > now
        for record in run.records
    )
