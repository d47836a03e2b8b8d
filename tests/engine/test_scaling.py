"""Smaller values for a small environment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.claims import read
from proofbook.effects import Effect
from proofbook.scaling import misfits, scale_of, scaled
from proofbook.targets import Target

if TYPE_CHECKING:
    from proofbook.claims import Claim

_PAGE = "---\nowner: a\nescalation: b\n---\n\n> **shop.counts** — {}\n"


def claim(sentence: str) -> Claim:
    """The claim with that sentence."""
    (found,) = read(_PAGE.format(sentence), "runbooks/shop/index.md").claims
    return found


@pytest.mark.parametrize(
    ("stated", "smaller", "literal", "note"),
    [
        ("x = 40", 4, 4, "scaled 4/40"),
        ("x = 40", 4.9, 4, "scaled 4/40"),
        ("x = 1.5", 0.5, 0.5, "scaled 0.5/1.5"),
        ("x = 60 s", 10, timedelta(seconds=10), "scaled 10/60"),
        ("x = 60 s", timedelta(seconds=2), timedelta(seconds=2), "scaled 2/60"),
        ("x = 2 min", timedelta(seconds=30), timedelta(seconds=30), "scaled 0.5/2"),
        ("x = 4 MiB", 1, 1024 * 1024, "scaled 1/4"),
        ("x = 200 req/s", 20, 20, "scaled 20/200"),
    ],
)
def test_what_a_sentence_sets_is_lowered(
    stated: str, smaller: float | timedelta, literal: object, note: str
) -> None:
    """The smaller value is of the same kind, and the note names both in the sentence's unit."""
    found = scaled(claim(f"It is `{stated}`."), {"x": smaller})

    assert (found.values[0].literal, found.note) == (literal, note)


@pytest.mark.parametrize(
    "stated",
    ["x <= 40", "x >= 40", "x != 40", "x = 3", "x = 4", "x = word", "x = 40, 50", "y = 40"],
)
def test_bounds_text_and_smaller_values_stay(stated: str) -> None:
    """Nothing but a larger value that is set is touched."""
    before = claim(f"It is `{stated}`.")

    assert scaled(before, {"x": 4}) == (before.values, "")


def test_several_lowered_values_are_named() -> None:
    """One share would not say whose it is."""
    found = scaled(claim("With `workers = 40`, `jobs = 500`."), {"workers": 4, "jobs": 50})

    assert found.note == "scaled workers 4/40, jobs 50/500"


def test_a_claims_own_scale_wins_over_everybodys() -> None:
    """`*` is of every claim, an id of one."""
    scale = {
        "*": {"jobs": 50.0, "workers": 4.0},
        "shop.counts": {"jobs": 20.0},
        "shop.b": {"x": 1.0},
    }

    assert scale_of(claim("It holds."), scale) == {"jobs": 20.0, "workers": 4.0}


def test_a_scale_that_fits_no_sentence_is_told() -> None:
    """Unknown claims and values, and bounds, which are never lowered."""
    target = replace(
        Target(name="local", path="targets/local.toml", kind="twin", permits=Effect.LOADS),
        scale={
            "*": {"whatever": 1.0},
            "shop.counts": {"jobs": 1.0, "p95": 1.0, "job": 1.0},
            "shop.count": {"jobs": 1.0},
            "shop.empty": {"jobs": 1.0},
        },
    )
    claims = {
        "shop.counts": claim("With `jobs = 5` it takes `p95 <= 3 s`."),
        "shop.empty": claim("It holds."),
    }

    assert [str(problem) for problem in misfits(claims, target)] == [
        (
            "targets/local.toml:1: [scale] lowers `p95 <= 3 s` of shop.counts, which is a bound; "
            "only what is set with = can be lowered"
        ),
        "targets/local.toml:1: [scale] names 'job' of shop.counts, which states jobs, p95",
        "targets/local.toml:1: [scale] names shop.count, which no runbook states; correct the id",
        "targets/local.toml:1: [scale] names 'jobs' of shop.empty, which states nothing",
    ]
