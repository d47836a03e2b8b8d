"""`proofbook drill`, as a person uses it: at a deployment whose backups lie in a folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.acts import body
from proofbook.cli import main
from proofbook.drills import Control
from proofbook.instruments.restore import drill as drills
from proofbook.instruments.restore import dumps, manifests, sealing
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.cluster import Cluster, connected
from proofbook.instruments.restore.controls import NAMES, flip
from proofbook.instruments.restore.damaging import damage
from proofbook.instruments.restore.programs import tool
from proofbook.instruments.restore.segments import segment
from proofbook.instruments.restore.sibling import Sibling
from proofbook.stack import Stack
from proofbook.stack.scratch import base
from proofbook.store import act_payload, append_act, run_key
from proofbook.targets import parse
from tests.engine.test_drills import DRILL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.instruments.restore.drilling import Drilling
    from proofbook.instruments.restore.manifests import Manifest

pytestmark = pytest.mark.slow

KEY = bytes(range(32))
TABLES = """
CREATE TABLE schema_migrations (name text PRIMARY KEY);
CREATE TABLE events (id serial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), note text);
INSERT INTO schema_migrations VALUES ('001_begin.sql'), ('002_go_on.sql');
INSERT INTO events (note) SELECT 'note ' || n FROM generate_series(1, 300) AS n;
"""
TARGET = """\
kind = "deployment"
[services.store]
url = "postgresql://app@127.0.0.1:9/app"
[systems.demo]
store = "store"
[systems.demo.api]
command = ["{python}", "-c", "import os, sys, time; print('on', os.environ['DATABASE_URL'], flush=True); time.sleep(600)"]
ready = { log = "on postgresql://.*/restored$", within = "60 s" }
env = { DATABASE_URL = "{store.url}" }
[systems.demo.backups.nightly]
kind = "pg_dump"
list = ["ls", "{root}/backups"]
fetch = ["cp", "{root}/backups/{artefact}", "{file}"]
key = "env:BACKUP_KEY"
manifest = "{stem}.manifest.json"
newest_event = "SELECT max(at) FROM events"
every = "1 d"
boot = "api"
scratch = "SCRATCH"
"""
RESTORE = (
    f'restore = ["{tool("pg_restore")}", "--no-owner", "-d", "{{destination.url}}", "{{file}}"]'
)
BASE = """\
kind = "deployment"
[systems.demo.backups.nightly]
kind = "basebackup"
list = ["ls", "{root}/backups"]
fetch = ["cp", "-r", "{root}/backups/{artefact}", "{file}"]
wal_list = ["ls", "{root}/wal"]
wal_fetch = ["cp", "{root}/wal/{segment}", "{file}"]
newest_event = "SELECT max(at) FROM ledger"
scratch = "SCRATCH"
"""
REHEARSAL = """\
def examine(twin, service, processes):
    assert service.is_running
    return "it runs"

def write(twin, service, processes):
    return "one row"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Manifest]]:
    """A database of 302 rows, a dump of it, and what is in that."""
    root = tmp_path_factory.mktemp("source")
    with Stack(parse('kind = "stand-in"', "t.toml"), root=root, logs=root / "logs") as stack:
        url = Cluster.fresh(stack, "source", run="source").empty("app").url
        with connected(url) as connection:
            connection.execute(TABLES)
        yield url, root / "app.dump", dumps.dump(url, root / "app.dump")


@pytest.fixture(scope="module")
def sibling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sibling]:
    """A base backup, and the log since."""
    root = tmp_path_factory.mktemp("sibling")
    with Stack(parse('kind = "stand-in"', "t.toml"), root=root, logs=root / "logs") as stack:
        yield Sibling.made(stack, stack.new_data("sibling"), "sibling")


