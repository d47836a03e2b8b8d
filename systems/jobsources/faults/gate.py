"""How the gate for callbacks is passed by: something looks at a callback before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from systems.chassis.seams import around

if TYPE_CHECKING:
    from collections.abc import Callable

    from systems.chassis.seams import Plant

CHECK = "systems.jobsources.signatures:Gate.check"


def leniently(wrap: Callable[[Any, Any, Any, float, Any], Any]) -> Plant:
    """`Gate.check` with something before it: `wrap(check, gate, headers, parts, now)` gives its answer."""

    def planted(check: Any) -> Any:
        def checked(gate: Any, given: Any, parts: Any, *, now_seconds: float) -> Any:
            return wrap(check, gate, dict(given), now_seconds, parts)

        return checked

    return around(CHECK, planted)


def is_signed(gate: Any, given: Any, parts: Any) -> bool:
    """Whether the signature is that of what the header says, whatever it says."""
    from systems.jobsources import signatures

    text = signatures.text(given.get(signatures.TIMESTAMP_HEADER, ""), parts)
    return bool(given.get(signatures.SIGNATURE_HEADER) == signatures.signature(gate.secret, text))


def timestamp(given: Any) -> str:
    """The time of a callback, as its header says it."""
    from systems.jobsources import signatures

    return str(given.get(signatures.TIMESTAMP_HEADER, ""))
