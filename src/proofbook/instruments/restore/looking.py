"""What came back: its content, its order, how much is lost, and whether the service runs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook import drills
from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.restore import fingerprints, guards
from proofbook.instruments.restore.broken import Broken
from proofbook.stack import Ready

if TYPE_CHECKING:
    from proofbook.instruments.restore.drilling import Drilling
    from proofbook.stack import Controlled


def look(at: Drilling) -> None:
    """Every phase, whatever the others came to."""
    phases, url = at.phases, at.url
    phases.run("content", lambda: _content(at, url), vital=False)
    phases.run("order", lambda: fingerprints.check_order(url), vital=False)
    phases.run("loss", lambda: _loss(at, url), vital=False)
    service = phases.run("boot", lambda: _booted(at, url), vital=False)
    for name in ("examine", "write"):
        if service is None:
            phases.leave_out(name, "no service runs on what was restored")
        else:
            phases.run(
                name,
                lambda name=name: at.hooks.ask(name, at.twin, service, at.processes),  # type: ignore[misc] # bound now
                vital=False,
            )


def _content(at: Drilling, url: str) -> str:
    at.found = fingerprints.contents(url)
    at.facts["restored_on"] = at.found.server_version
    if at.manifest is None:
        raise NotAsked(
            f"there is no manifest: {at.found.rows} rows came back, and nobody can say of how many"
        )
    return guards.content(at.manifest, at.found)


def _loss(at: Drilling, url: str) -> str:
    if at.backup.newest_event is None:
        raise NotAsked("the target names no newest_event: what would be lost is not known")
    event = fingerprints.newest(url, at.backup.newest_event)
    if event is None:
        raise NoVerdict("newest_event finds nothing in what was restored")
    at.rpo_seconds = drills.lost_seconds(event, at.started)
    return f"the newest event is {at.rpo_seconds:.0f} s older than the drill"


def _booted(at: Drilling, url: str) -> Controlled:
    name = at.backup.boot
    if name is None:
        raise NotAsked("the target names no process to boot")
    if at.backup.is_production:
        raise NotAsked("nothing here can stop what the service would send out of production data")
    system = at.twin.system
    if system.store is None or system.store not in at.target.services:
        raise NotAsked("the target names no service as the system's store")
    if system.processes[name].command is None:
        raise NotAsked(f"{name} is an address: it cannot be started on what was restored")
    outcome = at.twin.start(
        name, instance=f"restored-{at.backup.name}", instead={system.store: url}
    )
    if not isinstance(outcome, Ready):
        raise Broken("boot", f"{name} {outcome}")
    at.service = outcome.process
    return outcome.process