class Shop:
    """A project whose deployment keeps its backups in a folder, and the verb in it."""

    def __init__(self, root: Path, scratch: Path, dump: Path, manifest: Manifest) -> None:
        self.root = root
        self.dump, self.manifest = dump, manifest
        self.said = ""
        (root / "backups").mkdir(parents=True)
        self.scratch = scratch
        self.write("gates.toml", "schema = 1\n")
        self.write("targets/prod.toml", TARGET.replace("SCRATCH", str(scratch)))
        self.write("checks/demo/rehearsal.py", REHEARSAL)

    def write(self, path: str, text: str) -> None:
        """A file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def change(self, old: str, new: str) -> None:
        """Replace a text that stands in the target once."""
        text = (self.root / "targets/prod.toml").read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.write("targets/prod.toml", text.replace(old, new))

    def state(self, claim: str, named: str) -> None:
        """A runbook with this claim, and the backup names one."""
        self.write(
            "runbooks/demo/backups.md", f"---\nowner: a\nescalation: b\n---\n\n# B\n\n{claim}\n"
        )
        self.change('boot = "api"\n', f'boot = "api"\nclaim = "{named}"\n')

    def back_up(self, age: timedelta = timedelta(hours=1)) -> Path:
        """Put a sealed dump of that age into the folder, and its manifest."""
        stem = f"app-{datetime.now(UTC) - age:%Y%m%dT%H%M%SZ}"
        file = self.root / "backups" / f"{stem}.dump"
        sealing.seal(self.dump, file, KEY)
        self.write(f"backups/{stem}.manifest.json", manifests.text(self.manifest))
        return file

    def drill(self, *words: str) -> int:
        """Restore."""
        return main(["drill", "restore", "--system", "demo", "--target", "prod", *words])

    def record(self) -> dict[str, Any]:
        """The newest record."""
        file = max(self.root.glob("reports/drills/*/nightly.json"))
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    def phases(self) -> dict[str, str]:
        """Phase → its verdict, of the newest record."""
        return {phase["name"]: phase["verdict"] for phase in self.record()["phases"]}

    def told(self, name: str) -> str:
        """What a phase told."""
        found = {phase["name"]: phase["told"] for phase in self.record()["phases"]}
        return str(found[name])


@pytest.fixture
def shop(
    tmp_path: Path, made: tuple[str, Path, Manifest], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """A shop whose controls are all caught at once: they have tests of their own."""
    monkeypatch.setattr(drills, "damage", _caught)
    monkeypatch.delitem(sys.modules, "checks.demo.rehearsal", raising=False)
    monkeypatch.delitem(sys.modules, "checks.demo", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("BACKUP_KEY", KEY.hex())
    # Where the database's user can enter, which it cannot below a test's own folder.
    scratch = Path(tempfile.mkdtemp(prefix="drill-", dir=base()))
    scratch.chmod(0o711)
    shop = Shop(tmp_path / "a shop", scratch, *made[1:])
    monkeypatch.chdir(shop.root)
    yield shop
    shutil.rmtree(scratch)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What was exported of one drill, unpacked."""
    root = tmp_path / "exported"
    root.mkdir()
    (root / "gates.toml").write_text("schema = 1\n", encoding="utf-8")
    monkeypatch.chdir(root)
    signed = act_payload("drill", datetime.now(UTC), body(replace(DRILL, rows=302)), "")
    append_act(root / "reports", signed, key=run_key(root, {}))
    assert main(["drill", "export", "--into", "audit.tar.gz"]) == 0
    with tarfile.open("audit.tar.gz") as packed:
        # As of Python 3.12 one is to say what may come out; 3.11.2 knows no such argument.
        packed.extraction_filter = getattr(tarfile, "data_filter", None)
        packed.extractall(root)  # noqa: S202 - our own
    return root / "drills"


def _edited(folder: Path, old: str, new: str) -> None:
    (file,) = folder.iterdir()
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _caught(at: Drilling) -> tuple[Control, ...]:
    control = Control(name="flipped-bit", caught_by="decrypt", told="decrypt: it is damaged")
    at.tell_control(control)
    return (control,)


