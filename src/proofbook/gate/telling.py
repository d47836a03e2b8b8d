"""A decision in words, a line for each thing, for a terminal or a CI log."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from proofbook.gate.decision import Answer, Decision, Way

#: So much of a digest is shown.
_SHOWN = 19
_MINUTE, _HOUR = 60.0, 3600.0


def told(decision: Decision) -> Iterator[str]:
    """The decision: its word, the counts, and everything that does not hold."""
    where = f" for {decision.target}" if decision.target else ""
    release = release_text(decision.release)
    yield f"gate {decision.gate}: {decision.word}{where}{f' · release {release}' if release else ''}"
    yield _counts(decision.answers)
    for act in decision.overrides:
        yield (
            f"overridden until {act.body['until']} by {', '.join(act.signers)}: {act.body['reason']}"
            " (the gate stays shut)"
        )
    for shut in decision.shut:
        yield f"{shut.what}. {shut.remedy}"
    yield from _unmet(decision.unmet)
    yield from _qualified(decision.answers)


def explained(ways: Sequence[Way]) -> Iterator[str]:
    """The cheapest way to green, step by step."""
    if not ways:
        return
    yield "the cheapest way to green:"
    for number, way in enumerate(ways, 1):
        count = f" ({len(way.claims)} claims)" if len(way.claims) > 1 else ""
        taken = f", usually {duration(way.seconds)}" if way.seconds is not None else ""
        taken += f" and {way.untimed} that never ran" if taken and way.untimed else ""
        people = f": {' or '.join(way.people)}" if way.people else ""
        yield f"{number:3}. {way.what}{people}{count}{taken}"
        if way.command:
            yield f"     {way.command}"


def duration(seconds: float) -> str:
    """`40 s`, `3 min`, `1.5 h`."""
    if seconds < _MINUTE:
        return f"{max(seconds, 0.1):.1f} s" if seconds < 1 else f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"


def release_text(release: Mapping[str, str]) -> str:
    """`coreos.api sha256:0123456789ab`."""
    return ", ".join(f"{part} {text[:_SHOWN]}" for part, text in sorted(release.items()))


def _counts(answers: Iterable[Answer]) -> str:
    standings = {(a.row, a.standing.claim.id): a.standing.verdict for a in answers}
    counted = Counter(standings.values())
    parts = [f"{counted[verdict]} {verdict}" for verdict in Verdict if counted[verdict]]
    return f"{len(standings)} asked: {', '.join(parts)}" if parts else "nothing was asked"


def _unmet(answers: Sequence[Answer]) -> Iterator[str]:
    """Each claim that does not hold with why; equal reasons of one row together."""
    ordered = sorted(answers, key=_group)
    for (row, shown, why), group in groupby(ordered, key=_group):
        claims = [answer.standing.claim for answer in group]
        yield f"  {shown} · {row}: {why}"
        yield from (f"    {claim.id}  ({claim.place})" for claim in claims)


def _group(answer: Answer) -> tuple[str, str, str]:
    return answer.row, answer.standing.shown, answer.why


def _qualified(answers: Iterable[Answer]) -> Iterator[str]:
    """What holds with a reservation: flaky, waived, not applicable."""
    for answer in answers:
        standing = answer.standing
        if answer.holds and (standing.flaky or standing.waiver or standing.reason):
            told = ", ".join(filter(None, [standing.reason, _waived(answer)]))
            yield f"  {standing.shown} · {answer.row}: {standing.claim.id}{f' ({told})' if told else ''}"


def _waived(answer: Answer) -> str:
    act = answer.standing.waiver
    return f"{act.body['owner']} until {act.body['until']}: {act.body['reason']}" if act else ""
