"""PostgreSQL's client programs, run to their end; what they say when they fail is told in one line."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from proofbook.errors import NoVerdict
from proofbook.instruments.restore.broken import Broken
from proofbook.stack import programs
from proofbook.stack.outcomes import telling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: As long as a database takes that a night is enough for.
_SECONDS = 12 * 3600.0
#: The major version of the programs that come with the Python packages.
VERSION = 16
#: What pg_restore says of a dump that a newer pg_dump made.
_NEWER = "unsupported version"
#: What the server says of an extension that it does not have.
_EXTENSION = re.compile(r'extension "([^"]+)" is not available')


def run(
    guard: str, name: str, *words: str, dsn: str = "", env: Mapping[str, str] | None = None
) -> str:
    """
    Run a program of PostgreSQL; its standard output.

    Raises `Broken` of `guard` with its last telling words if it fails. The password of `dsn` goes by the
    environment, where no list of processes shows it.
    """
    place, secret = apart(dsn) if dsn else ("", {})
    argv = [tool(name), *words, *(["--dbname", place] if place else [])]
    code, out, err = finished(argv, env={**secret, **(env or {})})
    if code and (lacking := _EXTENSION.search(err)):
        raise NoVerdict(f"the extension {lacking[1]} is not installed here: it cannot be restored")
    if code and _NEWER in err:
        raise NoVerdict(f"{name} {VERSION} cannot read it: a newer PostgreSQL made it")
    if code:
        raise Broken(guard, f"{name} ended with code {code}: {telling(err or out)}")
    return out


def tool(name: str) -> str:
    """The path of a program of PostgreSQL."""
    return str(programs.postgres() / name)


def finished(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = _SECONDS,
) -> tuple[int, str, str]:
    """Code, standard output and error of a command; `NoVerdict` if it cannot be run or does not end."""
    clean = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        **(env or {}),
    }
    try:
        ran = subprocess.run(
            argv,
            capture_output=True,
            check=False,
            env=clean,
            cwd=cwd,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise NoVerdict(f"{argv[0]} cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise NoVerdict(f"{argv[0]} had not ended after {seconds:g} s") from None
    return ran.returncode, ran.stdout.decode(errors="replace"), ran.stderr.decode(errors="replace")


def apart(dsn: str) -> tuple[str, dict[str, str]]:
    """A DSN without its password, and the environment that holds the password."""
    told = conninfo_to_dict(dsn)
    password = str(told.pop("password", None) or "")
    return make_conninfo("", **told), {"PGPASSWORD": password} if password else {}
