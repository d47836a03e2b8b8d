"""A real Prometheus on a small server: what it sees, and what alerts it raises."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.prometheus import Prometheus, Scrape
from proofbook.instruments.servers import FakeServer

if TYPE_CHECKING:
    from proofbook.instruments.exchanges import Received

needs_prometheus = pytest.mark.skipif(
    not shutil.which("prometheus"), reason="prometheus is not installed"
)

RULES = """
groups:
  - name: shop
    rules:
      - {alert: TillsSilent, expr: "tills_silent / tills > 0.25"}
      - {alert: TillsSlow, expr: "tills > 1", for: 1h}
      - {alert: TillsNoData, expr: "absent(tills)"}
"""


LOUD = {"TillsSilent": "firing", "TillsSlow": "pending"}


def seen(prometheus: Prometheus) -> list[float | None]:
    """What is scraped, and whether anything was."""
    return [prometheus.value(expr) for expr in ("tills_silent", "up")]


def has_several(prometheus: Prometheus) -> bool:
    """Whether it refuses to give one of two values."""
    try:
        prometheus.value('{__name__=~"tills.*"}')
    except NoVerdict as refused:
        return str(refused).startswith("Prometheus has 2 values of {")
    return False


@needs_prometheus
def test_what_is_scraped_is_seen_and_alerts() -> None:
    """By its job's name, with the token that opens it; what ends, ends."""
    said = {"tills_silent": 4, "tills": 12}
    asked: list[str | None] = []

    def metrics(request: Received) -> tuple[int, str, dict[str, str]]:
        asked.append(request.header("Authorization"))
        text = "".join(f"{name} {value}\n" for name, value in said.items())
        return 200, text, {"Content-Type": "text/plain; version=0.0.4"}

    with (
        FakeServer(metrics) as server,
        Prometheus(RULES, {"shop": Scrape(f"{server.url}/metrics", bearer="t0ken")}) as prometheus,
    ):
        prometheus.wait_until_scraped()
        # Again and again: where the server is slow, a scrape fails, and all is gone until the next.
        prometheus.wait_until(lambda p: seen(p) == [4, 1], "what is said")
        prometheus.wait_until(lambda p: p.alerts() == LOUD, "it alerts")
        said["tills_silent"] = 3
        prometheus.wait_until(lambda p: "TillsSilent" not in p.alerts(), "it ends")
        nothing = prometheus.value("tills_gone")
        prometheus.wait_until(has_several, "it has two of them")
        with pytest.raises(
            NoVerdict, match=r"^Prometheus: it was never seen that it rains after 0\.1 s"
        ):
            prometheus.wait_until(lambda _: False, "it rains", 0.1)

    assert nothing is None
    assert set(asked) == {"Bearer t0ken"}


@needs_prometheus
def test_rules_that_are_none_give_no_verdict() -> None:
    """With what Prometheus said of them, as soon as it has ended."""
    with pytest.raises(NoVerdict, match=r"^Prometheus: it ended after 0 s; it said: ") as ended:
        Prometheus("groups: 3", {}).__enter__()

    assert "applying the new configuration" in str(ended.value)


def test_without_prometheus_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to install is said."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NotAsked) as missing:
        Prometheus(RULES, {})

    assert str(missing.value) == "prometheus is not installed"
