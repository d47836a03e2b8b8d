"""A log laid out for judging: runs by time with their records by claim, and what each act says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from proofbook.acts import NO, Ruling, SignOff, said
from proofbook.log import head

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proofbook.acts import Said
    from proofbook.evidence import Record, Run
    from proofbook.log import Act, Log, Testimony

_S = TypeVar("_S", bound="Said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run that may be judged."""

    testimony: Testimony
    opened: datetime
    #: `None`: it never ended.
    ended: datetime | None
    #: The decision that saw it before it is said to have begun: its date is made up.
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

    What a decision saw before the date that it bears was from the future then, and waiting makes it
    no truer: such runs are marked, and such acts left out, but for a `no`.
    """
    acts, unreadable = _read(log)
    seen = _seen(acts)
    entries = [_entry(each, seen) for each in log.testimonies if each.run.fault is None]
    entries.sort(key=lambda entry: (entry.opened, entry.run.id))
    kept = [
        (act, word)
        for act, word in acts
        if act.at <= seen.get(act.head.chain, act.at)
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


def _seen(acts: Iterable[tuple[Act, Said]]) -> Mapping[str, datetime]:
    """Chain → the first decision that saw it."""
    found: dict[str, datetime] = {}
    for act, word in acts:
        if isinstance(word, Ruling):
            for text in word.heads:
                found.setdefault(head(text).chain, act.at)
    return found


def _entry(testimony: Testimony, seen: Mapping[str, datetime]) -> Entry:
    run = testimony.run
    opened = datetime.fromisoformat(run.started)
    first = min((seen[h.chain] for h in testimony.heads if h.chain in seen), default=None)
    return Entry(
        testimony=testimony,
        opened=opened,
        ended=datetime.fromisoformat(run.finished) if run.finished else None,
        seen=first if first is not None and first < opened else None,
        records={record.claim: record for record in run.records},
    )
