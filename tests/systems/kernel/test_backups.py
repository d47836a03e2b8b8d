"""Backups: whole or not there, kept as long as they must be, and made again and again."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from proofbook.stack import Exited
from systems.chassis import instants, programs
from systems.kernel import backups, schema, settings
from tests.systems.kernel.kernels import VECTORS, start, unsaid

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack import Twin

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def plant(folder: Path, moment: datetime, **changes: object) -> Path:
    """A backup of an instant; its manifest."""
    dump = folder / f"kernel-{moment:%Y%m%dT%H%M%SZ}.dump"
    dump.write_bytes(b"dump")
    told = {"file": dump.name, "bytes": 4, "sha256": hashlib.sha256(b"dump").hexdigest()}
    manifest = dump.with_name(dump.stem + backups.ENDING)
    manifest.write_text(json.dumps(told | {"snapshotAt": instants.text(moment)} | changes))
    return manifest


def test_a_backup_says_what_is_in_it(kernel_twin: Twin, tmp_path: Path) -> None:
    """Counts, fingerprints, schema, the chain's end; and it restores to just that."""
    dsn, folder = kernel_twin.resolve("{store.url}"), tmp_path / "backups"
    schema.apply(dsn, settings.MIGRATIONS, (), unsaid)

    manifest = backups.make(dsn, folder)

    told = json.loads(manifest.read_text())
    dump = folder / told["file"]
    assert sorted(folder.iterdir()) == sorted([manifest, dump])
    assert told["sha256"] == hashlib.sha256(dump.read_bytes()).hexdigest()
    assert (told["system"], told["format"], told["version"]) == ("kernel", "pg_dump-custom", 1)
    assert told["auditHead"] == {"count": 0, "headHash": None}
    assert told["schemaVersion"] == "003_pre_create_upgrades.sql"
    assert (len(told["tables"]), told["tables"]["schema_migrations"]["rows"]) == (12, 3)
    assert backups.newest(folder) == instants.moment(told["snapshotAt"])
    listed = [str(programs.packaged() / "pg_restore"), "--list", str(dump)]
    assert b"audit_events" in subprocess.run(listed, capture_output=True, check=True).stdout
    again = json.loads(backups.make(dsn, folder).read_text())
    assert again["tables"] == told["tables"]
    assert len(list(backups.whole(folder))) == 2


@pytest.mark.parametrize(
    "case", VECTORS["backupRetention"]["cases"], ids=lambda c: str(c["ages_hours"])
)
def test_what_is_kept(tmp_path: Path, case: dict[str, Any]) -> None:
    """As long as the setting says, and the newest for good."""
    planted = {age: plant(tmp_path, NOW - timedelta(hours=age)) for age in case["ages_hours"]}
    plant(tmp_path, NOW + timedelta(seconds=1))

    gone = backups.prune(tmp_path, timedelta(days=case["retention_days"]), NOW)

    removed = {age for age, manifest in planted.items() if not manifest.exists()}
    assert removed == set(case["removed_ages_hours"])
    assert set(gone) == {planted[age] for age in removed}
    assert len(list(tmp_path.glob("*.dump"))) == len(planted) + 1 - len(removed)


def test_the_newest_stays_however_old(tmp_path: Path) -> None:
    """And what is not whole is neither counted nor touched."""
    only = plant(tmp_path, NOW - timedelta(days=400))
    broken = plant(tmp_path, NOW - timedelta(days=300), sha256="0")
    (tmp_path / f"nonsense{backups.ENDING}").write_text("[]")

    assert backups.prune(tmp_path, timedelta(days=30), NOW) == []
    assert only.exists()
    assert broken.exists()
    assert backups.newest(tmp_path) == NOW - timedelta(days=400)


def test_a_failed_backup_leaves_and_removes_nothing(kernel_twin: Twin, tmp_path: Path) -> None:
    """Nobody answers there; the database holds no Kernel; there is no such program."""
    planted = [plant(tmp_path, NOW), plant(tmp_path, NOW - timedelta(days=365))]
    before = sorted(tmp_path.iterdir())
    empty = kernel_twin.resolve("{store.url}")

    for dsn in ("postgresql://u:p@127.0.0.1:1/d", empty):
        env = {"POSTGRES_URL": dsn, "BACKUP_DIR": str(tmp_path)}
        ended = kernel_twin.command("backup", env=env)
        assert getattr(ended, "code", None) == 1
        assert "no backup was made" in ended.output
    schema.apply(empty, settings.MIGRATIONS, (), unsaid)
    with pytest.raises(backups.BackupFailed, match="no backup was made: NoProgram"):
        backups.make(empty, tmp_path, str(tmp_path))

    assert sorted(tmp_path.iterdir()) == before
    assert all(manifest.exists() for manifest in planted)


@pytest.mark.slow
def test_the_scheduler_goes_on(kernel_twin: Twin, tmp_path: Path) -> None:
    """One at once, then one each interval; health tells the newest."""
    folder = tmp_path / "backups"
    env = {"BACKUP_DIR": str(folder), "BACKUP_INTERVAL_SECONDS": "1"}
    scheduler = start(kernel_twin, process="scheduler", env=env)

    deadline = time.monotonic() + 90
    while len(list(folder.glob(f"*{backups.ENDING}"))) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    answer = httpx.get(scheduler.url + "/health", timeout=60)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert instants.moment(answer.json()["last_backup_at"])
    scheduler.stop()
    shutil.rmtree(folder)
    refused = kernel_twin.start("scheduler", env=env | {"BACKUP_RETENTION_DAYS": "7"})
    assert isinstance(refused, Exited)
    assert '"variable": "BACKUP_RETENTION_DAYS"' in refused.output
