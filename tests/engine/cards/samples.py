"""Small projects, claims and runs for the tests of the site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from markdown import Markdown

from proofbook import runs
from proofbook.cards.book import Book
from proofbook.cards.extension import Cards
from proofbook.cards.standing import evidence, standings
from proofbook.claims import read_all
from proofbook.evidence import Attempt, Case, Measurement, Record, Run
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from proofbook.cards.seen import Seen
    from proofbook.claims import Claim

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATH = "runbooks/demo/page.md"
FRONT = "---\nowner: Platform team\nescalation: '#demo'\n---\n"
PAGE = FRONT + "# Queue\n\n> **demo.once** — Each of `jobs = 3` jobs ends within `p95 <= 600 ms`.\n"


def claims(text: str = PAGE, path: str = PATH) -> tuple[Claim, ...]:
    """The claims of one page."""
    return read_all({path: text})[0].claims


def attempt(verdict: Verdict = Verdict.PASS, reason: str = "", **more: Any) -> Attempt:
    """One try at a case."""
    return replace(Attempt(verdict=verdict, reason=reason, seconds=1.5), **more)


def record(claim: Claim, *attempts: Attempt, **more: Any) -> Record:
    """What a run found out about `claim`, in one case."""
    case = Case(nodeid="checks/demo/test_once.py::test_once", attempts=attempts or (attempt(),))
    made = Record(
        claim=claim.id,
        claim_digest=claim.digest,
        check_digest="c" * 64,
        place=str(claim.place),
        sentence=claim.sentence,
        cases=(case,),
    )
    return replace(made, **more)


def run(*records: Record, ago: timedelta = timedelta(hours=1), **more: Any) -> Run:
    """A run that opened so long ago, on the local stand-ins."""
    started = NOW - ago
    made = Run(
        id=runs.new_id(started, "00c0de"),
        started=started.isoformat(),
        finished=(started + timedelta(minutes=1)).isoformat(),
        suite="5" * 40,
        target="local",
        kind="stand-in",
        target_digest="d" * 64,
        release={"demo.api": "sha256:" + "ab" * 32},
        records=records,
    )
    return replace(made, **more)


def measurement(measured: str, *, holds: bool = True) -> Measurement:
    """A measurement beside the bound of `PAGE`."""
    return Measurement(name="p95", promised="p95 <= 600 ms", measured=measured, holds=holds)


def book(
    pages: Mapping[str, str],
    found: Iterable[Run] = (),
    seen: Mapping[str, Seen] | None = None,
    now: datetime = NOW,
) -> Book:
    """The book of some pages and runs."""
    known = {runbook.path: runbook for runbook in read_all(pages)}
    said = evidence(found)
    return Book(
        now=now,
        runbooks=known,
        standings={
            claim.id: standings(claim, said, now, lambda _: None)
            for runbook in known.values()
            for claim in runbook.claims
        },
        seen=seen or {},
    )


def html(text: str, book: Book) -> str:
    """The page that Python-Markdown makes of `text`, with cards; front matter taken off before."""
    md = Markdown(extensions=["tables", "toc", "pymdownx.highlight", "pymdownx.superfences"])
    md.treeprocessors.register(Cards(md, book), "proofbook", 6)
    return md.convert(text.removeprefix(FRONT))


def project(root: Path, pages: Mapping[str, str], found: Iterable[Run] = ()) -> Path:
    """A project on the disk."""
    root.mkdir(exist_ok=True)
    (root / "gates.toml").write_text("schema = 1\n")
    for path, text in pages.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for one in found:
        runs.write(one, root / "reports" / "runs" / one.id)
    return root
