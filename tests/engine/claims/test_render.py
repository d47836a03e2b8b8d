"""Rendering: a claim written down and read again is the same claim."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from proofbook.claims import Claim, digest, read, render
from proofbook.claims.literals import UNITS, value
from proofbook.errors import Place, RunbookError

if TYPE_CHECKING:
    from collections.abc import Iterable

PATH = "page.md"

ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,6}(\.[a-z0-9][a-z0-9-]{0,6}){1,2}", fullmatch=True)
names = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name not in ("by", "valid_for")
)
numbers = st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,3})?", fullmatch=True)
units = st.sampled_from(sorted(unit for unit, (kind, _) in UNITS.items() if kind != "size"))
measures = st.builds("{} {}".format, numbers, units)
sizes = st.builds("{} {}".format, st.integers(0, 10**6), st.sampled_from(["B", "KiB", "GiB"]))
words = st.from_regex(r"[A-Za-z_][\w.:/-]{0,8}", fullmatch=True)
strings = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"`'), max_size=8)
texts = words | strings.map('"{}"'.format)
comparisons = st.builds(
    "{} {} {}".format,
    names,
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    numbers | measures | sizes,
)
settings = st.builds(
    "{} {} {}".format,
    names,
    st.sampled_from(["=", "!="]),
    st.one_of(
        texts, *(st.lists(k, min_size=2, max_size=4).map(", ".join) for k in (texts, numbers))
    ),
)
reserved = st.sampled_from(["valid_for = 92 d", "by = SRE", 'by = "SRE", "release engineer"'])
prose = st.sampled_from(
    [
        "each",
        "job",
        "*is*",
        "**leased**",
        "<b>once</b>",
        "[a](b)",
        "&amp;",
        "—",
        ">",
        "#",
        "-",
        "(was",
        "§3",
        "日本",
        "`GET /health`",
        "`lease_until < now()`",
        "`` a`b ``",
        "a\\*b",
    ]
) | st.text(
    st.characters(categories=["L", "N", "S"], exclude_characters="`<&"), min_size=1, max_size=6
)


def distinct(spans: Iterable[str]) -> list[str]:
    """The spans whose names do not stand before."""
    found: dict[str, str] = {}
    for span in spans:
        found.setdefault(span.split()[0], span)
    return list(found.values())


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A claim as a page could state it."""
    spans = distinct(draw(st.lists(comparisons | settings | reserved, max_size=4)))
    parts = draw(st.permutations([*draw(st.lists(prose, max_size=6)), *(f"`{s}`" for s in spans)]))
    sentence = " ".join(["Here", *parts])
    id_ = draw(ids)
    stated = {span: value(span) for span in spans}
    return Claim(
        id=id_,
        sentence=sentence,
        values=tuple(found for p in parts if (found := stated.get(p[1:-1])) and p[0] == "`"),
        place=Place(PATH, 1),
        digest=digest(id_, sentence),
        formerly=draw(st.none() | ids.filter(lambda old: old != id_)),
    )


@given(claims())
def test_a_claim_that_is_rendered_reads_as_itself(claim: Claim) -> None:
    """Parse after render is the identity."""
    assert read(render(claim), PATH).claims == (claim,)


@given(st.lists(claims(), max_size=4, unique_by=lambda claim: claim.id))
def test_a_page_of_rendered_claims_reads_as_all_of_them(many: list[Claim]) -> None:
    """Quotes after one another keep their claims apart."""
    many = [claim for claim in many if claim.formerly is None]

    found = read("\n".join(map(render, many)), PATH).claims

    assert [(c.id, c.sentence, c.values) for c in found] == [
        (c.id, c.sentence, c.values) for c in many
    ]


@example("> **a.b** — (was a.c) x\n> y\n")
@given(st.text("> *ab.—`=1\n", max_size=40).map("> **a.b** — x".__add__))
def test_a_claim_that_was_read_renders_as_it_was_read(text: str) -> None:
    """Render after parse is the identity too, layout aside."""
    found: tuple[Claim, ...] = ()
    with suppress(RunbookError):
        found = read(text, PATH).claims

    for claim in found:
        (again,) = read(render(claim), PATH).claims
        assert (again.id, again.sentence, again.values, again.digest) == (
            claim.id,
            claim.sentence,
            claim.values,
            claim.digest,
        )
