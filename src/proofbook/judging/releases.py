"""Whether two readings of a deployment are of one release."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: So much of a digest is shown.
_SHOWN = 19


def differences(system: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> str:
    """
    What of `wanted` is otherwise in `found`, as a sentence's end; empty where it is one release.

    Only the components of the claim's system are compared, where `wanted` names any of them. A
    deployment that states no release any more is another one than one that did.
    """
    if not wanted and found:
        return f"{', '.join(sorted(found))} was stated, and no release is now"
    own = {part: text for part, text in wanted.items() if part.partition(".")[0] == system}
    told = []
    for part, text in sorted((own or wanted).items()):
        there = _named(part, found)
        if there is None:
            told.append(f"{part} was not stated, is {text[:_SHOWN]}")
        elif there != text:
            told.append(f"{part} was {there[:_SHOWN]}, is {text[:_SHOWN]}")
    return ", ".join(told)


def fits(wanted: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether everything that `wanted` names is so in `found`."""
    return not differences("", wanted, found)


def _named(part: str, found: Mapping[str, str]) -> str | None:
    """The component of that name; or the only one whose last word it is."""
    if part in found or "." in part:
        return found.get(part)
    ends = {text for name, text in found.items() if name.rpartition(".")[2] == part}
    return ends.pop() if len(ends) == 1 else None
