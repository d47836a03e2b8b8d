"""Backups: sealed, whole or not there, kept as long as they must be, and made again and again."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.chassis import instants, programs
from systems.chassis.settings import Misconfigured, Reader
from systems.marketplace import (
    artifacts,
    backup,
    backup_settings,
    backups,
    decrypt,
    ledger,
    reencrypt,
    retention,
    scheduler,
    sealing,
    wanted,
)
from systems.marketplace.operation import Failed
from systems.marketplace.retention import Rules, Stored
from systems.marketplace.sealing import NotOpened
from systems.marketplace.settings import Database
from tests.systems.kernel.kernels import until
from tests.systems.marketplace.contract import cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.stack import Stack

KEYS = {name: bytes([number]) * 32 for number, name in enumerate(("v1", "v2", "v3"), 1)}
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
ONCE = bytes(12)
CANARY = "canary@marketplace.example"


def told(*names: str) -> str:
    """ENCRYPTION_KEYS of these keys."""
    return ",".join(f"{name}:{base64.b64encode(KEYS[name]).decode()}" for name in names)


def plant(folder: Path, moment: datetime, *, sealed: bytes = b"sealed", whole: bool = True) -> Path:
    """An artifact of an instant."""
    artifact = folder / artifacts.add(folder, sealed, moment)
    if not whole:
        artifact.write_bytes(b"cut")
    return artifact


@pytest.fixture
def env(stand_ins: Stack, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a backup of a small database."""
    with stand_ins.twin("marketplace") as twin:
        url = twin.resolve("{dev.url}")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE users (email text)")
            connection.execute("INSERT INTO users VALUES (%s)", (CANARY,))
        yield {
            "DATABASE_URL": f"{url}?schema=public",
            "BACKUP_DIR": str(tmp_path / "backups"),
            "ENCRYPTION_KEYS": told("v1", "v2"),
            "OPS_LEDGER": str(tmp_path / "ops" / "ledger.jsonl"),
            "GIT_COMMIT": "1234567",
            # A busy machine is no outage.
            "DB_TIMEOUT_MS": "60000",
        }


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_what_was_sealed_opens_with_its_key_alone(plain: bytes, key: bytes) -> None:
    """Wherever the key stands among others."""
    sealed = sealing.seal(plain, key, ONCE)

    assert sealing.opened(sealed, [KEYS["v1"], key, KEYS["v2"]]) == plain
    with pytest.raises(NotOpened):
        sealing.opened(sealed, [bytes([byte ^ 1 for byte in key])])


@given(st.data())
def test_what_is_damaged_does_not_open(data: st.DataObject) -> None:
    """Cut anywhere, or one bit flipped anywhere."""
    sealed = sealing.seal(b"x" * 40, KEYS["v1"], ONCE)
    place = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytearray(sealed)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))

    for damaged in (sealed[:place], bytes(flipped)):
        with pytest.raises(NotOpened, match="no key opens it"):
            sealing.opened(damaged, KEYS.values())


@pytest.mark.parametrize(
    "text", ["v1", "v1:", "v1:AAAA", "v1:!", f"{told('v1')},{told('v1')}", ":"]
)
def test_keys_are_named_and_long(text: str) -> None:
    """Base64 of 32 bytes each, by a name of its own."""
    with pytest.raises(ValueError, match="wanted"):
        sealing.read_keys(text)


def test_the_last_key_seals_unless_another_is_named() -> None:
    """And the one that seals is tried first."""

    def ring(**env: str) -> backup_settings.Keyring:
        reader = Reader({"ENCRYPTION_KEYS": told("v1", "v2", "v3"), **env})
        found = backup_settings.keyring(reader)
        reader.check()
        return found

    assert ring().opens == (KEYS["v3"], KEYS["v1"], KEYS["v2"])
    assert ring(ENCRYPTION_KEY_ACTIVE="v1").opens == (KEYS["v1"], KEYS["v2"], KEYS["v3"])
    with pytest.raises(Misconfigured) as refused:
        ring(ENCRYPTION_KEY_ACTIVE="v4")
    assert refused.value.invalid == ("ENCRYPTION_KEY_ACTIVE",)


def nightly(days: int) -> list[Stored]:
    """One backup a night, before the day of the vectors."""
    moments = [NOW - timedelta(days=age) for age in range(1, days + 1)]
    return [Stored(name=f"{each:%Y-%m-%d}", moment=each, is_whole=True) for each in moments]


