"""What a person sees of steps that are run, and what a script reads of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text

from proofbook.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from proofbook.instruments.procedures import Procedure, Ran
    from proofbook.steps import Step
    from proofbook.targets import Target

#: Lines of a failed step's output that are shown; the journal holds all.
_SHOWN_LINES = 12
_STYLES = {"ok": "green", "failed": "red", "unexpected": "red", "timed_out": "red"}


@dataclass
class Teller:
    """Prints each step as it comes, and remembers them all."""

    out: Console
    page: str
    target: Target
    run_id: str
    procedure: Procedure
    _ran: list[dict[str, object]] = field(default_factory=list)

    def copying(self) -> None:
        """A copy of the target is brought up."""
        self._print(f"{self.target.called} ({self.target.kind}): on a copy that is gone afterwards")

    def plan(self, wanted: Sequence[Step]) -> None:
        """What would be run."""
        self._print(f"a plan for {self.page} at {self.target.called}; nothing was done", "bold")
        undoing = {step.rollback: step.name for step in self.procedure.steps if step.rollback}
        for step in wanted:
            undo = f", undone by {undoing[step.name]}" if step.name in undoing else ""
            self._print(f"  {step.name}  {step.place}  {step.effect}{undo}")
            self._ran.append(self._row(step, "planned"))
        ours = {step.name for step in self.procedure.steps}
        for step in self.procedure.page:
            if step.name not in ours:
                needs = ", ".join(step.needs)
                self._print(f"  {step.name}  {step.place}  not for this target: it needs {needs}")

    def leave_out(self, done: Sequence[Step]) -> None:
        """Steps that an earlier walk did already."""
        for step in done:
            self._print(f"{step.name}  was done before")

    def step(self, step: Step, ran: Ran | None) -> None:
        """A step begins, or has ended."""
        if ran is None:
            self._print(f"{step.name}  {step.place}  {step.effect}")
            return
        self._ran.append(
            {
                **self._row(step, ran.outcome),
                "code": ran.code,
                "seconds": round(ran.seconds, 3),
                "problem": self._shown(ran, ran.problem),
                "output": self._shown(ran, ran.output),
            }
        )
        if ran.outcome != "ok":
            for line in self._shown(ran, ran.output).splitlines()[-_SHOWN_LINES:]:
                self._print(f"  | {line}")
        word = (
            f"ok after {ran.seconds:.1f} s"
            if ran.outcome == "ok"
            else self._shown(ran, ran.problem)
        )
        self._print(f"  {word}", _STYLES[ran.outcome])

    def done(self) -> None:
        """All were run."""
        self._print(f"done; {self._journal}")
        if self.procedure.folder is not None:
            self._print(f"what they left for each other: .proofbook/steps/{self.run_id}")

    def stopped(self, failed: Ran) -> None:
        """A step did not end well."""
        self._print(f"stopped at {failed.step.name} ({failed.step.place}); {self._journal}")
        if self.procedure.folder is not None:
            self._print(
                f"mend what stood in the way, then `{self._again}`; or undo it: add --rollback"
            )

    def cut_off(self) -> None:
        """Somebody interrupted a step."""
        self._print(f"cut off; {self._journal}")
        if self.procedure.folder is not None:
            self._print(f"go on with `{self._again}`; or undo it: add --rollback")

    def undone(self, undoing: Sequence[Step]) -> None:
        """What was begun is undone."""
        what = ", ".join(step.name for step in undoing) or "nothing had to be"
        self._print(f"undone: {what}; {self._journal}")

    def not_undone(self, failed: Ran) -> None:
        """What was begun is not undone."""
        self._print(
            f"NOT undone: stopped at {failed.step.name} ({failed.step.place}); {self._journal}",
            "red",
        )

    def whole(self, outcome: str) -> dict[str, object]:
        """The walk as a script reads it."""
        return {
            "schema": 1,
            "run": self.run_id,
            "page": self.page,
            "target": self.target.called,
            "outcome": outcome,
            "steps": self._ran,
        }

    @property
    def _again(self) -> str:
        name = self.page.removeprefix("runbooks/").removesuffix(".md")
        return f"proofbook run {name} --target {self.target.called} --resume {self.run_id}"

    @property
    def _journal(self) -> str:
        return f"the journal: reports/runs/{self.run_id}/steps.jsonl"

    def _shown(self, ran: Ran, text: str) -> str:
        return "" if ran.step.is_secret else redacted(text, self.procedure.secrets())

    @staticmethod
    def _row(step: Step, outcome: str) -> dict[str, object]:
        return {
            "step": step.name,
            "path": step.place.path,
            "line": step.place.line,
            "effect": str(step.effect),
            "undoes": step.rollback,
            "outcome": outcome,
        }

    def _print(self, text: str, style: str = "") -> None:
        self.out.print(Text(text, style=style), soft_wrap=True)
