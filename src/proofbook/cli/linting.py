"""Hold runbooks and checks side by side, without running anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from proofbook import project
from proofbook.claims import bare_promises, exemptions, read_all
from proofbook.cli import here
from proofbook.cli.sessions import NO_WARNING, Outcome, collect
from proofbook.errors import InvalidInput, NoVerdict, Problem
from proofbook.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pytest

    from proofbook.claims import Claim, Exemption


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What pytest found below `checks/`."""

    #: Claim ids that a check names.
    checked: frozenset[str]
    #: Whatever does not fit, in reading order.
    problems: tuple[Problem, ...]
    #: Whether every file could be read: else what is not named may be named there.
    is_whole: bool


class _Marks(Outcome):
    """Also keeps which claims the tests name, and whether all could be collected."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: set[str] = set()
        self.is_whole = True

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """A test, and the claim that it names."""
        mark = item.get_closest_marker("claim")
        self.claims.update(str(argument) for argument in (mark.args if mark else ()))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file or folder, and whether it could be collected."""
        self.is_whole &= report.passed


def show(target: str, *, as_json: bool) -> int:
    """Print every problem; 1 if there is any."""
    root = here.root()
    pages = project.pages(root)
    claims = [claim for runbook in read_all(pages) for claim in runbook.claims]
    collected = _collected(root, target)
    problems = sorted(
        {
            *collected.problems,
            *(_unchecked(claims, collected.checked) if collected.is_whole else ()),
            *(problem for path, text in pages.items() for problem in bare_promises(text, path)),
        }
    )
    exempt = [each for path, text in pages.items() for each in exemptions(text, path)]
    if as_json:
        click.echo(_json(problems, exempt), nl=False)
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(_count(problems, exempt, collected))
    return Exit.FAIL if problems else Exit.PASS


def _collected(root: Path, target: str) -> Collected:
    checks = root / "checks"
    if not checks.is_dir():
        return Collected(checked=frozenset(), problems=(), is_whole=True)
    marks = _Marks()
    arguments = [str(checks), f"--rootdir={root}", NO_WARNING, "--target", target]
    refusal = collect(arguments, marks)
    if refusal and not (marks.error or isinstance(refusal, NoVerdict)):
        raise refusal
    found = marks.error.problems if isinstance(marks.error, InvalidInput) else ()
    return Collected(checked=frozenset(marks.claims), problems=found, is_whole=marks.is_whole)


def _unchecked(claims: Iterable[Claim], checked: frozenset[str]) -> Iterable[Problem]:
    for claim in claims:
        if claim.id not in checked and not claim.by:
            yield Problem(
                claim.place,
                f"{claim.id} has no check; write one in checks/{claim.system}/ "
                f'and mark it @pytest.mark.claim("{claim.id}")',
            )


def _json(problems: Iterable[Problem], exempt: Iterable[Exemption]) -> str:
    def row(item: Problem | Exemption, **words: str) -> Mapping[str, object]:
        return {"path": item.place.path, "line": item.place.line, **words}

    whole = {
        "schema": 1,
        "problems": [row(problem, message=problem.message) for problem in problems],
        "exemptions": [row(each, reason=each.reason) for each in exempt],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _count(problems: list[Problem], exempt: list[Exemption], collected: Collected) -> str:
    parts = [f"{len(problems)} to mend" if problems else "nothing to mend"]
    if exempt:
        parts.append(f"{len(exempt)} exempt from the prose rule")
    if not collected.is_whole:
        parts.append("claims without a check are not listed until every check can be collected")
    return " · ".join(parts)