PRUNED = cases("backup_prune", "defect")


@pytest.mark.parametrize(
    "case", [each for each in PRUNED if not each["expect"]["exit"]], ids=lambda case: case["label"]
)
def test_what_is_kept(case: dict[str, Any], tmp_path: Path) -> None:
    """As the contract says of each."""
    folder, wanted = tmp_path / "backups", case["expect"]["kept_old"]
    if case["label"] == "documented name style":
        folder.mkdir()
        for name in case["input"]:
            (folder / name).touch()
    else:
        for each in nightly(case["input_count"]):
            plant(folder, each.moment)
    new = plant(folder, NOW).name
    needed = {"DATABASE_URL": "postgresql://h/d", "ENCRYPTION_KEYS": told("v1")}
    reader = Reader(case["env"] | needed | {"BACKUP_DIR": str(folder)})
    rules = backup_settings.read(reader).rules
    reader.check()

    kept = retention.kept(artifacts.stored(folder), rules, NOW.date())

    old = sorted({each.name for each in artifacts.stored(folder)} & kept - {new})
    assert new in kept
    if isinstance(wanted, dict):
        assert len(old) == wanted["count"]
        assert [f"{old[0]}", f"{old[-1]}"] == [f"{wanted[end]}.enc" for end in ("first", "last")]
    elif case["label"] == "documented name style":
        assert sorted(each.name for each in folder.glob("*[!c6]")) == sorted(wanted)
    else:
        assert old == [f"{name}.enc" for name in wanted]


@pytest.mark.parametrize("case", [each for each in PRUNED if each["expect"]["exit"]])
def test_what_is_no_whole_number_keeps_and_removes_nothing(case: dict[str, Any]) -> None:
    """It is refused before anything is dumped."""
    needed = {"DATABASE_URL": "postgresql://h/d", "ENCRYPTION_KEYS": told("v1")}
    reader = Reader(case["env"] | needed)
    backup_settings.read(reader)

    with pytest.raises(Misconfigured) as refused:
        reader.check()

    assert case["expect"]["stderr"] == f"config: {refused.value.invalid[0]}"


def test_seven_days_four_sundays_three_months() -> None:
    """Where nothing else keeps them; a damaged one stands for no day."""
    stored = nightly(140)
    stored[3] = Stored(name="damaged", moment=stored[3].moment, is_whole=False)
    rules = Rules(days=0, daily=7, weekly=4, monthly=3)

    kept = retention.kept(stored, rules, NOW.date())

    daily = [f"2026-11-{day}" for day in (19, 18, 17, 15, 14, 13, 12)]
    weekly = ["2026-11-15", "2026-11-08", "2026-11-01", "2026-10-25"]
    assert kept == {*daily, *weekly, "2026-11-19", "2026-10-31", "2026-09-30"}


@given(
    st.lists(st.tuples(st.integers(0, 400), st.booleans())),
    st.builds(
        Rules,
        days=st.integers(0, 40),
        daily=st.integers(0, 9),
        weekly=st.integers(0, 9),
        monthly=st.integers(0, 9),
    ),
)
def test_the_newest_whole_one_always_stays(ages: list[tuple[int, bool]], rules: Rules) -> None:
    """And all of the last days; what the rules keep is there."""
    stored = [
        Stored(name=str(place), moment=NOW - timedelta(days=age, seconds=place), is_whole=whole)
        for place, (age, whole) in enumerate(ages)
    ]

    kept = retention.kept(stored, rules, NOW.date())

    whole = [each for each in stored if each.is_whole]
    assert kept <= {each.name for each in stored}
    assert not whole or max(whole, key=lambda each: each.moment).name in kept
    for each in stored:
        if rules.days and (NOW.date() - each.moment.date()).days <= rules.days:
            assert each.name in kept


def test_an_artifact_is_its_owners_and_has_its_sidecar(tmp_path: Path) -> None:
    """Two of one second have two names; nothing else is left there."""
    folder = tmp_path / "backups"
    tokyo = NOW.astimezone(tz=None)

    first, second = (artifacts.add(folder, content, tokyo) for content in (b"a", b"b"))

    assert (first, second) == (
        "backup_2026-11-20-03-00-00.sql.gz.enc",
        "backup_2026-11-20-03-00-01.sql.gz.enc",
    )
    line = f"{sha256(b'a').hexdigest()}  {first}\n"
    assert (folder / f"{first}.sha256").read_text() == line
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert (len(list(folder.iterdir())), stat.S_IMODE(folder.stat().st_mode)) == (4, 0o700)
    assert [each.is_whole for each in artifacts.stored(folder)] == [True, True]


