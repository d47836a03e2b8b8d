"""What a person sees of a drill."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text

from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from proofbook.drills import Control, Drill, Phase
    from proofbook.targets import Target
    from proofbook.targets.model import Backup

_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.NO_VERDICT: "yellow"}
_WORDS = {Verdict.PASS: "ok", Verdict.FAIL: "FAILED", Verdict.NO_VERDICT: "no verdict"}
_WIDTH = 28
#: As much of what a phase tells as a line takes.
_SHOWN = 160


@dataclass(slots=True)
class Teller:
    """Prints each phase as it ends; on a terminal, also what is going on."""

    out: Console
    target: Target
    _status: Status | None = field(default=None)

    def preparing(self) -> None:
        """A twin is brought up."""
        self._going(f"{self.target.called}: bringing up what is to be backed up")

    def prepared(self, told: str) -> None:
        """It stands, and holds something."""
        self._still()
        where = f"{self.target.called} ({self.target.kind})"
        self._print(f"{where}: a copy stands" + (f"; {told}" if told else ""))

    def begins(self, system: str, backup: Backup) -> None:
        """The drill of one backup."""
        self._print(f"{system}.{backup.name} ({backup.kind}) at {self.target.called}", "bold")

    def phase(self, name: str, phase: Phase | None) -> None:
        """A phase begins, or has ended."""
        if phase is None:
            self._going(name)
            return
        self._still()
        verdict = Verdict(phase.verdict)
        told = phase.told if len(phase.told) <= _SHOWN else f"{phase.told[:_SHOWN]} …"
        line = f"  {name:{_WIDTH}} {_WORDS[verdict]:10} {phase.seconds:7.2f} s  {told}"
        self._print(line.rstrip(), "" if verdict is Verdict.PASS else _STYLES[verdict])

    def control(self, control: Control) -> None:
        """Something was damaged."""
        told = {
            Verdict.PASS: f"caught by {control.caught_by}",
            Verdict.FAIL: "NOT CAUGHT",
            Verdict.NO_VERDICT: f"no verdict: {control.told}",
        }[control.verdict]
        style = "" if control.verdict is Verdict.PASS else _STYLES[control.verdict]
        self._print(f"  control {control.name:{_WIDTH - 8}} {told}", style)

    def ended(self, record: Drill, head: str, run: str) -> None:
        """What came of it."""
        lost = "not known" if record.rpo_seconds is None else f"{record.rpo_seconds:.0f} s"
        took = "not known" if record.rto_seconds is None else f"{record.rto_seconds:.1f} s"
        caught = sum(control.verdict is Verdict.PASS for control in record.controls)
        verdict = record.verdict
        self._print(
            f"{record.system}.{record.backup}: {verdict}, RPO {lost}, RTO {took}, "
            f"{caught}/{len(record.controls)} controls caught",
            _STYLES[verdict],
        )
        for reason in () if verdict is Verdict.PASS else record.reasons:
            self._print(f"  {reason}")
        if verdict is Verdict.PASS:
            self._print(f"the next one is due by {record.due[:10]}")
        self._print(
            f"the record: reports/drills/{run}/{record.backup}.json; head of the log: {head}"
        )

    def cut_off(self, system: str, run: str) -> None:
        """Somebody interrupted it at a deployment."""
        self._still()
        again = f"proofbook drill restore --system {system} --target {self.target.called} --resume {run}"
        self._print(f"cut off; what was restored is still there: go on with `{again}`")

    def _going(self, what: str) -> None:
        if self.out.is_terminal:
            self._still()
            self._status = self.out.status(what)
            self._status.start()

    def _still(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _print(self, text: str, style: str = "") -> None:
        self.out.print(Text(text, style=style), soft_wrap=True)
