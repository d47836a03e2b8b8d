"""Where the tests run as root, an ordinary user's stack is tried as well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

import proofbook
from proofbook.stack import scratch
from tests.engine.stack.tiny import TINY

#: As whom; nobody has a home or a shell.
_UID = 65534

STACK = """
import os, sys
from pathlib import Path
from proofbook.stack import Stack
from proofbook.targets import parse
root = Path(sys.argv[1])
with Stack(parse(sys.argv[2], "targets/x.toml"), root=root, logs=root / "logs") as stack:
    with stack.twin("demo", own_services=True) as twin:
        api = twin.start("api").process
        store = twin.store()
        store.kill()
        store.start()
        print(os.geteuid(), *(Path(f"/proc/{each.pid}").stat().st_uid for each in (api, store)))
"""

TARGET = """
kind = "stand-in"
permits = "disrupts"
[services.store]
provided = "postgres"
[systems.demo]
store = "store"
[systems.demo.api]
command = ["{python}", "-IS", "tiny.py"]
ready = { http = "/", within = "60 s" }
env = { PORT = "{port}", DSN = "{store.url}" }
"""


def interpreter() -> str:
    """A Python of this version that everybody may run; the tests' own may lie below `/root`."""
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, shutil.which(minor, path="/usr/local/bin:/usr/bin")):
        if found and scratch.is_open(Path(found)) and scratch.is_open(Path(found).resolve()):
            return found
    pytest.skip(f"no {minor} that another user may run")


def test_an_ordinary_users_stack() -> None:
    """PostgreSQL and programs run as the user; nothing is left; folders have blanks in their names."""
    if os.geteuid() != 0:
        pytest.skip("all tests run as an ordinary user here")
    packages = [sysconfig.get_path("purelib"), str(Path(proofbook.__file__).parents[1])]
    if not all(scratch.is_open(Path(folder) / "x") for folder in packages):
        pytest.skip("the environment may not be read by another user")
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="a user ") as name:
        folder = Path(name)
        (folder / "tiny.py").write_text(TINY)
        (folder / "temporary").mkdir()
        for path in (folder, folder / "temporary", folder / "tiny.py"):
            os.chown(path, _UID, _UID)

        ran = subprocess.run(
            [interpreter(), "-c", STACK, name, TARGET],
            capture_output=True,
            text=True,
            check=False,
            user=_UID,
            group=_UID,
            extra_groups=(),
            cwd=name,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(packages),
                "TMPDIR": str(folder / "temporary"),
            },
            timeout=120,
        )

        assert (ran.stdout, ran.stderr) == (f"{_UID} {_UID} {_UID}\n", "")
        left = folder / "temporary" / f"proofbook-{_UID}" / "stacks"
        assert list(left.iterdir()) == []
