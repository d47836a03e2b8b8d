"""
The folders of `reports/runs/`, one a run, named by its id.

A run is written whole or not at all: its files are written beside their places, flushed to the disk
and renamed, `run.json` last. A folder without one, or with a damaged one, is a problem to show and
never a run; one with a journal of steps is none of these.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proofbook.errors import Place, Problem, ReportError
from proofbook.runs.disk import discard, put
from proofbook.runs.text import from_json, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.dsse import Signer
    from proofbook.evidence import Run

RUNS = "reports/runs"
#: Lies in a folder that holds steps that were run, and no run of checks.
JOURNAL = "steps.jsonl"
_TOKEN = re.compile(r"[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Found:
    """The runs of a project, the last opened last, and the folders that hold none."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]


def new_id(now: datetime, token: str) -> str:
    """A run's id, `20261121T123456Z-1a2b3c`, from an aware instant and six random hex digits."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"{token!r} is not six lower-case hex digits")
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token}"


def create(root: Path, run_id: str, store: str = "reports") -> Path:
    """
    The new, empty folder of a run; `ReportError` where it cannot be made or was there before.

    `store` is a folder from the root.
    """
    folder = root / store / "runs" / run_id
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    return folder


def write(run: Run, folder: Path, *signers: Signer) -> None:
    """
    Write `run.json` and every export into `folder`; all or, with `ReportError`, none.

    The attestation is among them where somebody signs it.
    """
    from proofbook.report import exports  # noqa: PLC0415 - a program that shows its help signs nothing

    texts = {**exports.of_a_run(run, *signers), "run.json": to_json(run)}
    fresh = {folder / name: text for name, text in texts.items()}
    new = [path for path in fresh if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        put(fresh)
    except OSError as error:
        for path in new:
            discard(path)
        raise _unwritable(folder, error) from None


def all_runs(root: Path) -> Found:
    """Every run under `root`, in the order in which they opened; damaged ones as problems."""
    runs, problems = [], []
    for folder in sorted((root / RUNS).glob("*/")):
        if (folder / JOURNAL).exists():
            continue
        path = f"{RUNS}/{folder.name}/run.json"
        try:
            runs.append(_read(folder / "run.json", path, folder.name))
        except ReportError as error:
            message = str(error).partition(": ")[2]
            problems.append(Problem(Place(path, _line(str(error), path)), message))
    runs.sort(key=lambda run: (datetime.fromisoformat(run.started), run.id))
    return Found(tuple(runs), tuple(problems))


def newest(root: Path, target: str | None = None) -> Run | None:
    """The run opened last (on `target`, if one is named) in which no fault was planted."""
    fit = [run for run in all_runs(root).runs if run.fault is None and target in (None, run.target)]
    return fit[-1] if fit else None


def _read(file: Path, path: str, run_id: str) -> Run:
    try:
        text = file.read_bytes().decode()
    except FileNotFoundError:
        raise ReportError(
            f"{path}: there is none: the run is still going, or it was killed before it could write"
            " one. Verify again, and remove the folder when its logs are of no use."
        ) from None
    except UnicodeDecodeError as error:
        raise ReportError(
            f"{path}: this is not a run's report: byte {error.start} is not UTF-8. "
            "Bring it back from a copy, or remove its folder and verify again."
        ) from None
    except OSError as error:
        raise ReportError(f"{path}: it cannot be read: {error.strerror}.") from None
    run = from_json(text, path)
    if run.id != run_id:
        raise ReportError(
            f"{path}: it holds the run {run.id}, which is not its folder's name. "
            "Give the folder its run's name, or remove it."
        )
    return run


def _line(message: str, path: str) -> int:
    found = re.match(rf"{re.escape(path)}:(\d+): ", message)
    return int(found[1]) if found else 1


def _unwritable(folder: Path, error: OSError) -> ReportError:
    shown = os.path.relpath(folder)
    return ReportError(
        f"{folder if shown.startswith('..') else shown}: the run's report cannot be written: {error.strerror}. "
        "Earlier runs are untouched. Make room or give yourself the right to write there, "
        "and verify again."
    )
