"""Backups: made again and again, kept for as long as is promised, and good for a Kernel that goes on."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from checks.kernel.adapter import READY
from checks.kernel.backups import DAY, Folder
from checks.kernel.chain import exported
from checks.kernel.known_answers import vectors
from checks.kernel.listing import Listing
from checks.kernel.nowhere import nowhere
from proofbook import exercises, observes
from proofbook.instruments.restore import Bench, check_decodes, differences
from proofbook.instruments.waiting import until
from proofbook.stack import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.stack import Stack

pytestmark = pytest.mark.xdist_group("kernel-backups")

RETENTION = "BACKUP_RETENTION_DAYS"
HOUR = timedelta(hours=1)
#: So much longer than is promised is waited, to see how much later it came.
GRACE_SECONDS = 5


@pytest.fixture
@exercises
def folder(standing: Deployment, kernel: Kernel, tmp_path: Path) -> Folder:
    """An empty folder for backups of the shared deployment, which has written something."""
    kernel.signed()
    return Folder(standing, tmp_path)


@pytest.fixture
@observes
def listing(stack: Stack, tmp_path: Path) -> Iterator[Listing]:
    """The backups that the target lists."""
    with stack.twin("kernel") as twin:
        yield Listing.of(twin, stack.target, tmp_path)


@pytest.fixture
@exercises
def bench(stack: Stack) -> Iterator[Bench]:
    """Where backups are restored: clusters of the check's own, gone afterwards."""
    with Bench(stack) as bench:
        yield bench


@pytest.mark.waits(15)
@pytest.mark.claim("kernel.backed-up-daily")
def test_the_scheduler_goes_on(claim: ClaimHandle, folder: Folder) -> None:
    """One after the other: each whole, each later than the one before."""
    interval, bound = claim["interval"].total_seconds(), claim.bound("within").upper
    wanted = claim.bound("backups").lower
    told = {"BACKUP_DIR": str(folder.path), "BACKUP_INTERVAL_SECONDS": f"{interval:g}"}

    outcome = folder.deployment.twin.start("scheduler", env=told)
    scheduler = started(outcome, "the scheduler")
    began = time.monotonic()  # how long a program takes to begin is the machine's affair
    patience = bound.total_seconds() + GRACE_SECONDS
    backups = until(folder.valid, lambda found: len(found) >= wanted, patience)
    took = time.monotonic() - began
    scheduler.stop()

    if took > bound.total_seconds():
        _see_quick_enough(claim, folder, bound.total_seconds() - (wanted - 1) * interval)
    claim.expect(backups=len(backups))
    claim.expect(within=took)
    snapshots = [backup.manifest.snapshot_at for backup in backups]
    assert [one for one, other in pairwise(snapshots) if not one < other] == []
    for backup in backups:
        check_decodes(backup.dump)


def _see_quick_enough(claim: ClaimHandle, folder: Folder, spare_seconds: float) -> None:
    """Where a scheduler was late: whether this machine makes as many backups in the time that no interval takes."""
    began = time.monotonic()
    folder.made()
    one = time.monotonic() - began
    wanted = claim.bound("backups").lower
    claim.require(one * wanted <= spare_seconds, f"a backup alone takes {one:.1f} s here")


@pytest.mark.claim("kernel.newest-backup-fresh")
def test_the_newest_backup_is_fresh(claim: ClaimHandle, listing: Listing) -> None:
    """Of all that are listed, the last that is whole is younger than a day and an hour."""
    ages = [datetime.now(UTC) - each.snapshot_at for each in listing.newest_valid()]

    claim.require(listing.names, "the target lists no backup")
    assert ages, f"none of the backups that are listed is valid: {listing.names[-3:]}"
    claim.expect(age=max(ages))


@pytest.mark.waits(15)
@pytest.mark.claim("kernel.backups-kept-by-age")
@pytest.mark.parametrize("bound", ["least", "most"])
def test_a_backup_is_kept_for_so_long(claim: ClaimHandle, folder: Folder, bound: str) -> None:
    """To the hour; and nobody can ask for less than the one or for more than the other."""
    known = vectors("backup_retention")["cases"]
    cases = [case for case in known if case["retention_days"] * DAY == claim[bound]]
    ages = {hours for case in cases for hours in case["ages_hours"]}
    planted = {hours: folder.plant(hours * HOUR) for hours in ages}
    gone = {planted[hours] for case in cases for hours in case["removed_ages_hours"]}

    beyond = {"least": claim["least"] - DAY, "most": claim["most"] + DAY}[bound]
    before = folder.names()
    refused = folder.run(**{RETENTION: str(beyond // DAY)})
    untouched = folder.names()
    backup = folder.made(**{RETENTION: str(claim[bound] // DAY)})
    left = {name.partition(".")[0] for name in folder.names()} - {backup.dump.stem}

    claim.require(gone, f"no backup is older than {claim[bound]}")
    claim.expect(refused=refused.code)
    assert untouched == before, "a command that was refused changed something"
    assert left == set(planted.values()) - gone


@pytest.mark.claim("kernel.failed-backup-removes-nothing")
def test_a_failed_backup_removes_nothing(claim: ClaimHandle, folder: Folder) -> None:
    """Who has nothing newer keeps what is old."""
    old = [folder.plant(age * DAY) for age in (365, 100)]
    before = folder.names()

    failed = folder.run(POSTGRES_URL=nowhere(folder.deployment))
    after = folder.names()
    folder.made()
    removed = {each for each in old if f"{each}.dump" not in folder.names()}

    claim.require(removed == set(old), "a backup that ends well does not remove them either")
    claim.expect(failed=failed.code)
    assert after == before


@pytest.mark.claim("kernel.backup-restores")
def test_a_backup_restores(
    claim: ClaimHandle, bench: Bench, folder: Folder, kernel: Kernel
) -> None:
    """What comes out is what went in, and a Kernel goes on from there."""
    while (count := kernel.head().body["count"]) < claim.bound("events").lower:
        kernel.allocate()
    backup = folder.made()
    end = json.loads(backup.file.read_text(encoding="utf-8"))["auditHead"]

    copy = bench.restore(backup.dump)
    found = copy.contents()
    copy.check_order()
    store = folder.deployment.twin.store_role
    restored = folder.deployment.kernel(instead={store: copy.url})
    head, ready, verified = restored.head(), restored.settled(READY), restored.verify()
    written, export = restored.sign(), restored.export()
    restored.process.kill()

    claim.expect(events=count)
    is_there = urlsplit(copy.url).path in restored.process.env["POSTGRES_URL"]
    claim.require(is_there, "the Kernel was not started on what was restored")
    assert differences(backup.manifest, found) == ()
    assert head.status == 200, f"the restored chain has no head: {head!r}"
    assert {name: head.body.get(name) for name in end} == end
    assert ready.status == 200, f"the Kernel on it is not ready: {ready!r}"
    claim.expect(verify=verified.status)
    assert written.is_done, f"it signs nothing: {written!r}"
    events, _ = exported(export.text)
    assert events[end["count"]].prev_hash == end["headHash"]
