"""Read one fact from a deployment: its release, who it is, a number."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import psycopg

from proofbook.errors import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from proofbook.targets import Reading

_SECONDS = 20.0


def read(reading: Reading, *, base: str, root: Path, resolve: Callable[[str], str]) -> str:
    """
    The fact as text; `base` is put before a path, `resolve` follows references and placeholders.

    Raises `NoVerdict` naming what was asked, and what came instead.
    """
    if reading.http is not None:
        url = resolve(reading.http)
        return _http(base + url if url.startswith("/") else url, reading.field)
    if reading.file is not None:
        return _file(root / resolve(reading.file))
    if reading.command is not None:
        return _command([resolve(word) for word in reading.command], root)
    return _postgres(resolve(reading.postgres or ""))


def tools_env() -> Mapping[str, str]:
    """
    What the operator's own tools (`git`, `kubectl`, `systemctl`) are told when they act for us.

    PATH, LANG and the real HOME, where their configuration is; nothing else of the runner's.
    """
    known = {name: os.environ[name] for name in ("HOME", "USER") if name in os.environ}
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **known}


def _http(url: str, field: str | None) -> str:
    try:
        answer = httpx.get(url, timeout=_SECONDS, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoVerdict(f"{url} did not answer: {error or type(error).__name__}") from None
    if field is None:
        if not answer.is_success:
            raise NoVerdict(f"{url} answered {answer.status_code}")
        return answer.text.strip()
    try:
        value = answer.json()
        for step in field.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
    except (ValueError, LookupError, TypeError):
        raise NoVerdict(
            f"{url} answered {answer.status_code} without a field {field}: {answer.text[:200]!r}"
        ) from None
    return value if isinstance(value, str) else json.dumps(value)


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoVerdict(f"{path} cannot be read: {error}") from None


def _command(words: list[str], root: Path) -> str:
    try:
        ran = subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            cwd=root,
            env=tools_env(),
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NoVerdict(f"{words[0]} cannot be run: {error}") from None
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip()[-200:]
        raise NoVerdict(f"{words[0]} ended with code {ran.returncode}: {said!r}")
    return ran.stdout.strip()


def _postgres(dsn: str) -> str:
    try:
        with closing(psycopg.connect(dsn, connect_timeout=int(_SECONDS))) as server:
            rows = server.execute("select system_identifier from pg_control_system()").fetchall()
    except psycopg.Error as error:
        raise NoVerdict(f"PostgreSQL did not say who it is: {error}".strip()) from None
    return str(rows[0][0])
