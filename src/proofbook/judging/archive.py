"""A log laid out for judging: runs by time with their records by claim, and what each act says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from proofbook.acts import said

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """Lay a log out."""
    entries = [_entry(each) for each in log.testimonies if each.run.fault is None]
    entries.sort(key=lambda entry: (entry.opened, entry.run.id))
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
    return Archive(entries=tuple(entries), acts=tuple(acts), unreadable=tuple(unreadable))


def _entry(testimony: Testimony) -> Entry:
    run = testimony.run
    return Entry(
        testimony=testimony,
        opened=datetime.fromisoformat(run.started),
        ended=datetime.fromisoformat(run.finished) if run.finished else None,
        records={record.claim: record for record in run.records},
    )
