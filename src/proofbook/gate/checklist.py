"""
A gate as the list that people go through before they deploy, ticked by evidence.

Each page of the runbooks is a heading, each claim that the gate asks for a line; what is missing
says why, and who can answer or what to run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from proofbook.gate.needs import needs
from proofbook.judging import archive

if TYPE_CHECKING:
    from datetime import datetime

    from proofbook.gate.decision import Answer, Decision
    from proofbook.gate.needs import Need
    from proofbook.gate.question import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the list."""

    claim: str
    sentence: str
    #: `path:line`.
    place: str
    #: Whether every row that asks for it holds.
    ticked: bool
    #: The verdict in words: `pass · flaky 1/4`.
    shown: str
    #: Why it is not ticked, or what qualifies the tick.
    why: str
    #: The run that counts; "" where none does.
    run: str
    until: datetime | None
    #: Who can answer or sign; empty where a machine can.
    people: tuple[str, ...]
    #: The role that must answer; "" where a machine can.
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The lines of one page of the runbooks."""

    path: str
    items: tuple[Item, ...]


def checklist(decision: Decision, question: Question) -> tuple[Page, ...]:
    """The whole list, in reading order."""
    missing: dict[str, list[Need]] = {}
    for need in needs(decision, question, archive(question.log)):
        missing.setdefault(need.claim, []).append(need)
    answers: dict[str, list[Answer]] = {}
    for answer in decision.answers:
        answers.setdefault(answer.standing.claim.id, []).append(answer)
    items = [_item(found, missing.get(claim, [])) for claim, found in answers.items()]
    items.sort(key=_position)
    grouped = groupby(items, key=lambda item: _position(item)[0])
    return tuple(Page(path=path, items=tuple(group)) for path, group in grouped)


def _item(answers: list[Answer], missing: list[Need]) -> Item:
    """A claim that several rows ask for is ticked if all of them hold."""
    answer = next((each for each in answers if not each.holds), answers[0])
    standing = answer.standing
    people = (name for need in missing for name in need.people)
    return Item(
        claim=standing.claim.id,
        sentence=standing.claim.sentence,
        place=str(standing.claim.place),
        ticked=all(each.holds for each in answers),
        shown=standing.shown,
        why=answer.why or standing.reason,
        run=standing.testimony.run.id if standing.testimony else "",
        until=standing.valid_until,
        people=tuple(dict.fromkeys(people)),
        role=next((need.role for need in missing if need.role), ""),
    )


def _position(item: Item) -> tuple[str, int, str]:
    path, _, line = item.place.rpartition(":")
    return path, int(line), item.claim


def markdown(decision: Decision, pages: tuple[Page, ...]) -> str:
    """The list as Markdown, with a count at its end."""
    items = [item for page in pages for item in page.items]
    lines = [f"# Checklist {decision.gate}: {decision.word}"]
    if decision.shut:
        lines += ["", *(f"- [ ] {shut.what}. {shut.remedy}" for shut in decision.shut)]
    for page in pages:
        lines += ["", f"## {page.path}", "", *(_line(item) for item in page.items)]
    ticked = sum(item.ticked for item in items)
    lines += ["", f"{ticked} of {len(items)} ticked."]
    return "\n".join(lines) + "\n"


def _line(item: Item) -> str:
    box = "x" if item.ticked else " "
    told = [item.shown, item.why]
    told += [f"run {item.run}"] if item.run and item.ticked else []
    told += [f"until {item.until.isoformat()}"] if item.until and item.ticked else []
    if item.role and not item.ticked:
        told += [f"{item.role} can answer: {', '.join(item.people) or 'nobody has that role'}"]
    return f"- [{box}] **{item.claim}** — {item.sentence} ({'; '.join(filter(None, told))})"
