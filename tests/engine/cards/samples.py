"""Small projects, claims and runs for the tests of the site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from markdown import Markdown

from proofbook import runs
from proofbook.cards.anchors import PRIORITY, Anchors
from proofbook.cards.asked import evidence
from proofbook.cards.book import Book, decisions
from proofbook.cards.extension import Cards
from proofbook.cards.standing import standings
from proofbook.claims import read_all
from proofbook.evidence import Attempt, Case, Measurement, Record, Run
from proofbook.judging import Promise
from proofbook.log import Act, Log, Part, Trail
from proofbook.policy import LOCAL, Policy, Principal
from proofbook.pytest_plugin.sources import Sources
from proofbook.store import run_key
from proofbook.verdicts import Verdict
from tests.engine.stores import put_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from proofbook.cards.seen import Seen
    from proofbook.claims import Claim, Runbook

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATH = "runbooks/demo/page.md"
FRONT = "---\nowner: Platform team\nescalation: '#demo'\n---\n"
PAGE = FRONT + "# Queue\n\n> **demo.once** — Each of `jobs = 3` jobs ends within `p95 <= 600 ms`.\n"
CHECK_FILE = "checks/demo/test_once.py"
CHECK_TEXT = "def test_once(): ...\n"
#: What `Sources` makes of that file at that place.
CHECK = "49c7afa8906c6486d510c0f0cc6d7ad5dd1294707e5c8229a30294fe610b362b"
OURS = Principal(name="us", keys=("SHA256:us",), roles=frozenset({LOCAL}))
POLICY = Policy(path="gates.toml", digest="9" * 64, principals=(OURS,))


def claims(text: str = PAGE, path: str = PATH) -> tuple[Claim, ...]:
    """The claims of one page."""
    return read_all({path: text})[0].claims


def attempt(verdict: Verdict = Verdict.PASS, reason: str = "", **more: Any) -> Attempt:
    """One try at a case."""
    return replace(Attempt(verdict=verdict, reason=reason, seconds=1.5), **more)


def record(claim: Claim, *attempts: Attempt, **more: Any) -> Record:
    """What a run found out about `claim`, in one case."""
    case = Case(nodeid=f"{CHECK_FILE}::test_once", attempts=attempts or (attempt(),))
    made = Record(
        claim=claim.id,
        claim_digest=claim.digest,
        check_digest=CHECK,
        place=str(claim.place),
        sentence=claim.sentence,
        cases=(case,),
    )
    return replace(made, **more)


def run(*records: Record, ago: timedelta = timedelta(hours=1), **more: Any) -> Run:
    """A run that opened so long ago, on the local stand-ins."""
    started = NOW - ago
    target = more.get("target", "local")
    token = "00c0de" if target == "local" else target.encode().hex()[:6]
    made = Run(
        id=runs.new_id(started, token),
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


def log(*found: Run | Act, signer: str = "SHA256:us") -> Log:
    """A log of these runs, signed by us, and of these acts."""
    made = [one for one in found if isinstance(one, Run)]
    return Log(
        parts=tuple(Part(run=r, signer=signer, trail=Trail(r.id, ("ab" * 32,))) for r in made),
        acts=tuple(one for one in found if isinstance(one, Act)),
    )


def promises(*of: Claim, check: str = CHECK) -> tuple[Promise, ...]:
    """Claims that a check is bound to, but where people answer."""
    return tuple(Promise(claim=c, check_digest="" if c.by else check, owner=None) for c in of)


def book(
    pages: Mapping[str, str],
    found: Iterable[Run | Act] = (),
    seen: Mapping[str, Seen] | None = None,
    now: datetime = NOW,
    policy: Policy = POLICY,
) -> Book:
    """The book of some pages and runs."""
    known = {runbook.path: runbook for runbook in read_all(pages)}
    stated = [claim for runbook in known.values() for claim in runbook.claims]
    made = book_of(known, promises(*stated), log(*found), policy, now)
    return replace(made, seen=seen or {})


def book_of(
    known: Mapping[str, Runbook],
    asked: tuple[Promise, ...],
    said: Log,
    policy: Policy,
    now: datetime,
) -> Book:
    """The book of all that it depends on."""
    return Book(
        now=now,
        runbooks=known,
        standings=standings(asked, evidence(said), policy, now),
        seen={},
        decisions=decisions(asked, said, policy, now),
        damaged=said.damage,
    )


def html(text: str, book: Book) -> str:
    """The page that Python-Markdown makes of `text`, with cards; front matter taken off before."""
    md = Markdown(extensions=["tables", "toc", "pymdownx.highlight", "pymdownx.superfences"])
    md.treeprocessors.register(Cards(md, book), "proofbook", 6)
    md.preprocessors.register(Anchors(md), "proofbook-steps", PRIORITY)
    return md.convert(text.removeprefix(FRONT))


def project(root: Path, pages: Mapping[str, str], found: Iterable[Run] = ()) -> Path:
    """A project on the disk, its runs signed by its own key."""
    root.mkdir(exist_ok=True)
    texts = {"gates.toml": "schema = 1\n", CHECK_FILE: CHECK_TEXT, **pages}
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    assert Sources(root).digest(root / CHECK_FILE) == CHECK
    for one in found:
        add(root, one)
    return root


def add(root: Path, run: Run) -> None:
    """Put a run into a project's store."""
    put_run(root / "reports", run, run_key(root, {}))
