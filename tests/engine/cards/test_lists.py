"""The lists: gates, what is due, and the runs of the log."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.cards.asked import evidence
from proofbook.cards.book import decisions
from proofbook.cards.comparing import differences
from proofbook.cards.loads import loads_of
from proofbook.cards.reading import page
from proofbook.drills import QUARTER, put_off
from proofbook.evidence import Attachment
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
    measurement,
    promises,
    record,
    run,
)
from tests.engine.test_drills import DRILL as REHEARSAL

if TYPE_CHECKING:
    from pathlib import Path

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


def test_restore_drills_are_shown_with_what_they_lost_and_took() -> None:
    """Of each backup the last, when the last that passed runs out, and how recovery went before."""
    first = put_off(REHEARSAL, QUARTER)
    failed = replace(REHEARSAL, rpo_seconds=7.0, rto_seconds=None, controls=())
    text, _ = shown("due", replace(book({PATH: TEXT}), drills=(first, failed)))

    row = text.partition("Restore drills")[2]
    assert "21 Feb 2027" in row
    assert "<td>kernel.daily (pg_dump)</td><td>no_verdict</td>" in row
    assert "<td>prod (deployment)</td><td>7.0 s</td><td>14.0 s → not known</td><td>0/0</td>" in row
    assert "Restore drills" not in shown("due", book({PATH: TEXT}))[0]


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


def test_the_newest_load_run_of_each_claim_is_shown(tmp_path: Path) -> None:
    """With its figures and its pictures, which stand in the page itself."""
    kept = {
        "load.json": json.dumps(
            {
                "requests": 2000,
                "bad": 3,
                "seconds": 10.0,
                "blocks": {"design_effect": 1.234, "effective_requests": 1620},
            }
        ),
        "latency.svg": "<svg><title>Latency &amp; more</title></svg>",
    }
    for name, text in kept.items():
        (tmp_path / name).write_text(text)
    files = [
        Attachment(name=name, media_type="", sha256=name, size_bytes=len(text))
        for name, text in kept.items()
    ]
    measured = (replace(measurement("412 ms (99%: 401 to 433 ms)"), promised="p95 <= 600 ms"),)
    tried = attempt(measured=measured, attachments=tuple(files))
    lost = attempt(attachments=(replace(files[0], sha256="gone"),))
    found = [
        run(record(ONCE, tried), ago=3 * HOUR),
        run(record(ONCE, lost), record(OLD, attempt()), ago=2 * HOUR),
        run(record(DRILL, tried), fault="demo.slow"),
    ]

    loaded = loads_of(evidence(log(*found)), tmp_path)
    text, _ = shown("load", replace(book({PATH: TEXT}, found), loads=loaded))

    assert [(load.claim, load.run.id) for load in loaded] == [("demo.once", found[0].id)]
    assert '<a href="demo/page.md#demo.once">demo.once</a>' in text
    assert "<code>p95 &lt;= 600 ms</code> → 412 ms (99%: 401 to 433 ms)" in text
    assert "2000 requests in 10 s, 3 of them bad, on local (stand-in)" in text
    assert "Design effect 1.23: they tell as much as 1620 independent ones." in text
    assert f"data:image/svg+xml;base64,{b64encode(kept['latency.svg'].encode()).decode()}" in text
    assert 'alt="Latency &amp; more"' in text


def test_without_load_runs_the_page_says_so() -> None:
    """Rather than nothing."""
    text, _ = shown("load", book({PATH: TEXT}))

    assert "<p>No load run is on record.</p>" in text