def test_the_newest_backup_is_restored_recorded_due_and_exported(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the folder to a service that runs on it; what was signed can be verified without us."""
    assert main(["drill", "--due", "--target", "prod"]) == 6
    shop.back_up(timedelta(days=2))
    newest = shop.back_up()

    assert shop.drill() == 0

    record = shop.record()
    assert set(shop.phases().values()) == {"pass"}
    assert (record["artefact"], record["rows"], record["tables"]) == (newest.name, 302, 2)
    assert record["key_id"] == sealing.key_id(KEY)
    assert record["facts"]["bytes"] == str(newest.stat().st_size)
    assert (
        record["facts"]["dumped_from"]
        == record["facts"]["restored_on"]
        == shop.manifest.server_version
    )
    assert record["rpo_seconds"] < 600
    assert record["rto_seconds"] > 0
    assert shop.told("content") == "302 rows in 2 tables, as the manifest says"
    assert not any(path.is_file() for path in shop.scratch.rglob("*"))
    assert KEY.hex() not in json.dumps(record)
    assert "demo.nightly: pass" in capsys.readouterr().out

    assert main(["drill", "--due", "--target", "prod", "--json"]) == 0
    (due,) = json.loads(capsys.readouterr().out)
    assert (due["late"], due["due"], due["run"]) == (False, record["due"], record["id"])

    assert main(["drill", "export", "--into", str(tmp_path / "audit.tar.gz")]) == 0
    assert f"demo.nightly  pass  {record['id']}" in capsys.readouterr().out
    assert main(["log", "verify"]) == 0


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("demo.gone", "there is no claim 'demo.gone'"),
        (
            "demo.restored",
            (
                "demo.restored does not state how long a drill lasts; "
                "write `valid_for = 92 d` into its sentence"
            ),
        ),
    ],
)
def test_a_claim_that_says_nothing_of_drills_is_refused(
    shop: Shop, capsys: pytest.CaptureFixture[str], claim: str, told: str
) -> None:
    """Before anything is done."""
    shop.state("> **demo.restored** — A backup restores.", claim)

    assert shop.drill() == 3

    where = "targets/prod.toml: systems.demo.backups.nightly.claim"
    assert f"Error: {where}: {told}\n" in capsys.readouterr().err
    assert not (shop.root / "reports").exists()


def test_a_drill_lasts_as_long_as_its_claim_says(shop: Shop) -> None:
    """And not a quarter."""
    shop.state(
        "> **demo.restored** — A restore is rehearsed each week (`valid_for = 7 d`).",
        "demo.restored",
    )
    shop.back_up()

    assert shop.drill() == 0

    record = shop.record()
    due, finished = (datetime.fromisoformat(record[name]) for name in ("due", "finished"))
    assert due - finished == timedelta(days=7)


@pytest.mark.parametrize(
    ("damage", "code", "told"),
    [
        (lambda _: None, 0, "  pass; the next one is due by "),
        (
            lambda f: _edited(f / "records", '"rows": 302', '"rows": 303'),
            1,
            "does not say what was signed",
        ),
        (
            lambda f: _edited(f / "log", '"payload":"e', '"payload":"f'),
            1,
            "no signature of a key in this archive is right",
        ),
        (lambda f: shutil.rmtree(f / "log"), 2, "there is no record here"),
        (lambda f: shutil.rmtree(f / "records"), 2, "cannot be verified: FileNotFoundError"),
    ],
)
def test_the_verifier_of_an_export_believes_signatures_alone(
    archive: Path, tmp_path: Path, damage: Any, code: int, told: str
) -> None:
    """A record that was changed, a signature that does not fit, and nothing at all are no proof."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here")
    folder = tmp_path / "drills"
    shutil.copytree(archive, folder)
    damage(folder)
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, told in ran.stdout) == (code, True), ran.stdout


@pytest.mark.parametrize(
    ("break_it", "phase", "told"),
    [
        (
            lambda shop: shop.back_up(timedelta(days=2)),
            "select",
            " old, and one is due every 24.0 h",
        ),
        (lambda _: None, "select", "there is no backup"),
        (lambda shop: shop.back_up().write_bytes(b""), "fetch", "it is empty"),
        (lambda shop: _flip(shop.back_up()), "decrypt", "it is damaged"),
        (
            lambda shop: _mislabel(shop, "sha256"),
            "digest",
            "and its manifest says",
        ),
        (
            lambda shop: _mislabel(shop, "tables"),
            "content",
            "1 differ: events: 300 rows, not 301",
        ),
        (
            lambda shop: _mislabel(shop, "schemaVersion"),
            "content",
            "1 differ: the schema's version is 002_go_on.sql, not 003",
        ),
        (
            lambda shop: (
                shop.back_up(),
                shop.write(
                    "checks/demo/rehearsal.py", "def examine(*_):\n    assert 0, 'a fork'\n"
                ),
            ),
            "examine",
            "a fork",
        ),
    ],
    ids=["late", "none", "empty", "flipped", "digest", "rows", "schema", "chain"],
)
def test_what_does_not_hold_fails_the_drill_and_the_copy_is_gone(
    shop: Shop, break_it: Any, phase: str, told: str
) -> None:
    """At its phase; what needs it is not tried."""
    break_it(shop)
    assert shop.drill() == 1
    assert shop.phases()[phase] == "fail"
    assert told in shop.told(phase)
    assert shop.phases()["destroy"] == "pass"
    assert not any(path.is_file() for path in shop.scratch.rglob("*"))
    assert main(["drill", "--due", "--target", "prod"]) == 6


