"""When load must stop: the target's `stop_when`, held against measurements or against the deployment."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, NoVerdict
from proofbook.targets.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.targets import Reading
    from proofbook.targets.model import StopWhen

_SIGNS = {">": operator.gt, "<": operator.lt}
#: What a load run measures of itself; durations in seconds, shares of 1.
MEASURED = ("count", "error_rate", "p50", "p95", "p99")


def stopping(
    when: StopWhen | None, read: Callable[[Reading], str]
) -> Callable[[Mapping[str, float]], str] | None:
    """
    What says why load must stop, empty to go on; `None` where the target says nothing.

    Raises `NotAsked` for a measurement that there is not. A number that cannot be read stops the load.
    """
    if when is None:
        return None
    is_past, end = _SIGNS[when.op], f"{when.op} {when.value:g}"
    if not isinstance(when.measured, str):
        reading = when.measured

        def of_deployment(seen: Mapping[str, float]) -> str:
            del seen
            try:
                said = read(reading)
            except NoVerdict as error:
                return f"what stop_when looks at cannot be read: {error}"
            number = quantity(said.strip())
            if number is None:
                return f"what stop_when looks at is no number: {said!r}"
            return f"stop_when read {said} ({end})" if is_past(number, when.value) else ""

        return of_deployment
    name = when.measured
    if name not in MEASURED:
        raise NotAsked(
            f"stop_when looks at '{name}', which no load run measures",
            remedy=f"write one of {', '.join(MEASURED)}",
        )

    def of_load(seen: Mapping[str, float]) -> str:
        measured = seen[name]
        return (
            f"stop_when saw {name} {measured:.3g} ({end})" if is_past(measured, when.value) else ""
        )

    return of_load
