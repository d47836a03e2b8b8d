"""Buckets, tags, histograms, windows and statuses: the arithmetic, by a clock that the tests hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.marketplace import bucket, exposition, latency, slo
from systems.marketplace.etags import etag
from systems.marketplace.events import Event
from systems.marketplace.latency import Histogram
from systems.marketplace.limits import Limit
from systems.marketplace.metrics import MOST_RECENT, Metrics, is_failure
from systems.marketplace.slo import Requests
from tests.systems.marketplace.contract import VECTORS, cases

JOBS = "api.jobs.list"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def heard(metrics: Metrics, name: str, payload: object = None) -> None:
    """Let something have happened."""
    ts = "2025-10-09T08:53:20.000Z"
    metrics.hear(Event(ts=ts, name=name, payload={"p": payload}))


@pytest.mark.parametrize("case", VECTORS["rate_limit"]["cases"], ids=lambda case: case["name"])
def test_a_bucket_fills_up_again(case: dict[str, Any]) -> None:
    """Step by step, as the public system's does."""
    limit, now, found = Limit(case["limit"], case["windowMs"] // 1000), 5000, None
    for step in case["steps"]:
        now += step["advance_ms"]
        is_allowed, found = bucket.take(found, limit, now_ms=now)
        assert (is_allowed, found.tokens) == (step["allowed"], step["remaining"])


@given(st.lists(st.integers(0, 5000)), st.integers(1, 9), st.integers(1, 9))
def test_a_bucket_gives_no_more_than_it_may(waits: list[int], times: int, seconds: int) -> None:
    """What it held, and what the time that went by has put back; a clock that goes back gives nothing."""
    limit, now, found, given_ = Limit(times, seconds), 0, None, 0
    for wait in waits:
        now += wait
        is_allowed, found = bucket.take(found, limit, now_ms=now)
        given_ += is_allowed
    assert given_ <= times + now * times / (seconds * 1000)
    assert found is None or bucket.take(found, limit, now_ms=now - 9999)[1].since_ms <= now


@pytest.mark.parametrize("case", cases("etag"), ids=lambda case: case["etag"])
def test_a_reply_has_its_tag(case: dict[str, Any]) -> None:
    """Of its bytes."""
    body = case["body_text"].encode()
    assert (etag(body), str(len(body))) == (case["etag"], case["x_response_bytes"])


def test_a_recording_is_the_contract_s() -> None:
    """Latencies and events of the vectors: the JSON figures and the text of the scrape."""
    vectors, metrics = VECTORS["metrics"], Metrics(300, 3600, Clock())
    for milliseconds in vectors["latencies_ms"]:
        metrics.took(JOBS, milliseconds)
    for name in vectors["events"]:
        heard(metrics, name)
    told: Any = metrics.snapshot()
    recorded, expected = vectors["snapshot"], vectors["expect"]

    assert told["counters"].items() >= (recorded["counters"] | expected["counters"]).items()
    assert told["histograms"] == recorded["histograms"]
    assert [event["name"] for event in told["recentEvents"] if event["error"]] == (
        expected["recentEvents_error"]
    )
    assert {event["ts"] for event in told["recentEvents"]} == {1760000000000}
    assert told["slo"]["availability"] == expected["availability"]
    assert told["slo"]["endpoints"][0] == recorded["slo"]["endpoints"][0]
    text = exposition.text(exposition.families(metrics))
    assert text.endswith("\n")
    assert set(expected["prometheus"].splitlines()) <= set(text.splitlines())


def test_each_family_has_one_type_line_before_its_samples() -> None:
    """Labels are escaped; a histogram's samples belong to it."""
    metrics = Metrics(1, 2, Clock())
    metrics.answered("GET", '/a"b\\c\n', 200)
    text = exposition.text(exposition.families(metrics))

    assert 'http_requests_total{method="GET",route="/a\\"b\\\\c\\n",status="200"} 1\n' in text
    family = ""
    seen: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            family = line.split()[2]
            assert family not in seen
            seen.add(family)
        else:
            assert line.startswith(family)


def test_windows_end_with_time() -> None:
    """Though nothing else happens: first the short one is empty, then the long one."""
    clock = Clock()
    metrics = Metrics(2, 6, clock)

    def figures() -> tuple[object, object, object]:
        told: Any = metrics.snapshot()
        first = told["slo"]["endpoints"][0]
        burn = told["slo"]["availability"]["burnRateLong"]
        return (
            first["short"] and first["short"]["count"],
            first["long"] and first["long"]["count"],
            burn,
        )

    assert figures() == (None, None, None)
    metrics.took(JOBS, 7)
    metrics.answered("GET", "/", 500)
    assert figures() == (1, 1, 100)
    clock.now += 3
    assert figures() == (None, 1, 100)
    metrics.took(JOBS, 7)
    assert figures() == (1, 2, 100)
    clock.now += 4
    assert figures() == (None, 1, None)
    clock.now += 60
    metrics.took(JOBS, 7)
    assert figures() == (1, 1, None)


@pytest.mark.parametrize(
    ("milliseconds", "failed", "status"),
    [
        (400, 0, "OK"),
        (450, 0, "CRITICAL"),
        (9000, 0, "CRITICAL"),
        (1, 1, "WATCH"),
        (1, 2, "CRITICAL"),
    ],
)
def test_an_endpoint_s_status_follows_its_figures(
    milliseconds: float, failed: int, status: str
) -> None:
    """Its own p95, and the errors of all; 100 requests in the long window."""
    long = Histogram()
    long.observe(milliseconds)
    found = slo.endpoint(JOBS, Histogram(), long, Requests(100, failed))
    assert found["status"] == status


@pytest.mark.parametrize(
    ("failed", "status"), [(0, "OK"), (9, "OK"), (10, "WATCH"), (12, "WATCH"), (13, "CRITICAL")]
)
def test_availability_s_status_follows_its_burn(failed: int, status: str) -> None:
    """Of 1000 requests."""
    assert slo.availability(Requests(), Requests(1000, failed))["status"] == status


def test_a_p95_a_little_above_its_target_is_watched() -> None:
    """400 ms of 350; between the contract's targets and the bounds there is no such step."""
    long = Histogram()
    long.observe(275)
    assert long.quantile(0.95) == 400
    assert slo._status(long, 350, 0) == "WATCH"


def test_recent_events_are_the_newest() -> None:
    """Two hundred of them, newest first."""
    metrics = Metrics(1, 1, Clock())
    for number in range(210):
        heard(metrics, f"n.{number}")
    told: Any = metrics.snapshot()
    assert [event["name"] for event in told["recentEvents"]] == [
        f"n.{number}" for number in range(209, 209 - MOST_RECENT, -1)
    ]


def test_the_last_word_makes_an_error() -> None:
    """Not its letters."""
    names = ("jobs.list.error", "login.failed", "error", "terror.alert", "error.log", "x.errors")
    assert [is_failure(name) for name in names] == [True, True, True, False, False, False]


@given(st.lists(st.floats(0, 6000), min_size=1))
def test_histograms_join(durations: list[float]) -> None:
    """Two halves are the whole; buckets are cumulative and end with the count."""
    whole, halves = Histogram(), (Histogram(), Histogram())
    for number, duration in enumerate(durations):
        whole.observe(duration)
        halves[number % 2].observe(duration)
    joined = latency.joined(halves)

    assert (joined.counts, joined.min, joined.max) == (whole.counts, whole.min, whole.max)
    reached = [count for _, count in whole.buckets()]
    assert reached == sorted(reached)
    assert reached[-1] == len(durations)
    p95 = whole.quantile(0.95)
    assert p95 is None or sum(d <= p95 for d in durations) >= 0.95 * len(durations)
