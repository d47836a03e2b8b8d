"""
The claim as its check holds it: values to act by, bounds to measure against, a guard.

    jobs = coreos.enqueue(claim["jobs"])        # a number of the sentence
    claim.require(history, "no job was claimed")  # else `no_verdict`
    claim.expect(p95=history.p95)               # else `fail`; recorded beside the bound

Whatever the sentence states, its check must use: `unread` tells what it did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from proofbook.claims.model import RESERVED
from proofbook.errors import ClaimError, NoVerdict
from proofbook.measurements import judged
from proofbook.scaling import scaled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.claims.model import Claim, Value
    from proofbook.evidence import Measurement
    from proofbook.scaling import Scale


class Bounds(NamedTuple):
    """What a measurement must lie between; `None` where the sentence leaves a side open."""

    lower: Any
    upper: Any


class ClaimHandle:
    """One claim in the hands of one case; it remembers what was read and what was measured."""

    def __init__(self, claim: Claim, scale: Mapping[str, Scale] | None = None) -> None:
        self._claim = claim
        lowered = scaled(claim, scale or {})
        #: `scaled 4/40`, if the target lowered a value; else "".
        self.scaled: str = lowered.note
        self._values: dict[str, list[Value]] = {}
        for value in lowered.values:
            if value.name not in RESERVED:
                self._values.setdefault(value.name, []).append(value)
        self._read: set[str] = set()
        self._measured: dict[str, Measurement] = {}

    @property
    def id(self) -> str:
        """`system.what-holds`."""
        return self._claim.id

    @property
    def sentence(self) -> str:
        """The sentence, as the runbook has it."""
        return self._claim.sentence

    def __getitem__(self, name: str) -> Any:
        """
        The literal of a value: a number, `timedelta`, bytes, fraction, string or tuple of these.

        Typed `Any`, because which of these it is stands in the sentence and not in the check.
        """
        values = self._stated(name)
        if len(values) > 1:
            raise ClaimError(
                f"{self._where} states '{name}' twice ({_texts(values)}); "
                f"read both with claim.bound({name!r})"
            )
        return values[0].literal

    def bound(self, name: str) -> Bounds:
        """The lower and the upper bound of that name."""
        values = self._stated(name)
        if not any(value.is_bound for value in values):
            raise ClaimError(
                f"{self._where} states no bound of '{name}' but {_texts(values)}; "
                f"read it with claim[{name!r}]"
            )
        lower = [value.literal for value in values if value.op in (">", ">=")]
        upper = [value.literal for value in values if value.op in ("<", "<=")]
        return Bounds(lower[0] if lower else None, upper[0] if upper else None)

    def expect(self, /, **measured: object) -> None:
        """
        Record measurements beside what the sentence says of them, and assert that all of it holds.

        `measured` by the value's name, each as `proofbook.measurements` reads it. Raises
        `AssertionError` naming each that does not hold, and `NoVerdict` if all that was measured
        holds and something was not.
        """
        __tracebackhide__ = True
        judgements, unmeasured = [], None
        for name, found in measured.items():
            for value in self._stated(name):
                try:
                    judgements.append(judged(value, found, self._where))
                except NoVerdict as nothing:
                    unmeasured = unmeasured or nothing
        self._measured |= {judgement.promised: judgement for judgement in judgements}
        broken = [judgement for judgement in judgements if not judgement.holds]
        if broken:
            raise AssertionError(_broken(broken))
        if unmeasured:
            raise unmeasured

    def require(self, condition: object, why: str) -> None:
        """Raise `NoVerdict` with `why` unless the condition holds: the guard before the judgement."""
        __tracebackhide__ = True
        if not condition:
            raise NoVerdict(why)

    @property
    def measured(self) -> tuple[Measurement, ...]:
        """What was measured, the last of each promise, in the order of the first."""
        return tuple(self._measured.values())

    def shortfall(self) -> str:
        """
        What a case that passed leaves open, as a failure's reason; empty if nothing.

        A value that was never used, or a measurement that did not hold and was swallowed.
        """
        if not self._values and not self._measured:
            return ""
        unread = [name for name in self._values if name not in self._read]
        if unread:
            names = " and ".join(f"'{name}'" for name in unread)
            return f"{self._where} states {names}, which its check never used"
        return _broken([judgement for judgement in self.measured if not judgement.holds])

    @property
    def _where(self) -> str:
        return f"{self._claim.place}: {self._claim.id}"

    def _stated(self, name: str) -> list[Value]:
        """The values of that name, marked as read."""
        __tracebackhide__ = True
        if name not in self._values:
            there = ", ".join(self._values) or "nothing"
            raise ClaimError(f"{self._where} states no '{name}' (it states: {there})")
        self._read.add(name)
        return self._values[name]

    def __repr__(self) -> str:
        return f"<claim {self.id}>"


def _texts(values: list[Value]) -> str:
    return ", ".join(f"`{value.text}`" for value in values)


def _broken(judgements: list[Measurement]) -> str:
    return "; ".join(
        f"{judgement.name} is {judgement.measured}, promised `{judgement.promised}`"
        for judgement in judgements
    )
