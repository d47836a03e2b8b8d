"""How an event happens that nobody hears of."""

from __future__ import annotations

from typing import Any


def unheard(name: str) -> Any:
    """One kind of event is told to nobody."""

    def wrap(tell: Any) -> Any:
        def told(events: Any, told_: str, *more: Any, **others: Any) -> None:
            if told_ != name:
                tell(events, told_, *more, **others)

        return told

    return wrap
