"""Every way of having no proof shuts the gate, and is green in no export and on no page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from proofbook.cards.comparing import differences
from proofbook.cards.reading import page
from proofbook.report import vsa
from proofbook.report.decided import of_decision
from proofbook.report.sheet import of_run
from proofbook.verdicts import Verdict
from tests.absence.scene import PATH, READ, SOLD, Scene, attempt, look
from tests.absence.ways import WAYS, runs_of
from tests.engine.cards.samples import html
from tests.engine.report import readers

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.cards.reading import ShownPage
    from tests.absence.scene import Seen
    from tests.absence.ways import Way

OVERVIEW = "# All\n\n<!-- proofbook: overview -->\n"
#: What a badge says of a pass, before and after a clock has looked at it.
GREEN = ("pass", "pass until ")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """The shop, with everything proved."""
    return Scene(tmp_path / "reports")


def shown(scene: Scene, seen: Seen) -> tuple[ShownPage, ShownPage]:
    """The page with the claims, and the overview; neither says anything but the evidence."""
    text = scene.page.partition("---\n")[2].partition("---\n")[2]
    cards = page("selling.html", html(text, seen.book))
    overview = page("index.html", html(OVERVIEW, seen.book))
    assert list(differences([cards, overview], seen.book)) == []
    assert cards.path == PATH
    return cards, overview


def greens(cards: ShownPage) -> set[str]:
    """The claims whose cards show a pass anywhere and nothing else anywhere."""
    return {card.id for card in cards.cards if all(p.word.startswith(GREEN) for p in card.proofs)}


def test_the_shop_is_proved_before_anything_is_taken_away(scene: Scene) -> None:
    """The control: the gate is open, and all that shows it is green."""
    runs = runs_of(scene)
    seen = look(scene)
    cards, overview = shown(scene, seen)
    claims = frozenset(seen.book.claims)

    assert (seen.decision.opens, seen.decision.exit) == (True, 0)
    assert greens(cards) == claims
    assert overview.gates["promote"][0].startswith(GREEN)
    for name, (green, whole) in readers.green(of_decision(seen.decision)).items():
        assert (green, whole) == (claims, True), name
    for run in runs:
        assert all(whole for _, whole in readers.green(of_run(run)).values())
    assert json.loads(vsa.body(seen.decision))["predicate"]["verificationResult"] == "PASSED"


def test_there_are_many_ways_and_each_has_a_name_and_words_of_its_own() -> None:
    """At least forty of them."""
    assert len(WAYS) >= 40
    assert len({way.name for way in WAYS}) == len(WAYS)
    assert len({way.take.__doc__ for way in WAYS}) == len(WAYS)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_no_proof_is_green_nowhere(way: Way, scene: Scene) -> None:
    """The gate is shut and exits so; every reader of every export and every page sees it."""
    way.take(scene)
    runs = runs_of(scene)
    seen = look(scene)
    cards, overview = shown(scene, seen)

    assert not seen.decision.opens
    assert seen.decision.exit != 0
    verdict = json.loads(vsa.body(seen.decision))["predicate"]
    assert (verdict["verificationResult"], verdict["verifiedLevels"]) == ("FAILED", ["FAILED"])
    for name, (green, whole) in readers.green(of_decision(seen.decision)).items():
        assert not whole, name
        assert way.claim not in green, name
    assert not overview.gates["promote"][0].startswith(GREEN)
    assert overview.gates["promote"][1].startswith("shut")
    if way.claim in seen.book.claims:
        assert (way.claim in greens(cards)) == way.card
    for run in runs if way.in_run else ():
        for name, (green, _) in readers.green(of_run(run)).items():
            assert way.claim not in green, name


def test_a_waiver_opens_the_gate_and_paints_nothing_green(scene: Scene) -> None:
    """It is told on the card and skipped in the exports; the claim's verdict stays a fail."""
    scene.instead(scene.record(SOLD, attempt(Verdict.FAIL, "sold twice")))
    scene.waive()
    seen = look(scene)
    cards, overview = shown(scene, seen)

    assert seen.decision.opens
    assert overview.gates["promote"] == ("waived", "opens: 4 of 4 claims")
    card = next(card for card in cards.cards if card.id == SOLD)
    assert [proof.word for proof in card.proofs] == ["fail"]
    assert "waived for the gate promote by ada (known) until 25 Nov 2026, 00:00 UTC" in card.words
    for name, (green, _) in readers.green(of_decision(seen.decision)).items():
        assert SOLD not in green, name


def test_what_only_whoever_asks_can_know_shuts_the_gate_too(scene: Scene) -> None:
    """A head pinned from elsewhere, and the release that is really meant."""
    scene.write()
    head = scene.heads[0]
    later = type(head)(head.chain, head.count + 1, "9f" * 32)
    scene.pins = frozenset({head})
    assert look(scene).decision.opens
    scene.pins = frozenset({later})
    pinned = look(scene).decision
    scene.pins, scene.release = frozenset(), {"shop.api": "sha256:" + "00" * 32}
    other = look(scene).decision

    for decision in (pinned, other):
        assert not decision.opens
        assert not any(whole for _, whole in readers.green(of_decision(decision)).values())
    assert pinned.exit == 8
    assert {SOLD, READ} <= {answer.standing.claim.id for answer in other.unmet}
