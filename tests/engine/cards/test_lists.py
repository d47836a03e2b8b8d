"""The lists: gates, what is due, and the runs of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.cards.book import decisions
from proofbook.cards.comparing import differences
from proofbook.cards.reading import page
from proofbook.log import Damage
from proofbook.policy import parse
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import (
    FRONT,
    NOW,
    PATH,
    POLICY,
    attempt,
    book,
    book_of,
    claims,
    html,
    log,
    promises,
    record,
    run,
)

if TYPE_CHECKING:
    from proofbook.cards.book import Book
    from proofbook.cards.reading import ShownPage

TEXT = FRONT + (
    "> **demo.once** — It holds.\n\n> **demo.drill** — It is rehearsed (`valid_for = 3 d`).\n\n"
    "> **demo.old** — It is rotated (`valid_for = 1 d`).\n\n> **demo.known** — Known (`by = SRE`).\n"
)
ONCE, DRILL, OLD, KNOWN = claims(TEXT)
HOUR = timedelta(hours=1)


def shown(marker: str, of: Book) -> tuple[str, ShownPage]:
    """A page with one marker, as it is built and as it is read; it says what the evidence says."""
    text = html(f"# All\n\n<!-- proofbook: {marker} -->\n", of)
    read = page("all.html", text)
    assert [d for d in differences([read], of) if d.startswith("all.html")] == []
    return text, read


def test_what_is_due_begins_with_what_has_no_proof() -> None:
    """Then what ends first; what holds for a release alone is not in it."""
    found = [run(record(OLD), ago=30 * HOUR), run(record(ONCE), record(DRILL))]
    text, read = shown("due", book({PATH: TEXT}, found))

    assert read.due == (
        ("demo.known", "", "no_verdict"),
        ("demo.old", "local", "stale"),
        ("demo.drill", "local", "pass until 24 Nov 2026, 11:00 UTC"),
    )
    assert text.count("<td>now</td>") == 2
    assert '<a href="demo/page.md#demo.known">demo.known</a> by SRE' in text


def test_where_nothing_runs_out_nothing_is_due() -> None:
    """An empty table would look like a mistake."""
    plain = FRONT + "> **demo.once** — It holds.\n"

    assert "Nothing here runs out by itself." in shown("due", book({PATH: plain}))[0]


def test_the_evidence_is_every_run_with_its_signer_and_head() -> None:
    """The newest first; runs that planted a fault are counted."""
    said = log(
        run(record(ONCE), ago=3 * HOUR),
        run(record(ONCE, attempt(Verdict.FAIL, "no")), record(DRILL), finished=None, release={}),
        run(record(ONCE), ago=2 * HOUR, fault="demo.x"),
    )
    made = replace(
        book_of({}, promises(ONCE), said, POLICY, NOW),
        testimonies=said.testimonies,
        signers={"SHA256:us": "us"},
    )
    text, _ = shown("evidence", made)

    newest, oldest = (f'data-pb-run="{run(ago=n * HOUR).id}"' for n in (1, 3))
    assert text.index(newest) < text.index(oldest)
    assert "<td>1 fail, 1 no_verdict; it never ended</td><td>us</td>" in text
    assert "<td>demo.api sha256:abababababab</td><td>1 pass</td><td>us</td>" in text
    assert f"{run().id}:1:{'ab' * 16}" in text
    assert "1 runs planted a fault and are never judged." in text


def test_a_log_without_runs_says_so_and_a_damaged_one_too() -> None:
    """Nobody takes what is left for the whole."""
    damage = Damage("log/x.jsonl:4", "it was cut", "Bring it back.")
    made = replace(
        book({}), damaged=(damage,), testimonies=log(run(), signer="SHA256:x").testimonies
    )
    text, _ = shown("evidence", made)

    assert "The log is damaged: </strong>log/x.jsonl:4: it was cut. Bring it back." in text
    assert "SHA256:x…, whom nobody knows here" in text
    assert "The log holds no run that can be judged." in shown("evidence", book({}))[0]


GATES = """\
schema = 1
[gates.open]
rows = [{ select = "demo.once", on = "local" }]
trusts = ["ci", "ops"]
[gates.shut]
rows = [{ select = "demo", on = "local" }]
[gates.many]
rows = [{ select = "demo", on = "elsewhere", at_least = 9 }]
"""


def test_each_gate_says_whether_it_opens_and_what_shuts_it() -> None:
    """In the words of its decision."""
    us = replace(POLICY.principals[0], roles=frozenset({"ci", "ops"}))
    policy = replace(parse(GATES, "gates.toml"), principals=(us,))
    known = book({PATH: TEXT}).runbooks
    stated = promises(ONCE, DRILL, OLD, KNOWN)
    made = book_of(known, stated, log(run(record(ONCE), record(DRILL))), policy, NOW)
    text, read = shown("overview", made)

    assert read.gates == {
        "open": ("pass", "opens: 1 of 1 claims"),
        "shut": ("no_verdict", "shut: 2 of 4 claims"),
        "many": ("no_verdict", "shut: 0 of 4 claims"),
    }
    assert "<li>demo.old: never run on local</li>" in text
    assert "chooses 4 claims, and asks for at least 9" in text
    assert decisions(stated, log(), policy, NOW)[0].opens is False


@pytest.mark.parametrize(
    ("marker", "true", "false"),
    [
        ("overview", ">shut: 1 of 4 claims<", ">opens: 4 of 4 claims<"),
        ("due", ">no_verdict</span>", ">pass</span>"),
    ],
)
def test_a_list_that_lies_is_told_of(marker: str, true: str, false: str) -> None:
    """Both lists are held against the evidence like any card."""
    policy = parse(GATES, "gates.toml")
    policy = replace(policy, principals=(replace(POLICY.principals[0], roles=frozenset({"ci"})),))
    known = book({PATH: TEXT}).runbooks
    made = book_of(known, promises(ONCE, DRILL, OLD, KNOWN), log(run(record(ONCE))), policy, NOW)
    text, _ = shown(marker, made)
    assert true in text

    told = list(differences([page("all.html", text.replace(true, false, 1))], made))

    assert any(each.startswith("all.html: the page ") for each in told)
