"""PostgreSQL data folders: initialised once for a user and a version, then cloned."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proofbook.errors import StackError
from proofbook.stack import programs, scratch

#: The superuser of every clone; programs never get this name.
SUPERUSER = "postgres"

_INITDB = (
    *("--username", SUPERUSER),
    *("--auth", "scram-sha-256"),
    *("--encoding", "UTF8"),
    *("--locale", "C"),
    "--no-instructions",
    # Nothing is waited for to reach the disk: a template is made anew after the machine started.
    "--no-sync",
)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Template:
    """An initialised data folder that no server runs in."""

    folder: Path

    @classmethod
    def make(cls, bin_folder: Path) -> Template:
        """The template of this user and version, initialised at the first call on this machine."""
        base = scratch.base()
        kind = hashlib.sha256(repr(_INITDB).encode()).hexdigest()[:8]
        template = cls(base / f"postgres-{programs.postgres_version()}-{kind}")
        with scratch.locked(base / "postgres.lock"):
            if not template._is_whole():
                shutil.rmtree(template.folder, ignore_errors=True)
                _initialise(bin_folder, template.folder)
        return template

    @property
    def password(self) -> str:
        """The superuser's password in every clone."""
        return (self.folder / "password").read_text()

    def clone(self, folder: Path) -> Path:
        """Copy the data into `folder`, owned by the database's user; returns the copy."""
        data = folder / "data"
        ran = subprocess.run(
            ["cp", "--reflink=auto", "-a", str(self.folder / "data"), str(data)],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )
        if ran.returncode:
            shutil.rmtree(data, ignore_errors=True)
            said = _last(ran.stderr) or f"cp ended with code {ran.returncode}"
            raise StackError(f"PostgreSQL's data folder cannot be cloned: {said}")
        return data

    def _is_whole(self) -> bool:
        """Whether it is of this boot, and nothing was tidied away: temporary folders are, by age."""
        try:
            said = (self.folder / "made").read_text()
        except OSError:
            return False
        return said == _made(self.folder / "data") and (self.folder / "password").exists()


def _initialise(bin_folder: Path, folder: Path) -> None:
    for left in folder.parent.glob("making-postgres-*"):  # by a runner that was killed
        shutil.rmtree(left, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix="making-postgres-", dir=folder.parent))
    making.chmod(0o711)
    data, secret = making / "data", making / "secret"
    password = secrets.token_urlsafe(24)
    data.mkdir(mode=0o700)
    secret.touch(mode=0o600)
    secret.write_text(password)
    uid = scratch.database_uid()
    if uid is not None:
        os.chown(data, uid, uid)
        os.chown(secret, uid, uid)
    try:
        _run_initdb(bin_folder, data, secret, uid)
        secret.chmod(0o600)
        secret.rename(making / "password")
        if uid is not None:
            os.chown(making / "password", os.geteuid(), os.getegid())
        (making / "made").write_text(_made(data))
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _run_initdb(bin_folder: Path, data: Path, secret: Path, uid: int | None) -> None:
    command = [str(bin_folder / "initdb"), "-D", str(data), "--pwfile", str(secret), *_INITDB]
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=data,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            user=uid,
            group=uid,
            extra_groups=None if uid is None else (),
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"PostgreSQL's initdb cannot be run: {error}") from None
    if ran.returncode:
        said = _last(ran.stderr) or f"it ended with code {ran.returncode}"
        hint = "; give it a line in /etc/passwd" if "look up effective user ID" in said else ""
        raise StackError(f"PostgreSQL's initdb failed: {said}{hint}")


def _made(data: Path) -> str:
    """What tells that a template is whole: since when the machine runs, and how many files it has."""
    return f"{_BOOT.read_text()}{sum(len(files) for _, _, files in os.walk(data))}"


def _last(text: str) -> str:
    """The last line that is not empty; empty if none is."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")
