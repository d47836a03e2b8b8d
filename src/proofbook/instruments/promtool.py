"""
Prometheus' own judge of rules, on synthetic series.

    disagreements(sheet_as_text, ladder(rule, over=…, edge=…, well=…)) == ()

`promtool` comes with Prometheus (Debian: `prometheus`); where it is not installed, `NotAsked`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from proofbook.alerts import yaml
from proofbook.alerts.scenes import FIRING, INACTIVE, PENDING, play
from proofbook.errors import NotAsked, NoVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofbook.alerts.scenes import Scene

PROGRAM = "promtool"
_SECONDS = 120
_STATES = (INACTIVE, PENDING, FIRING)
#: What a failed expectation looks like; `alertname` names the alert, the last two numbers its states.
_FAILED = re.compile(
    r'alertname=\\"(?P<alert>\w+)\\".*?time: (?P<time>\w+),\s+exp: ?\{\} (?P<wanted>\S+)\s+got: ?(?P<got>.*)'
)


def disagreements(rules: str, scenes: Sequence[Scene]) -> tuple[str, ...]:
    """
    What of the scenes does not come true under the rules, in promtool's order; empty: all does.

    `rules` is the text of a rules file. Raises `NoVerdict` for rules that promtool cannot read, and for
    scenes in which nothing is looked at.
    """
    if not any(scene.seen for scene in scenes):
        raise NoVerdict("no scene looks at any alert")
    with TemporaryDirectory(prefix="proofbook-promtool-") as name:
        folder = Path(name)
        (folder / "rules.yml").write_text(rules, "utf-8")
        _check(folder)
        plays = {f"{number}.yml": scene for number, scene in enumerate(scenes)}
        for file, scene in plays.items():
            told = yaml.document(play(scene, "rules.yml"))
            (folder / file).write_text(told, "utf-8")
        if not _run(folder, "test", "rules", *plays).returncode:
            return ()
        found = [_disagreements(folder, file, scene) for file, scene in plays.items()]
        return tuple(each for of_scene in found for each in of_scene)


def program(name: str = PROGRAM) -> str:
    """The path of a program of Prometheus; `NotAsked` where it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise NotAsked(
            f"{name} is not installed",
            remedy="install Prometheus (Debian: apt-get install prometheus)",
        )
    return found


def _check(folder: Path) -> None:
    ran = _run(folder, "check", "rules", "rules.yml")
    if ran.returncode:
        raise NoVerdict(f"promtool cannot read the rules: {_said(ran)}")


def _disagreements(folder: Path, file: str, scene: Scene) -> list[str]:
    ran = _run(folder, "test", "rules", file)
    if not ran.returncode:
        return []
    found = [
        f"{scene.name}: at {each['time']} {each['alert']} is {_state(each['got'])}, "
        f"not {_state(each['wanted'])}"
        for each in _FAILED.finditer(ran.stdout + ran.stderr)
    ]
    if not found:
        raise NoVerdict(f"promtool could not play '{scene.name}': {_said(ran)}")
    return found


def _state(told: str) -> str:
    """A state from the number that stands for it: `{} 1E+00`."""
    try:
        return _STATES[int(float(told.rsplit(maxsplit=1)[-1]))]
    except (ValueError, IndexError):
        return told.strip()


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [program(), *words],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NoVerdict(f"promtool did not end in {_SECONDS} s") from None


def _said(ran: subprocess.CompletedProcess[str]) -> str:
    return " ".join((ran.stdout + ran.stderr).split())[-500:]