def test_a_key_that_is_none_opens_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was found out about the backup; what was fetched is gone all the same."""
    shop.back_up()
    monkeypatch.setenv("BACKUP_KEY", "short")
    assert shop.drill() == 5
    assert shop.told("decrypt") == (
        "backups.nightly: the key is not 32 bytes in hexadecimal or base64"
    )
    assert (shop.phases()["destroy"], shop.record()["key_id"]) == ("pass", "")
    assert "restore" not in shop.phases()


def test_a_command_of_the_target_verifies_and_restores(shop: Shop) -> None:
    """Into what the drill has made, wherever that is; what the command brings is looked at as ever."""
    shop.back_up()
    shop.change('kind = "pg_dump"', f'kind = "command"\nverify = ["true"]\n{RESTORE}')
    assert shop.drill() == 0
    assert shop.told("restore") == "by the target's own command"
    assert shop.told("content") == "302 rows in 2 tables, as the manifest says"

    shop.change(tool("pg_restore"), "false")
    assert shop.drill() == 1
    assert shop.told("restore") == "restore ended with code 1: it wrote nothing"


def test_a_base_backup_is_brought_to_the_end_of_its_log(shop: Shop, sibling: Sibling) -> None:
    """A gap in the log is told before anything starts on it."""
    stem = f"app-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    shutil.copytree(sibling.base, shop.root / "backups" / stem)
    shutil.copytree(sibling.archive, shop.root / "wal")
    shop.write("targets/prod.toml", BASE.replace("SCRATCH", str(shop.scratch)))

    assert shop.drill() == 5

    unknown = {name for name, verdict in shop.phases().items() if verdict == "no_verdict"}
    assert unknown == {"content", "boot", "examine", "write"}
    assert shop.told("replay").startswith("to lsn 0/")
    assert shop.told("loss").startswith("the newest event is ")
    assert shop.record()["rows"] == 2503

    (shop.root / "wal" / segments(shop.root / "wal", sibling.first)[0]).unlink()
    assert shop.drill() == 1
    assert shop.told("wal").startswith("the log has a gap: ")
    assert "replay" not in shop.phases()


def segments(folder: Path, first: str) -> list[str]:
    """The names of those that come after the first that is needed."""
    return sorted(p.name for p in folder.iterdir() if p.name > first and segment(p.name))


def test_what_nobody_said_is_no_verdict(shop: Shop) -> None:
    """No manifest, no query, no process to boot: exit 5, and the rest is looked at all the same."""
    shop.back_up()
    shop.change('manifest = "{stem}.manifest.json"\n', "")
    shop.change('newest_event = "SELECT max(at) FROM events"\n', "")
    shop.change('boot = "api"\n', "")
    for file in (shop.root / "backups").glob("*.json"):
        file.unlink()

    assert shop.drill() == 5

    unknown = {name for name, verdict in shop.phases().items() if verdict == "no_verdict"}
    assert unknown == {"digest", "content", "loss", "boot", "examine", "write"}
    assert shop.told("content") == (
        "there is no manifest: 302 rows came back, and nobody can say of how many"
    )
    assert (shop.record()["rpo_seconds"], shop.record()["rows"]) == (None, 302)


def test_of_production_data_the_record_holds_counts_and_digests(shop: Shop) -> None:
    """No service is started on it, and no program's words about its rows are kept."""
    shop.change('boot = "api"\n', 'boot = "api"\ndata = "production"\n')
    _mislabel(shop, "tables")

    assert shop.drill() == 1

    assert shop.told("content") == "1 differ (more is not shown of production data)"
    assert shop.phases()["boot"] == "no_verdict"
    assert shop.told("boot") == (
        "nothing here can stop what the service would send out of pro "
        "(more is not shown of production data)"
    )
    assert shop.record()["data"] == "production"
    assert shop.phases()["destroy"] == "pass"


def test_a_copy_that_cannot_be_destroyed_fails_the_drill(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else it found."""
    shop.back_up()
    monkeypatch.setattr(drills, "destroyed", _not_destroyed)
    assert shop.drill() == 1
    assert shop.told("destroy") == "nightly could not be removed"
    assert [name for name, verdict in shop.phases().items() if verdict == "fail"] == ["destroy"]


def test_without_room_nothing_is_fetched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how much is wanted."""
    shop.back_up()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 1 << 20))
    assert shop.drill() == 5
    assert shop.told("space").startswith(
        "1.0 MiB are free where it would be restored, and 256.0 MiB are wanted: "
    )
    assert "fetch" not in shop.phases()


