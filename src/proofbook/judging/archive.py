"""A log laid out for judging: runs by time with their records by claim, and what each act says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from proofbook.acts import NO, Ruling, SignOff, said
from proofbook.log import head

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from proofbook.acts import Said
    from proofbook.evidence import Record, Run
    from proofbook.log import Act, Head, Log, Testimony

#: So far apart may the clocks of two machines be, before a date is taken for made up.
SKEW = timedelta(minutes=5)
_S = TypeVar("_S", bound="Said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run that may be judged."""

    testimony: Testimony
    opened: datetime
    #: `None`: it never ended.
    ended: datetime | None
    #: The decision that saw it before it is said to have begun, or to have ended: that is made up.
    seen: datetime | None
    records: Mapping[str, Record]

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.testimony.run


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Everything in a log that can be judged."""

    #: The run opened last stands last (by opening instant, then id); none with a planted fault.
    entries: tuple[Entry, ...]
    acts: tuple[tuple[Act, Said], ...]
    #: Acts that are none, and why.
    unreadable: tuple[tuple[Act, str], ...]

    def spoken(self, kind: type[_S]) -> tuple[tuple[Act, _S], ...]:
        """The acts of one kind, with what they say."""
        return tuple((act, word) for act, word in self.acts if isinstance(word, kind))


def archive(log: Log) -> Archive:
    """
    Lay a log out.

    What a decision saw long before the date that it bears was from the future then, and waiting
    makes it no truer: such runs are marked, and such acts left out, but for a `no`.
    """
    acts, unreadable = _read(log)
    seen = _Seen(acts)
    entries = [_entry(each, seen) for each in log.testimonies if each.run.fault is None]
    entries.sort(key=lambda entry: (entry.opened, entry.run.id))
    kept = [
        (act, word)
        for act, word in acts
        if not _made_up(act.at, seen.begun([act.head]))
        or (isinstance(word, SignOff) and word.answer == NO)
    ]
    return Archive(entries=tuple(entries), acts=tuple(kept), unreadable=tuple(unreadable))


def _read(log: Log) -> tuple[list[tuple[Act, Said]], list[tuple[Act, str]]]:
    """What each act says, by date; and those that say nothing, with why."""
    acts: list[tuple[Act, Said]] = []
    unreadable: list[tuple[Act, str]] = []
    for act in sorted(log.acts, key=lambda act: (act.at, act.head)):
        try:
            word = said(act)
        except ValueError as error:
            unreadable.append((act, str(error)))
            continue
        if word is not None:
            acts.append((act, word))
    return acts, unreadable


class _Seen:
    """When a decision first saw a chain at all, and when as long as it is now."""

    def __init__(self, acts: Iterable[tuple[Act, Said]]) -> None:
        self._begun: dict[str, datetime] = {}
        self._whole: dict[tuple[str, int], datetime] = {}
        for act, word in acts:
            if isinstance(word, Ruling):
                for each in map(head, word.heads):
                    self._begun.setdefault(each.chain, act.at)
                    self._whole.setdefault((each.chain, each.count), act.at)

    def begun(self, heads: Iterable[Head]) -> datetime | None:
        """The first decision that saw the beginning of one of them."""
        return min((self._begun[h.chain] for h in heads if h.chain in self._begun), default=None)

    def whole(self, heads: Collection[Head]) -> datetime | None:
        """The first by which every one of them had been seen to its end."""
        found = [self._whole.get((h.chain, h.count)) for h in heads]
        return max((at for at in found if at), default=None) if all(found) else None


def _made_up(dated: datetime | None, seen: datetime | None) -> bool:
    """Whether something was seen before its date, by more than clocks differ."""
    return dated is not None and seen is not None and seen + SKEW < dated


def _entry(testimony: Testimony, seen: _Seen) -> Entry:
    run = testimony.run
    opened = datetime.fromisoformat(run.started)
    ended = datetime.fromisoformat(run.finished) if run.finished else None
    begun, whole = seen.begun(testimony.heads), seen.whole(testimony.heads)
    return Entry(
        testimony=testimony,
        opened=opened,
        ended=ended,
        seen=begun if _made_up(opened, begun) else whole if _made_up(ended, whole) else None,
        records={record.claim: record for record in run.records},
    )
