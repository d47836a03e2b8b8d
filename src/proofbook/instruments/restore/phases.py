"""Phases of a drill: each timed, told as it comes, written down, and not done twice when it is resumed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from proofbook.drills import DESTROY, Phase
from proofbook.errors import ProofbookError
from proofbook.instruments.restore.broken import Broken
from proofbook.redaction import redacted
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

T = TypeVar("T")
#: What a drill that is resumed goes on with, even where its copy is gone.
CHOSEN = ("begin", "select")


class Stopped(Exception):
    """A phase did not pass, and what comes after it needs it."""


@dataclass(slots=True)
class Phases:
    """The phases of one drill, in the order in which they were done."""

    #: A line a phase; what it holds already was done before.
    journal: Path
    #: Told of each phase: its name when it begins, the phase when it has ended.
    tell: Callable[[str, Phase | None], None]
    #: Whether what programs say is kept to ourselves: they quote rows of people's data.
    is_secret: bool = False
    #: Every secret that was resolved so far: none of them is kept.
    secrets: Callable[[], Collection[str]] = tuple
    done: list[Phase] = field(default_factory=list)
    _before: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.journal.exists():
            for line in self.journal.read_text(encoding="utf-8").splitlines():
                each = json.loads(line)
                if each["name"] == DESTROY:  # with the copy went all but what was chosen
                    self._before = {k: v for k, v in self._before.items() if k in CHOSEN}
                else:
                    self._before[each["name"]] = each

    def passed_before(self, name: str) -> str | None:
        """What an earlier process of this run found in a phase that passed; `None` if it did not."""
        before = self._before.get(name)
        return before["told"] if before and before["verdict"] == Verdict.PASS else None

    def keep(self, name: str) -> bool:
        """Whether a phase passed before and is taken over, with the time that it took then."""
        if self.passed_before(name) is None:
            return False
        before = self._before[name]
        phase = Phase(
            name=name,
            verdict=before["verdict"],
            seconds=before["seconds"],
            told=before["told"],
        )
        self.done.append(phase)
        self.tell(name, phase)
        return True

    def run(self, name: str, act: Callable[[], T], *, vital: bool = True) -> T | None:
        """
        Do a phase; what it gives. A text that it gives is what is told of it.

        A phase that is `vital` and does not pass raises `Stopped`; any other gives `None` then.
        """
        self.tell(name, None)
        began = time.monotonic()
        found: T | None = None
        verdict, told = Verdict.PASS, ""
        try:
            found = act()
            told = redacted(found, self.secrets()) if isinstance(found, str) else ""
        except Broken as broken:
            verdict, told = Verdict.FAIL, self._shown(broken.told)
        except ProofbookError as error:
            verdict, told = Verdict.NO_VERDICT, self._shown(str(error))
        self._write(Phase(name=name, verdict=verdict, seconds=time.monotonic() - began, told=told))
        if verdict is not Verdict.PASS and vital:
            raise Stopped
        return found

    def leave_out(self, name: str, why: str) -> None:
        """A phase that nobody can do here: no verdict."""
        self._write(Phase(name=name, verdict=Verdict.NO_VERDICT, seconds=0.0, told=why))

    def _shown(self, told: str) -> str:
        said = redacted(" ".join(told.split()), self.secrets())
        if self.is_secret:
            return f"{said.partition(':')[0][:60]} (more is not shown of production data)"
        return said

    def _write(self, phase: Phase) -> None:
        self.done.append(phase)
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        with self.journal.open("a", encoding="utf-8") as journal:
            whole = {
                "name": phase.name,
                "verdict": str(phase.verdict),
                "seconds": phase.seconds,
                "told": phase.told,
            }
            journal.write(json.dumps(whole) + "\n")
        self.tell(phase.name, phase)
