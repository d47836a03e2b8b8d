"""The handbook's page on claims says what the reader does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proofbook.claims import RESERVED, bare_promises, exemptions, read
from proofbook.claims.blocks import page
from proofbook.claims.literals import OPERATORS, UNITS, BadValue, value
from proofbook.effects import Effect
from proofbook.verdicts import Verdict

HANDBOOK = Path(__file__).parents[3] / "runbooks" / "handbook"
CLAIMS = (HANDBOOK / "claims.md").read_text("utf-8")
GLOSSARY = (HANDBOOK / "glossary.md").read_text("utf-8")
SYSTEM = "runbooks/demo/page.md"


def fences(language: str) -> list[str]:
    """The blocks of one language on the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", CLAIMS, re.MULTILINE | re.DOTALL)


def test_its_examples_are_read_as_it_says() -> None:
    """The claim is one, its front matter does, and its exemption exempts."""
    claim, exempted = fences("markdown")
    (front,) = fences("yaml")

    runbook = read(front + claim, SYSTEM)

    assert [value.text for value in runbook.claims[0].values] == ["workers = 40", "jobs = 500"]
    assert (runbook.owner, runbook.escalation) == (
        "Platform team",
        "#coreos-on-call, then the platform owner",
    )
    assert bare_promises(exempted, SYSTEM) == ()
    assert [exemption.reason for exemption in exemptions(exempted, SYSTEM)] == [
        "PostgreSQL's own words"
    ]


@pytest.mark.parametrize("word", [*OPERATORS, *UNITS, *sorted(RESERVED), "owner", "escalation"])
def test_it_names_every_operator_unit_and_reserved_word(word: str) -> None:
    """Whoever writes a claim finds all that may stand in one."""
    spans = [span for block in page(CLAIMS).blocks for span in block.spans]

    assert any(span.split()[0] == word for span in spans)


def test_its_spans_are_values_prose_or_errors_as_it_says() -> None:
    """In the order of the page."""
    paragraph = next(b for b in page(CLAIMS).blocks if b.text.startswith("Every other span"))
    prose, wrong = paragraph.spans[:3], ("p95<=600ms", "jobs = 1,000", "by = release engineer")

    assert [value(span) for span in prose] == [None, None, None]
    for span in wrong:
        assert span in paragraph.spans
        with pytest.raises(BadValue):
            value(span)


@pytest.mark.parametrize("word", [*Verdict, *map(str, Effect)])
def test_the_glossary_explains_every_verdict_and_effect(word: str) -> None:
    """One word an idea, all of them in one place."""
    assert f"`{word}`" in GLOSSARY
