"""Text as it is kept: trimmed, cut, and with no tag in it that a browser would take for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLE, DURATION, COVER_LETTER, DESCRIPTION, SKILL = 140, 100, 5000, 10_000, 40
SKILLS = 50
#: What ECMAScript calls white space, whose `trim` is meant.
BLANK = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
TAGS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
TAGS_AND_QUOTES = {**TAGS, **str.maketrans({'"': "&quot;", "'": "&#39;"})}


def plain(text: str, longest: int | None = None) -> str:
    """A line of text: trimmed, cut to so many characters, its tags and quotes escaped."""
    return text.strip(BLANK)[:longest].translate(TAGS_AND_QUOTES)


def description(text: str) -> str:
    """A long text: its quotes stay."""
    return text.strip(BLANK)[:DESCRIPTION].translate(TAGS)


def skills(words: Iterable[str]) -> list[str]:
    """Each once, in their order; no empty one, and no more than 50."""
    return listing(words, SKILL)[:SKILLS]


def listing(lines: Iterable[str], longest: int | None = None) -> list[str]:
    """Lines of text, each once, in their order; no empty one."""
    return list(dict.fromkeys(line for line in (plain(each, longest) for each in lines) if line))
