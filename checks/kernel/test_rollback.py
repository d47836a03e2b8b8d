"""Going back to the release before, on the data that is there now or on a snapshot of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from checks.kernel.adapter_deployment import Deployment
from checks.kernel.backups import Folder
from checks.kernel.chain import exported
from checks.kernel.database import code_of, of_store
from checks.kernel.migration_files import copied, next_name, recorded
from checks.kernel.smoke import walk
from proofbook import NoVerdict, disrupts
from proofbook.instruments.restore import Bench
from proofbook.stack import Exited, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checks.kernel.adapter import Kernel
    from proofbook import ClaimHandle
    from proofbook.stack import Stack

pytestmark = pytest.mark.xdist_group("kernel-rollback")

CURRENT, PREVIOUS = "current", "previous"
#: As the runbook's page writes it: a new table, filled from an old one.
FORWARD = """CREATE TABLE allocation_totals (entity_id varchar PRIMARY KEY, total numeric NOT NULL);
INSERT INTO allocation_totals
  SELECT entity_id, sum(delta) FROM resource_allocations GROUP BY entity_id;
"""
UNFILLED = """
    select count(*) as missing from
      (select distinct entity_id from resource_allocations except select entity_id from allocation_totals) m
"""


@dataclass(slots=True)
class Releases:
    """Both releases on one store; each is started when it is first asked for."""

    deployment: Deployment
    stack: Stack
    _running: dict[str, Kernel] = field(default_factory=dict)

    def kernel(self, release: str) -> Kernel:
        """One of them, running. Raises `AssertionError` where the previous one does not start."""
        if release not in self._running:
            named = None if release == CURRENT else release
            outcome = self.deployment.start_kernel(release=named)
            if release == PREVIOUS:
                assert not isinstance(outcome, Exited), f"the previous release {outcome}"
            process = started(outcome, f"the {release} release")
            self._running[release] = self.deployment.reach(process)
        return self._running[release]

    def stop(self, release: str) -> None:
        """End it, if it runs."""
        if release in self._running:
            self._running.pop(release).process.stop()

    def passed(self, kernel: Kernel) -> int:
        """How many steps of the smoke pass; the first of those that do not is an AssertionError."""
        walked = walk(kernel, self.deployment.kms.keys)
        if not walked.is_answered:
            raise NoVerdict(walked.unanswered)
        assert walked.problems == ()
        return walked.passed


@pytest.fixture(scope="module")
@disrupts
def releases(stack: Stack) -> Iterator[Releases]:
    """Two releases, one store."""
    with stack.twin("kernel") as twin:
        deployment = Deployment(twin, stack.secrets)
        try:
            yield Releases(deployment, stack)
        finally:
            deployment.close()


@pytest.mark.claim("kernel.previous-release-comes-back")
def test_the_previous_release_comes_back(claim: ClaimHandle, releases: Releases) -> None:
    """What health says is what runs, and it works on what the newer one left."""
    before = _version(releases.kernel(PREVIOUS))
    releases.stop(PREVIOUS)
    newer = _version(releases.kernel(CURRENT))
    releases.kernel(CURRENT).sign()
    releases.stop(CURRENT)

    back = releases.kernel(PREVIOUS)

    claim.require(before != newer, f"both releases call themselves {before}")
    assert _version(back) == before
    claim.expect(steps=releases.passed(back))


@pytest.mark.claim("kernel.previous-release-on-new-schema")
def test_the_previous_release_works_on_the_new_schema(
    claim: ClaimHandle, releases: Releases
) -> None:
    """Whoever has to go back needs no way back for the schema."""
    migrated = releases.deployment.twin.command("migrate")
    claim.require(code_of(migrated) == 0, f"the migrations fail: {migrated.output[-300:]!r}")
    current, previous = releases.kernel(CURRENT), releases.kernel(PREVIOUS)

    claim.require(
        _version(current) != _version(previous),
        f"both releases call themselves {_version(current)}",
    )
    claim.expect(steps=releases.passed(previous))


@pytest.mark.claim("kernel.write-forward-needs-no-flag")
def test_writing_forward_needs_no_flag(
    claim: ClaimHandle, releases: Releases, tmp_path: Path
) -> None:
    """A change that adds goes out in the middle of the day, under both releases."""
    both = [releases.kernel(release) for release in (CURRENT, PREVIOUS)]
    allocated = both[0].allocate()
    claim.require(allocated.is_done, f"there is nothing to fill a table from: {allocated!r}")
    twin = releases.deployment.twin
    folder = copied(twin, tmp_path)
    file = folder / next_name(folder, "create_allocation_totals")
    file.write_text(recorded(file.name, FORWARD))

    end = twin.command("migrate", env={"MIGRATIONS_DIR": str(folder)})

    claim.expect(exit=code_of(end))
    unfilled = of_store(twin).rows(UNFILLED)[0]["missing"]
    claim.require(unfilled == 0, f"{unfilled} rows were not taken over")
    for kernel in both:
        claim.expect(steps=releases.passed(kernel))


@pytest.mark.claim("kernel.snapshot-comes-back")
def test_the_previous_release_comes_back_with_its_snapshot(
    claim: ClaimHandle, releases: Releases, tmp_path: Path
) -> None:
    """After a catastrophe the chain goes on from where the backup says that it stood."""
    kernel = releases.kernel(PREVIOUS)
    kernel.sign()
    sound = kernel.verify()
    folder = Folder(releases.deployment, tmp_path)
    ended, backups = folder.run(), folder.valid()
    claim.require(backups, f"no backup was made: {ended.output[-300:]!r}")
    stood = json.loads(backups[-1].file.read_text(encoding="utf-8"))["auditHead"]
    later = [kernel.signed()["audit_id"] for _ in range(claim["later"])]
    seen = [kernel.event(event).status for event in later]
    with Bench(releases.stack) as bench:
        copy = bench.restore(backups[-1].dump)
        store = releases.deployment.twin.store_role
        back = releases.deployment.kernel(release=PREVIOUS, instead={store: copy.url})
        is_there = urlsplit(copy.url).path in back.process.env["POSTGRES_URL"]
        head = back.head().body
        absent = [back.event(event).status for event in later]
        verified = back.verify()
        written = back.sign()
        export = back.export()
        back.process.stop()

    claim.require(sound.status == 200, f"the chain did not verify before either: {sound!r}")
    claim.require(is_there, "the Kernel was not started on what was restored")
    claim.require(set(seen) == {200}, f"the later events were not there before: {seen}")
    end = {name: head.get(name) for name in ("count", "headHash")}
    assert end == {name: stood.get(name) for name in ("count", "headHash")}
    assert absent == [404] * claim["later"]
    assert verified.status == 200, f"the restored chain does not verify: {verified!r}"
    assert written.is_done, f"it signs nothing: {written!r}"
    assert export.is_done, f"its chain cannot be read: {export!r}"
    new = exported(export.text)[0][end["count"] :]
    assert new[0].prev_hash == end["headHash"], "the next event does not extend the chain's end"
    assert written.body["audit_id"] in [event.id for event in new]


def _version(kernel: Kernel) -> Any:
    return kernel.health().body.get("app_version")
