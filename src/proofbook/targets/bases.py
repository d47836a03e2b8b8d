"""Which process a path belongs to, where the file does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proofbook.targets import keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def base(document: Mapping[str, Any], component: str = "") -> str | None:
    """
    What to write before a path of `component`: `{coreos.api.url}`; `None` where that is a guess.

    A component is a process (`api`, `coreos.api`), or a system, or anything where only one process
    is known to listen.
    """
    listening = list(_listening(document))
    meant = [each for each in listening if component in each]
    found = meant or listening
    return f"{{{found[0][0]}.url}}" if len(found) == 1 else None


def _listening(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each process with an address or a ready path: `coreos.api`, its name, its system's."""
    for system, processes in _tables(document.get("systems")):
        for name, process in _tables(processes):
            ready = process.get("ready")
            if name not in keys.SYSTEM and (
                "url" in process or (isinstance(ready, dict) and "http" in ready)
            ):
                yield f"{system}.{name}", name, system


def _tables(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, dict):
            yield key, each