def test_a_backup_holds_what_the_database_holds(
    env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sealed; opened it is packed SQL without owners; written down, with its name."""
    before = datetime.now(UTC).replace(microsecond=0)

    backup.run(Reader(env))

    folder = tmp_path / "backups"
    (stored,) = artifacts.stored(folder)
    assert capsys.readouterr().out == f"{stored.name}\n"
    assert before <= stored.moment <= datetime.now(UTC)
    sealed = (folder / stored.name).read_bytes()
    assert CANARY.encode() not in sealed
    assert sealed[:2] != b"\x1f\x8b"
    sql = gzip.decompress(sealing.opened(sealed, [KEYS["v2"]])).decode()
    assert CANARY in sql
    assert "CREATE TABLE public.users" in sql
    assert "OWNER TO" not in sql
    (entry,) = ledger.read(tmp_path / "ops" / "ledger.jsonl")
    assert (entry.action, entry.outcome, entry.environment) == ("backup", "ok", "dev")
    assert (entry.operator, entry.release) == ("system", "1234567")
    assert entry.details == {"artifact": stored.name}


def test_a_backup_restores_into_an_empty_database(env: dict[str, str], stand_ins: Stack) -> None:
    """By `psql` that stops at the first error."""
    reader = Reader(env)
    packed = backups._dump(backup_settings.read(reader).database)
    with stand_ins.twin("marketplace") as other:
        url = other.resolve("{dev.url}")
        argv = [str(programs.packaged() / "psql"), "-v", "ON_ERROR_STOP=1", "-q", url]
        ran = subprocess.run(argv, input=gzip.decompress(packed), capture_output=True, check=False)
        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT email FROM users").fetchall()

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert rows == [(CANARY,)]


def test_a_dump_that_breaks_off_leaves_and_removes_nothing(
    env: dict[str, str], tmp_path: Path
) -> None:
    """Its own exit code is told, an entry says so, and that is all."""
    folder = tmp_path / "backups"
    old = [plant(folder, NOW - timedelta(days=age)) for age in (999, 998)]
    listing = sorted(folder.iterdir())
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pg_dump'"
    )

    with (
        psycopg.connect(env["DATABASE_URL"].partition("?")[0]) as lock,
        psycopg.connect(env["DATABASE_URL"].partition("?")[0], autocommit=True) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        lock.execute("LOCK users")
        run = pool.submit(backup.run, Reader(env))
        until(lambda: other.execute(ending).fetchall())
        with pytest.raises(Failed, match="no backup was made: pg_dump ended with 1") as failure:
            run.result()

    assert failure.value.code == 1
    assert sorted(folder.iterdir()) == listing
    assert all(each.exists() for each in old)
    (entry,) = ledger.read(tmp_path / "ops" / "ledger.jsonl")
    assert (entry.outcome, entry.details) == ("failed", {})


def test_no_database_no_backup(tmp_path: Path) -> None:
    """And nothing is made where it would be."""
    env = {
        "DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/d",
        "BACKUP_DIR": str(tmp_path / "backups"),
        "ENCRYPTION_KEYS": told("v1"),
        "OPS_LEDGER": str(tmp_path / "ledger"),
    }

    with pytest.raises(Failed, match=r"no backup was made: OperationalError$"):
        backup.run(Reader(env))

    assert not (tmp_path / "backups").exists()


def test_the_password_is_in_no_command_line() -> None:
    """It goes by the environment; the keys do not go at all."""
    database = Database(url="host=h dbname=d user=u password=p4ss", limit_ms=1500)

    place, environ = backups._connection(database)

    assert sorted(place.split()) == ["dbname=d", "host=h", "user=u"]
    assert (environ["PGPASSWORD"], environ["PGCONNECT_TIMEOUT"]) == ("p4ss", "2")
    assert not environ.keys() & set(wanted.SECRETS)


def test_pruning_removes_what_is_not_kept(tmp_path: Path) -> None:
    """With its sidecar; other names stay."""
    folder, now = tmp_path / "backups", datetime.now(UTC)
    new, old = plant(folder, now), plant(folder, now - timedelta(days=500))
    other = folder / "backup_2020-13-01-00-00-00.sql.gz.enc"
    other.touch()
    env = {"DATABASE_URL": "postgresql://h/d", "BACKUP_DIR": str(folder)}
    env |= {"ENCRYPTION_KEYS": told("v1"), "BACKUP_KEEP_DAILY": "1", "BACKUP_KEEP_WEEKLY": "0"}

    backups.prune(backup_settings.read(Reader(env | {"BACKUP_KEEP_MONTHLY": "1"})))

    assert sorted(folder.iterdir()) == sorted([other, new, new.with_name(f"{new.name}.sha256")])
    assert not old.exists()


def test_sealed_again_under_the_key_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever key it was; what none opens stays as it is, and the exit code says so."""
    first = plant(tmp_path, NOW, sealed=sealing.seal(b"one", KEYS["v1"], ONCE))
    second = plant(tmp_path, NOW, sealed=sealing.seal(b"two", KEYS["v2"], ONCE))
    second.with_name(f"{second.name}.sha256").write_text("cut off in between")
    env = {"BACKUP_DIR": str(tmp_path), "ENCRYPTION_KEYS": told("v1", "v2")}

    reencrypt.run(Reader(env))

    assert [each.is_whole for each in artifacts.stored(tmp_path)] == [True, True]
    opened = [sealing.opened(each.read_bytes(), [KEYS["v2"]]) for each in (first, second)]
    assert opened == [b"one", b"two"]
    assert len(capsys.readouterr().out.splitlines()) == 2
    strange = plant(tmp_path, NOW, sealed=sealing.seal(b"three", KEYS["v3"], ONCE))
    before = strange.read_bytes()
    with pytest.raises(Failed, match=f"^no key opens {strange.name}$"):
        reencrypt.run(Reader(env | {"ENCRYPTION_KEY_ACTIVE": "v1"}))
    assert strange.read_bytes() == before
    assert sealing.opened(first.read_bytes(), [KEYS["v1"]]) == b"one"
    with pytest.raises(Failed, match="not all backups were sealed again: FileNotFoundError"):
        reencrypt.run(Reader(env | {"BACKUP_DIR": str(tmp_path / "none")}))


def test_nothing_comes_out_of_what_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what does, its content."""
    sealed = sealing.seal(b"packed", KEYS["v1"], ONCE)

    def opened(content: bytes, *names: str) -> bytes:
        out = io.BytesIO()
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
        try:
            decrypt.run(Reader({"ENCRYPTION_KEYS": told(*names)}))
        finally:
            monkeypatch.undo()
            assert out.getvalue() in (b"", b"packed")
        return out.getvalue()

    assert opened(sealed, "v1", "v2") == b"packed"
    with pytest.raises(Failed, match="no key opens it"):
        opened(sealed, "v2")
    with pytest.raises(Failed, match="no key opens it"):
        opened(b"", "v1")
    with pytest.raises(Misconfigured):
        decrypt.run(Reader({}))


def test_a_backup_is_due_an_interval_after_the_newest_one(tmp_path: Path) -> None:
    """At once where there is none, or it is older; soon again where one failed."""
    env = {"DATABASE_URL": "postgresql://h/d", "ENCRYPTION_KEYS": told("v1")}
    env |= {"BACKUP_DIR": str(tmp_path), "BACKUP_INTERVAL_SEC": "3600"}
    schedule, host, port = scheduler.read(env)
    now = datetime.now(UTC)

    assert (host, port) == ("127.0.0.1", 3000)
    assert schedule.wait(None) == timedelta()
    assert schedule.wait(now - timedelta(hours=2)) == timedelta()
    assert timedelta(minutes=29) < schedule.wait(now - timedelta(minutes=30)) < timedelta(hours=1)
    schedule._has_failed = True
    assert schedule.wait(None) == timedelta(minutes=1)


def test_the_scheduler_goes_on(env: dict[str, str], tmp_path: Path) -> None:
    """One at once, then one each interval; its page tells the newest."""
    schedule, *_ = scheduler.read(env | {"BACKUP_INTERVAL_SEC": "1"})
    application = schedule.application()

    async def watched() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        making = asyncio.create_task(schedule._make())
        async with httpx.AsyncClient(transport=transport, base_url="http://s") as client:
            await asyncio.to_thread(until, lambda: len(artifacts.stored(tmp_path / "backups")) > 1)
            answer = await client.get("/health")
        making.cancel()
        await asyncio.wait([making])
        return answer

    answer = asyncio.run(watched())

    newest = artifacts.stored(tmp_path / "backups")[-1].moment
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert instants.moment(answer.json()["newestBackup"]) <= newest
