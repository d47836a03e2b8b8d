"""SQL as text: what it says, apart from what is only quoted or commented."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1|'(?:[^']|'')*'|\"[^\"]*\"", re.DOTALL)


def bare(text: str) -> str:
    """The text with comments, quoted texts and quoted names blanked out; each other letter stays in its place."""
    return _QUOTED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
