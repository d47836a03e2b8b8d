"""A process as one start wants it: with a release, an environment, a fault laid over it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.stack.faults import Fault
    from proofbook.targets import Overlay, Process


def varied(
    process: Process, *, where: str, release: str | None = None, environment: str | None = None
) -> Process:
    """The process with overlays named by the contract. Raises `NotAsked` if it has none such."""
    for key, name, known in (
        ("environments", environment, process.environments),
        ("releases", release, process.releases),
    ):
        if name is not None:
            process = laid_over(process, _named(name, known, f"{where}.{key}"))
    return process


def broken(process: Process, fault: Fault) -> Process:
    """The process with the fault laid over it, or started by the fault's launcher."""
    process = laid_over(process, fault.overlay)
    if fault.launcher and process.command:
        wrapped = (*fault.launcher, fault.name, "--", *process.command)
        return replace(process, command=wrapped)
    return process


def laid_over(process: Process, overlay: Overlay) -> Process:
    """The process with the keys that the overlay holds; its variables join those that are there."""
    return replace(
        process,
        command=overlay.command or process.command,
        image=overlay.image or process.image,
        cwd=overlay.cwd or process.cwd,
        setup=process.setup if overlay.setup is None else overlay.setup,
        env={**process.env, **overlay.env},
        ready=overlay.ready or process.ready,
    )


def _named(name: str, known: Mapping[str, Overlay], where: str) -> Overlay:
    if name not in known:
        raise NotAsked(f"{where} has no {name}", remedy=f"[{where.partition(': ')[2]}.{name}]")
    return known[name]
