"""The rows of a matrix while it is made: a fault's row is whole when each of its claims was asked."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook import matrix
from proofbook.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from proofbook.cli.trials import Trial
    from proofbook.matrix import Cell, Planted


class Rows:
    """
    Told of trials in the order in which they end.

    What a run left whose outcome is not as it must be is copied to the folder of its system in
    `folder`, a path from the root.
    """

    def __init__(self, planted: Sequence[Planted], root: Path, folder: str) -> None:
        self._faults = {fault.name: fault for fault in planted}
        self._cells: dict[str, dict[str, Cell]] = {name: {} for name in self._faults}
        self._seconds = dict.fromkeys(self._faults, 0.0)
        self._root = root
        self._folder = folder

    def add(self, trial: Trial) -> None:
        """One more trial. Raises `ReportError` where what it left cannot be kept."""
        name = trial.fault.name
        cells = matrix.judged(trial.fault, trial.run, trial.error)
        if trial.folder and not all(cell.state.is_right for cell in cells):
            kept = self._kept(trial.folder, system=name.partition(".")[0])
            cells = tuple(replace(cell, why=f"{cell.why} (see {kept})") for cell in cells)
        self._cells[name] |= {cell.claim: cell for cell in cells}
        self._seconds[name] = max(self._seconds[name], trial.seconds)

    def is_whole(self, fault: str) -> bool:
        """Whether every claim of a fault has been asked."""
        return len(self._cells[fault]) == len(self._faults[fault].claims)

    def seconds(self, fault: str) -> float:
        """How long the longest of a fault's trials took."""
        return self._seconds[fault]

    def cells(self, fault: str) -> tuple[Cell, ...]:
        """What is known of a fault, in the order in which it names its claims."""
        found = self._cells[fault]
        return tuple(found[claim] for claim in self._faults[fault].claims if claim in found)

    @property
    def whole(self) -> int:
        """How many rows are whole."""
        return sum(map(self.is_whole, self._faults))

    @property
    def all_cells(self) -> tuple[Cell, ...]:
        """The cells of every row, in the order of the faults."""
        return tuple(cell for fault in self._faults for cell in self.cells(fault))

    def _kept(self, left: Path, system: str) -> str:
        shown = f"{self._folder}/{system}/{left.name}"
        place = self._root / shown
        try:
            shutil.copytree(left, place)
        except OSError as error:
            raise ReportError(f"{place}: what the run left cannot be kept: {error}") from None
        return f"{shown}/"