def test_a_drill_that_was_cut_off_goes_on_where_it_was(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that passed is done twice: not the fetch, not the restore."""
    file = shop.back_up()
    with monkeypatch.context() as patched:
        patched.setattr(drills, "look", _cut_off)
        assert shop.drill() == 10
    (folder,) = (shop.root / "reports" / "drills").iterdir()
    assert f"drill restore --system demo --target prod --resume {folder.name}`" in (
        capsys.readouterr().out
    )
    assert main(["drill", "--due", "--target", "prod"]) == 6
    assert f"run {folder.name} was cut off, and its copy is still there" in capsys.readouterr().out
    file.write_bytes(b"gone")

    assert shop.drill("--resume", folder.name) == 0
    assert main(["drill", "--due", "--target", "prod"]) == 0

    record = shop.record()
    assert record["id"] == folder.name
    assert [phase["name"] for phase in record["phases"]][:4] == [
        "begin",
        "select",
        "space",
        "fetch",
    ]
    assert len({phase["name"] for phase in record["phases"]}) == len(record["phases"])
    file.unlink()
    shop.back_up(timedelta(minutes=1))
    assert shop.drill("--resume", folder.name) == 5
    assert shop.told("select") == f"{file.name}, which this run began with, is not listed any more"


def test_what_a_service_says_of_its_password_is_not_kept(shop: Shop) -> None:
    """It is told the copy's address, and prints it."""
    shop.back_up()
    prints = "print('on', os.environ['DATABASE_URL'], flush=True)"
    shop.change(prints, "sys.exit('refused ' + os.environ['DATABASE_URL'])")
    assert shop.drill() == 1
    assert shop.told("boot").startswith(
        "api ended with code 1: refused postgresql://restored:[redacted]@127.0.0.1:"
    )


def test_a_backup_job_writes_the_manifest_that_a_drill_holds_it_to(
    shop: Shop,
    made: tuple[str, Path, Manifest],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Dumped, fingerprinted in one snapshot and sealed; without a manifest where the dump failed."""
    monkeypatch.setenv("DATABASE_URL", made[0])
    file = f"backups/app-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    words = ["fingerprint", "--dsn", "env:DATABASE_URL", "--file", file]
    job = [tool("pg_dump"), "-Fc", "--snapshot={snapshot}", "-f", file, made[0]]

    assert main([*words, "--", "false", "{snapshot}"]) == 1
    assert capsys.readouterr().err == "dump: false ended with code 1: it wrote nothing\n"
    assert main([*words, "--", "pg_dump"]) == 5
    assert main(["fingerprint", "--dsn", made[0], "--file", file, "--", *job]) == 3
    assert not any((shop.root / "backups").iterdir())
    assert main([*words, "--seal", "env:BACKUP_KEY", "--", *job]) == 0

    assert shop.drill() == 0
    assert shop.told("content") == "302 rows in 2 tables, as the manifest says"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--backup", "weekly"], 3, "demo has no backup 'weekly'; it has: nightly"),
        (["--resume", "r9"], 3, "there is no drill r9; reports/drills/ holds one folder a drill"),
        (["--system", "shop"], 3, "targets/prod.toml has no system 'shop'; it has: demo"),
    ],
)
def test_what_is_asked_for_must_exist(
    shop: Shop, capsys: pytest.CaptureFixture[str], words: list[str], code: int, told: str
) -> None:
    """Before anything is done."""
    assert shop.drill(*words) == code
    assert told in capsys.readouterr().err
    assert not (shop.root / "reports").exists()


def test_a_target_without_backups_has_nothing_to_drill(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing that is due."""
    text = (shop.root / "targets/prod.toml").read_text(encoding="utf-8")
    shop.write("targets/prod.toml", text.partition("[systems.demo.backups")[0])
    assert shop.drill() == 5
    assert "targets/prod.toml names no backup of demo" in capsys.readouterr().err
    assert main(["drill", "--due", "--target", "prod"]) == 5
    assert main(["drill"]) == 3
    assert main(["drill", "export", "--into", "x"]) == 5


STAND_IN = """kind = "stand-in"
permits = "disrupts"
[services.store]
provided = "postgres"
[secrets]
backup = "generate:hex"
[systems.demo]
store = "store"
[systems.demo.api]
command = ["{python}", "api.py"]
cwd = "{root}"
ready = { log = "on", within = "60 s" }
env = { DATABASE_URL = "{store.url}" }
[systems.demo.backups.base]
kind = "basebackup"
key = "{secret.backup}"
newest_event = "SELECT max(at) FROM events"
boot = "api"
[systems.demo.backups.sealed]
kind = "pg_dump"
key = "{secret.backup}"
newest_event = "SELECT max(at) FROM events"
boot = "api"
[systems.demo.backups.made]
kind = "pg_dump"
make = "job"
list = ["ls", "{home}/made"]
fetch = ["cp", "{home}/made/{artefact}", "{file}"]
newest_event = "SELECT max(at) FROM events"
[systems.demo.commands.job]
command = ["sh", "-c", "mkdir -p {home}/made && 'PG_DUMP' -Fc -f {home}/made/app-$(date -u +%Y%m%dT%H%M%SZ).dump $URL"]
env = { URL = "{store.url}" }
"""
API = f"""import os, time, psycopg
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    if not connection.execute("SELECT to_regclass('events')").fetchone()[0]:
        connection.execute('''{TABLES}''')
print("on", flush=True)
time.sleep(600)
"""


def test_a_stand_in_is_brought_up_backed_up_and_brought_to_two_points(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every control on a sibling; nobody has to know how to reach anything."""
    monkeypatch.setattr(drills, "damage", damage)
    shop.write("targets/local.toml", STAND_IN)
    shop.write("api.py", API)
    words = ["drill", "restore", "--system", "demo", "--json", "--backup", "base"]

    assert main(words) == 0

    (record,) = json.loads(capsys.readouterr().out)
    phases = {phase["name"]: phase for phase in record["phases"]}
    assert phases["replay to a name"]["told"].endswith(
        "2 canaries of before are there, none of after"
    )
    assert phases["replay"]["told"].endswith("3 canaries of before are there, none of after")
    assert phases["archiver"]["told"].startswith("archived up to ")
    assert phases["content"]["told"] == "302 rows in 2 tables, as the manifest says"
    assert [control["name"] for control in record["controls"]] == [
        *NAMES,
        "flipped-bit-of-the-real-one",
        "wrong-key-of-the-real-one",
    ]
    assert main([*words, "--resume", record["id"]]) == 3
    assert main(["drill", "--due"]) == 6  # of three backups one was drilled

    shop.write("targets/local.toml", STAND_IN.replace('permits = "disrupts"\n', ""))
    assert main(words) == 5
    assert 'a drill needs permits = "disrupts"' in capsys.readouterr().err


def test_a_stand_in_is_backed_up_by_its_own_command_or_by_ours(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sealed by us where it names no command; without a manifest where its command writes none."""
    shop.write("targets/local.toml", STAND_IN.replace("PG_DUMP", tool("pg_dump")))
    shop.write("api.py", API)
    words = ["drill", "restore", "--system", "demo", "--json"]

    assert main([*words, "--backup", "sealed", "--backup", "made"]) == 5

    sealed, made = json.loads(capsys.readouterr().out)
    assert [phase["verdict"] for phase in sealed["phases"]] == ["pass"] * len(sealed["phases"])
    assert (sealed["rows"], made["rows"], made["key_id"]) == (302, 302, "")
    unknown = {phase["name"] for phase in made["phases"] if phase["verdict"] == "no_verdict"}
    assert unknown == {"digest", "content", "boot", "examine", "write"}

    shop.write("targets/local.toml", STAND_IN.replace("PG_DUMP", "false"))
    assert main([*words, "--backup", "made"]) == 1
    (failed,) = json.loads(capsys.readouterr().out)
    told = {phase["name"]: phase["told"] for phase in failed["phases"]}
    assert told["make"] == "commands.job made no backup: it wrote nothing"
    assert told["select"] == "there is no backup"


def _flip(file: Path) -> None:
    flip(file, file.stat().st_size // 2)


def _mislabel(shop: Shop, key: str) -> None:
    """A backup whose manifest says something else."""
    shop.back_up()
    (file,) = (shop.root / "backups").glob("*.json")
    said = json.loads(file.read_text(encoding="utf-8"))
    if key == "tables":
        said["tables"]["events"]["rows"] += 1
    else:
        said[key] = "003"
    file.write_text(json.dumps(said), encoding="utf-8")


def _not_destroyed(folder: Path) -> None:
    raise Broken("destroy", f"{folder.name} could not be removed")


def _cut_off(_: Drilling) -> None:
    raise KeyboardInterrupt
