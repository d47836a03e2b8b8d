"""
Tell a paragraph that opens a claim from one that nearly does.

A claim opens with a bold id and an em dash, in a block quote at the left margin:

    > **coreos.claimed-once** — (was coreos.claimed) Each job is leased to one live worker.

What nearly opens one is an error, since its author believes that it is checked. In such a quote
that is a paragraph that opens with something like an id which is bold, or which a dash follows; or
with a bold word in lower case and a dash, if it states values.
Elsewhere (a list, a table, a heading, a quote in a quote, bare prose) it is a bold id and a dash;
a heading also counts if it is opened by a bold id or by an id of the page's own system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.claims.literals import states

if TYPE_CHECKING:
    from proofbook.claims.blocks import Block

ID = r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+"
#: What somebody may believe to be an id: with capitals, underscores, or a letter beyond ASCII.
_LIKE = r"(?=[\w.-]*[^\W\d_])\w[\w-]*(?:\.[\w-]*\w)+"
_DASHES = r"—|–|--?"

_OPENING = re.compile(rf"\*\*({ID})\*\*\s+—\s+(\S.*)", re.DOTALL)
_WAS = re.compile(rf"\(was\s+({ID})\)\s+(\S.*)", re.DOTALL)
_ATTEMPT = re.compile(rf"\s*({_LIKE})(\s*)({_DASHES}|)(\s*)(.*)", re.DOTALL)
_BOLD = re.compile(rf"\s*{_LIKE}\s*(?:(?:{_DASHES}|:).*)?", re.DOTALL)
_NAMED = re.compile(rf"\*\*([a-z0-9][\w-]*)\*\*\s+(?:{_DASHES})\s")
_LINE = re.compile(rf"[\s>*+#|\d.)-]*\*\*({_LIKE})\*\*\s*(?:{_DASHES})(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A claim as its paragraph states it."""

    id: str
    formerly: str | None
    #: Whitespace normalised, Markdown as written.
    sentence: str


class BadOpening(Exception):
    """A paragraph nearly opens a claim; the message says what stands there and what to write."""


def opening(block: Block, system: str | None) -> Opening | None:
    """
    What `block` claims, on a page of `system`'s; `None` where it is prose.

    Raises `BadOpening` where it nearly opens a claim.
    """
    if not _in_quote(block):
        _refuse_elsewhere(block, system)
        return None
    match = _OPENING.fullmatch(block.text)
    if match is None:
        _refuse_in_quote(block)
        return None
    return _opening(match[1], match[2])


def ids(block: Block) -> tuple[str, ...]:
    """The bold ids in `block`, in order."""
    return tuple(run for run in block.bold if re.fullmatch(f"(?=.*[a-z]){ID}", run))


def line_id(line: str) -> str | None:
    """The id with which a line of a page opens as a claim would, whatever block it is in."""
    match = _LINE.match(line)
    return match[1] if match else None


def _in_quote(block: Block) -> bool:
    """Whether it is a paragraph of a block quote at the left margin."""
    return block.kind == "paragraph" and [c.kind for c in block.inside] == ["blockquote"]


def _opening(id_: str, rest: str) -> Opening:
    """The opening of the claim `id_`, whose sentence is in `rest`."""
    sentence = " ".join(rest.split())
    formerly = None
    if re.match(r"\(was\b", sentence):
        match = _WAS.fullmatch(sentence)
        if match is None:
            start = sentence[: sentence.find(")") + 1] or "(was"
            raise BadOpening(
                f"'{start}' after the dash of {id_} names no earlier id with a sentence after it; "
                f"write > **{id_}** — (was old.id) …"
            )
        formerly, sentence = match.groups()
    return Opening(id=id_, formerly=formerly, sentence=sentence)


def _refuse_in_quote(block: Block) -> None:
    """Refuse a paragraph of a quote that is like an opening and is none."""
    match = _ATTEMPT.fullmatch(block.plain)
    if match is None:
        _refuse_name(block)
        return
    id_, before, dash, after, rest = match.groups()
    bold = _is_bold(block)
    if not bold and not (dash and before and after):
        return
    raise BadOpening(_what_is_wrong(block, id_, dash, rest, bold=bold))


def _refuse_name(block: Block) -> None:
    """Refuse a bold name and a dash before a sentence that states values: no id, but meant as one."""
    match = _NAMED.match(block.text)
    if match and any(map(states, block.spans)):
        raise BadOpening(_no_id(match[1]))


def _no_id(name: str) -> str:
    """The complaint about a name that is no id."""
    return (
        f"'{name}' is no id; write words of a-z, 0-9 and hyphens, joined by dots, "
        "such as coreos.claimed-once"
    )


def _what_is_wrong(block: Block, id_: str, dash: str, rest: str, *, bold: bool) -> str:
    """Why an attempt at a claim is none, and what to write."""
    write = f"write > **{id_}** — …"
    if not re.fullmatch(ID, id_):
        return _no_id(id_)
    if not bold:
        return f"{id_} opens a quote and is not bold; {write}"
    if not block.text.startswith(f"**{id_}**"):
        return f"the quote opens with '{_start(block.text)}'; {write}"
    if dash == "—":
        gap = (
            "states nothing after its dash"
            if not rest
            else "has no space on both sides of its dash"
        )
        return f"{id_} {gap}; {write}"
    if dash:
        return f"'{dash}' stands after {id_} in place of an em dash; {write}"
    return f"'{_start(rest)}' stands after {id_} in place of an em dash; {write}"


def _refuse_elsewhere(block: Block, system: str | None) -> None:
    """Refuse what is like an opening where nothing is read as a claim."""
    match = _ATTEMPT.fullmatch(block.plain)
    if match is None:
        return
    id_, before, dash, after, _ = match.groups()
    bold = _is_bold(block)
    if block.kind == "heading":
        meant = bold or (dash and before and after) or id_.startswith(f"{system}.")
    else:
        meant = bold and dash
    if meant:
        raise BadOpening(
            f"{id_} stands {_where(block)}, where nothing is read as a claim; "
            f"write > **{id_}** — … in a block quote at the left margin"
        )


def _where(block: Block) -> str:
    """The place of a block, in words."""
    if block.kind in ("heading", "cell"):
        return "in a heading" if block.kind == "heading" else "in a table"
    kinds = [container.kind for container in block.inside]
    if not kinds:
        return "outside a block quote"
    return (
        "in a list" if {"bullet_list", "ordered_list"} & set(kinds) else "in a quote inside a quote"
    )


def _is_bold(block: Block) -> bool:
    """Whether the block opens with a bold run that is like an id, with or without its dash."""
    first = next((t.type for t in block.inline if t.content or t.type != "text"), "")
    return first == "strong_open" and _BOLD.fullmatch(block.bold[0]) is not None


def _start(text: str) -> str:
    """The first words of a text, to show what stands there."""
    words = text.split()
    return " ".join(words[:4]) + (" …" if len(words) > 4 else "")  # noqa: PLR2004 - enough to find it
