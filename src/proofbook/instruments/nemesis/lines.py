"""What befalls a line, at proxies before an API or a store: it is shut, slow, or cut in an answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from proofbook.instruments.nemesis.powers import Power

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from proofbook.instruments.nemesis.powers import Touch
    from proofbook.instruments.tcp_proxy import TcpProxy

#: Each piece that passes is late by so much.
LATE_SECONDS = 0.15


def shut(name: str, proxies: Sequence[TcpProxy], *, lane: str) -> Power:
    """What stands is cut with a reset, and so is whoever connects."""
    return _line(name, proxies, lane, lambda proxy: proxy.shut())


def delayed(name: str, proxies: Sequence[TcpProxy], *, lane: str) -> Power:
    """Each piece is late."""
    return _line(name, proxies, lane, lambda proxy: proxy.delay(LATE_SECONDS))


def answers_cut(name: str, proxies: Sequence[TcpProxy], *, lane: str) -> Power:
    """An answer breaks off in its middle: what was asked is done, and nobody is told."""
    return _line(name, proxies, lane, lambda proxy: proxy.cut_answers())


def _line(
    name: str, proxies: Sequence[TcpProxy], lane: str, harm: Callable[[TcpProxy], None]
) -> Power:
    @contextmanager
    def strike(aim: int) -> Iterator[Touch]:
        proxy = proxies[aim % len(proxies)]
        before = proxy.harmed
        harm(proxy)
        try:
            yield lambda: proxy.harmed - before
        finally:
            proxy.forward()

    return Power(name=name, lane=lane, strike=strike, least_seconds=0.3, most_seconds=0.8)
