"""Hold what a step printed beside what its runbook expects, `…` standing for anything."""

from __future__ import annotations

import re

#: Stands for any text within a line; alone on a line, for any lines, also none.
ANYTHING = "…"


def differs(expected: str, printed: str) -> str:
    """
    What is wrong with `printed`, as a sentence; empty where it is as expected.

    Spaces at the end of a line, and empty lines at the end of all, are no difference.
    """
    wanted, lines = _lines(expected), _lines(printed)
    if re.fullmatch("".join(map(_pattern, wanted)), "".join(f"{line}\n" for line in lines)):
        return ""
    for at, line in enumerate(wanted):
        if line == ANYTHING:
            break
        if at >= len(lines):
            return f"line {at + 1} is missing: {line!r} was expected"
        if not re.fullmatch(_pattern(line), f"{lines[at]}\n"):
            return f"line {at + 1} is {lines[at]!r}, not {line!r}"
    else:
        return f"{len(lines) - len(wanted)} lines more than the {len(wanted)} expected"
    return f"what follows its first {at} lines is not as expected: {''.join(lines[at:])[-200:]!r}"


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().split("\n")] if text.strip() else []


def _pattern(line: str) -> str:
    if line == ANYTHING:
        return r"(?:.*\n)*"
    return ".*".join(map(re.escape, line.split(ANYTHING))) + r"\n"
