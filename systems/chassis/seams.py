"""
How a fault is planted: one query, one function or one variable is exchanged before the process starts.

Each maker gives a plant, a function to be called once. A plant that finds nothing to exchange raises `NotPlanted`:
a fault that did not take hold proves nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from systems.chassis import queries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Plant = Callable[[], object]


class NotPlanted(Exception):
    """What was to be exchanged is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to break one process, and the claims that must notice."""

    name: str
    process: str
    breaks: tuple[str, ...]
    plant: Plant
    unaffected: tuple[str, ...] = ()
    #: A part of the failure's reason that is this fault's own; empty: any.
    reason: str = ""
    #: What is laid over the environment before the process starts, where the environment itself is the fault.
    environ: Mapping[str, str] = field(default_factory=dict)
    #: What is exchanged in the script of a step (process `steps`), where a page is the fault: old text → new.
    edits: tuple[tuple[str, str], ...] = ()


def query(name: str, *edits: tuple[str, str]) -> Plant:
    """Exchange parts of a query's text."""

    def plant() -> None:
        plain = queries.load

        def load(folder: Path) -> Mapping[str, str]:
            found = dict(plain(folder))
            for old, new in edits:
                if old not in found[name]:
                    raise NotPlanted(f"{name}.sql holds no {old!r}")
                found[name] = found[name].replace(old, new)
            return found

        queries.load = load

    return plant


def more_queries(**texts: str) -> Plant:
    """Add queries that only a fault needs."""

    def plant() -> None:
        plain = queries.load
        queries.load = lambda folder: {**plain(folder), **texts}

    return plant


def value(place: str, new: object) -> Plant:
    """Exchange what stands at `module:name` or `module:class.name`."""
    return around(place, lambda _: new)


def around(place: str, wrap: Callable[[Any], object]) -> Plant:
    """Exchange what stands at a place for something made of it."""

    def plant() -> None:
        module, _, path = place.partition(":")
        *owners, name = path.split(".")
        owner: object = import_module(module)
        for each in owners:
            owner = getattr(owner, each)
        if not hasattr(owner, name):
            raise NotPlanted(f"there is no {place}")
        setattr(owner, name, wrap(getattr(owner, name)))

    return plant


def default(name: str, text: str) -> Plant:
    """Let a variable that nobody set have another value than the contract's default."""

    def plant() -> None:
        os.environ[name] = os.environ.get(name) or text

    return plant


def together(*plants: Plant) -> Plant:
    """One exchange that takes several steps."""

    def plant() -> None:
        for each in plants:
            each()

    return plant


def nothing() -> None:
    """The plant of a fault that lies in the environment alone."""


def ids(system: str) -> Callable[..., tuple[str, ...]]:
    """Makes claim ids of a system from their second halves."""

    def made(*names: str) -> tuple[str, ...]:
        return tuple(f"{system}.{name}" for name in names)

    return made
