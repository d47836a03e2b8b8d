"""One load run: Locust in a process of its own, watched until it ends, and what it measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.guard import require
from proofbook.instruments.load import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.instruments.load.plan import Plan
    from proofbook.latency import Recording

#: Locust needs so long to start on a busy machine.
_START_SECONDS = 60.0
#: And to end after its last answer.
_END_SECONDS = 20.0
_LOOK_SECONDS = 0.1


def run(  # noqa: PLR0913 - what a run is, each by its name
    profile: str,
    url: str,
    plan: Plan,
    *,
    root: Path,
    env: Mapping[str, str] | None = None,
    stop: Callable[[Mapping[str, float]], str] | None = None,
) -> Recording:
    """
    Run `loadtests/jobsources.py:Reads`, a file below `root` and a class in it, against `url`.

    Raises `NotAsked` without Locust, and `NoVerdict` for an address that the target does not name and
    for a generator that does not work.
    """
    if find_spec("locust") is None:
        raise NotAsked("locust is not installed", remedy="pip install proofbook[load]")
    parts = urlsplit(url)
    require(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    with TemporaryDirectory(prefix="proofbook-load-") as name:
        folder = Path(name)
        with (folder / "output").open("w+", encoding="utf-8", errors="replace") as output:
            process = subprocess.Popen(
                _words(profile, url, plan, folder),
                cwd=root,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                stopped = _watched(process, plan, folder, stop)
            finally:
                _end(process)
        if not list(folder.glob(f"*{rows.SUFFIX}")):
            said = (folder / "output").read_text("utf-8", "replace")
            raise NoVerdict(f"{profile}: the load generator failed: {said.strip()[-500:]!r}")
        return replace(rows.read(folder), stopped=stopped)


def _words(profile: str, url: str, plan: Plan, folder: Path) -> list[str]:
    file, _, kind = profile.partition(":")
    locust = [sys.executable, "-m", "locust", "-f", file, "--headless", "-u", "1", "-r", "1"]
    told = ["--host", url, "--only-summary", "--loglevel", "WARNING", f"--record={folder}"]
    return [*locust, *told, *plan.words(), *([kind] if kind else [])]


def _watched(
    process: subprocess.Popen[bytes],
    plan: Plan,
    folder: Path,
    stop: Callable[[Mapping[str, float]], str] | None,
) -> str:
    """Wait for the end; why it came early, empty if it did not."""
    deadline = time.monotonic() + _START_SECONDS + plan.whole + plan.patience + _END_SECONDS
    while time.monotonic() < deadline:
        try:
            process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            seen = _last(folder / rows.PROGRESS)
            if stop and seen and (why := stop(seen)):
                process.terminate()
                return why
        else:
            return ""
    return f"it did not end {_END_SECONDS:g} s after its last request"


def _last(file: Path) -> Mapping[str, float]:
    """The newest measurements; nothing before there are any."""
    try:
        lines = file.read_text("utf-8").rsplit("\n", 2)
    except OSError:
        return {}
    found = json.loads(lines[-2]) if len(lines) > 1 else {}
    return {str(name): float(value) for name, value in found.items()}


def _end(process: subprocess.Popen[bytes]) -> None:
    """See that it is gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
