"""What a reader's browser makes of the pages: its clock turns a pass that has run out stale."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.cards import reading
from tests.engine.cards.samples import FRONT, book, claims, html, record, run

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TEXT = FRONT + "> **demo.a** — x\n\n> **demo.b** — y\n\n> **demo.c** — z\n"
PATH = "runbooks/demo/page.md"
A, B, C = claims(TEXT, PATH)
#: Not reached by any clock that runs this test, and passed by each.
NEVER, LONG_AGO = "2999-01-01T00:00:00+00:00", "2001-01-01T00:00:00+00:00"
SOON = "2026-12-01T12:00:00+00:00"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]


def seen(text: str, folder: Path) -> reading.ShownPage:
    """A page as the browser leaves it once its script has run."""
    file = folder / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{text}", "utf-8")
    done = subprocess.run(
        [
            CHROMIUM or "",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return reading.page("page.html", done.stdout)


@pytest.fixture
def text() -> str:
    """One claim that holds for its release, one that holds for ever, one that ran out long ago."""
    found = run(
        record(A),
        record(B, valid_until=SOON),
        record(C, valid_until=SOON.replace("-01T", "-02T")),
        ago=timedelta(hours=1),
    )
    shown = html(TEXT, book({PATH: TEXT}, [found]))
    return shown.replace(SOON.replace("-01T", "-02T"), LONG_AGO).replace(SOON, NEVER)


def test_the_reader_s_clock_decides(text: str, tmp_path: Path) -> None:
    """Green until the instant, stale from then on, and so are the counts."""
    page = seen(text, tmp_path)

    words = {card.id: [proof.word for proof in card.proofs] for card in page.cards}
    classes = {card.id: sorted(c for c in card.classes if c != "pb-card") for card in page.cards}
    assert words == {"demo.a": ["pass"], "demo.b": ["pass"], "demo.c": ["stale"]}
    assert classes == {"demo.a": ["pb-pass"], "demo.b": ["pb-pass"], "demo.c": ["pb-stale"]}
    for card in page.cards:
        (proof,) = card.proofs
        assert classes[card.id][0] in proof.classes & proof.badge
    counts = {verdict: n for (_, _, verdict), n in page.counts.items()}
    assert counts == {"pass": "2", "fail": "0", "no_verdict": "0", "stale": "1"}


def test_without_a_script_an_end_stands_in_place_of_the_green(text: str, tmp_path: Path) -> None:
    """Nothing looks at a clock, so nothing that runs out is painted as a pass."""
    page = seen(
        text.replace("<script>", "<template>").replace("</script>", "</template>"), tmp_path
    )

    first, second, third = page.cards
    assert (first.proofs[0].word, "pb-pass" in first.classes) == ("pass", True)
    for card in (second, third):
        assert card.proofs[0].word.startswith("pass until ")
        assert "pb-pass" not in card.classes | card.proofs[0].classes | card.proofs[0].badge


def test_an_instant_that_cannot_be_read_has_passed(text: str, tmp_path: Path) -> None:
    """A damaged page is not green."""
    page = seen(text.replace(f'until="{NEVER}"', 'until="soon"'), tmp_path)

    assert [card.proofs[0].word for card in page.cards] == ["pass", "stale", "stale"]
