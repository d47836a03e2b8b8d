"""What the worker makes of values alone: waits, tasks, pages, callbacks, settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.chassis.settings import Misconfigured
from systems.jobsources import offers, outcomes, scrape, signatures, tasks, worker_settings
from systems.jobsources.backoff import Backoff
from systems.jobsources.courier import terminal
from systems.jobsources.identity_tokens import NoToken, expiry
from systems.jobsources.outcomes import Completed, Failed
from systems.jobsources.tasks import Task
from tests.systems.jobsources.servers import detail, listing

VECTORS = json.loads(
    (Path(__file__).parent / "vectors" / "worker.json").read_text(encoding="utf-8")
)
RUN = "3b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01"


@pytest.mark.parametrize("case", VECTORS["callback_backoff"], ids=lambda case: str(case["attempt"]))
def test_the_wait_between_attempts(case: dict[str, Any]) -> None:
    """As in the vectors, and never beyond the most."""
    backoff = Backoff(base_ms=case["base_ms"], most_ms=case["max_ms"], jitter=case["jitter_pct"])

    expected = case.get("expect", case)["delay_ms"]
    assert backoff.delay_ms(case["attempt"], case["random"]) == expected


@given(st.integers(1, 200), st.integers(100, 10_000), st.integers(100, 60_000), st.floats(0, 1))
def test_no_wait_is_longer_than_the_most(
    attempt: int, base_ms: int, most_ms: int, random: float
) -> None:
    """Whatever is drawn."""
    delay_ms = Backoff(base_ms=base_ms, most_ms=most_ms, jitter=0.2).delay_ms(attempt, random)

    assert 0 <= delay_ms <= most_ms


@pytest.mark.parametrize("case", VECTORS["task_envelope"], ids=lambda case: str(case["answer"]))
def test_an_envelope_is_judged(case: dict[str, Any]) -> None:
    """As in the vectors."""
    if case["result"]["ok"]:
        assert tasks.read(case["input"]).source == case["input"]["payload"]["source"]
    else:
        with pytest.raises(tasks.InvalidTask):
            tasks.read(case["input"])


def test_all_flaws_of_a_task_are_told() -> None:
    """Each with its place."""
    payload = {"source": "", "limit": 0, "listingUrl": "ftp://x", "taskId": 7, "filters": []}

    with pytest.raises(tasks.InvalidTask) as caught:
        tasks.read({"name": "x", "payload": payload})

    assert caught.value.details == [
        "name: 'scrape:source' is wanted",
        "payload.source: a text of 1 to any number of characters is wanted",
        "payload.taskId: a text of 1 to 128 characters is wanted",
        "payload.listingUrl: an http or https URL is wanted",
        "payload.limit: an integer from 1 to 100 is wanted",
        "payload.filters: an object is wanted",
    ]


@pytest.mark.parametrize("body", [None, [], 7, {"payload": []}, {}, {"name": "scrape:source"}])
def test_what_is_no_task_is_refused(body: object) -> None:
    """Whatever else it is."""
    with pytest.raises(tasks.InvalidTask):
        tasks.read(body)


def test_a_whole_number_may_have_a_point() -> None:
    """1000.0 is 1000; 1000.5 is none."""
    assert tasks.read({"source": "x", "taskTimeoutMs": 1000.0}).timeout_ms == 1000
    for value in (1000.5, float("inf"), True, "1000"):
        with pytest.raises(tasks.InvalidTask):
            tasks.read({"source": "x", "taskTimeoutMs": value})


def test_a_bare_payload_is_a_task() -> None:
    """What is null was not given; a run id is made where there is none."""
    task = tasks.read({"source": "pracuj-pl", "filters": None, "unknown": 1, "limit": 7})

    assert (task.source, task.limit, task.filters) == ("pracuj-pl", 7, {})
    assert task.run_id.startswith("run-")


def test_a_listing_names_its_own_offers() -> None:
    """Each once, in order, without query; none that is recommended, elsewhere, or no offer."""
    html = """
      <section data-test="section-recommended-offers">
        <a href="https://it.pracuj.pl/praca/r,oferta,9">no</a></section>
      <section class="x" data-test="section-offers"><section><p>
        <a href="https://it.pracuj.pl/praca/a,b,oferta,1?s=1#x">yes</a>
        <a href="https://www.pracuj.pl/praca/c;kw,oferta,2">yes</a>
        <a href="https://it.pracuj.pl/praca/a,b,oferta,1">again</a>
        <a href="https://pracuj.pl.example/praca/d,oferta,3">elsewhere</a>
        <a href="/praca/e,oferta,4">relative</a>
        <a href="https://it.pracuj.pl/praca/f,oferta,x">no number</a>
        <a href="http://[::1">broken</a></section></section>
      <a href="https://it.pracuj.pl/praca/g,oferta,5">outside</a>
    """

    found = offers.listing(html)

    assert found == offers.Listing(
        urls=(
            "https://it.pracuj.pl/praca/a,b,oferta,1",
            "https://www.pracuj.pl/praca/c;kw,oferta,2",
        ),
        has_offers_section=True,
        says_none=False,
    )


def test_a_listing_may_say_that_there_is_nothing() -> None:
    """Or be no listing at all."""
    none = offers.listing('<div data-test="zero-offers-section">nothing</div>')
    other = offers.listing("<p>welcome")

    assert (none.urls, none.has_offers_section, none.says_none) == ((), False, True)
    assert (other.urls, other.has_offers_section, other.says_none) == ((), False, False)


def test_an_offer_is_read_without_tags() -> None:
    """Company and place are there if the page says them."""
    url = "https://it.pracuj.pl/praca/job-7,oferta,7"

    full = offers.offer(url, detail(7))
    bare = offers.offer(url, detail(7, hiringOrganization=None, jobLocation=[{"address": {}}]))

    assert full == offers.Offer(
        url=url, title="Job 7", description="Writes Python", company="Company", location="Kraków"
    )
    assert bare == offers.Offer(url=url, title="Job 7", description="Writes Python")
    assert full.number == "7"


@pytest.mark.parametrize(
    "html",
    [
        "",
        detail(7, title=" "),
        detail(7, description="<p></p>"),
        detail(7, **{"@type": "Organization"}),
        '<script type="application/ld+json">{</script>',
        '<script type="application/ld+json">[[1]]</script>',
        '<script>{"@type":"JobPosting","title":"t","description":"d"}</script>',
    ],
)
def test_a_page_without_title_or_description_is_no_offer(html: str) -> None:
    """Nor is one without a posting."""
    assert offers.offer("https://it.pracuj.pl/praca/job-7,oferta,7", html) is None


NASTY = (
    "<![if x]>",
    "<![",
    "<!--",
    "-->",
    "<?",
    "<section data-test='section-offers'>",
    "</section>",
    "<script type='application/ld+json'>",
    "</script>",
    '{"@type":"JobPosting"}',
    "&#x110000;",
)


@given(st.lists(st.sampled_from(NASTY) | st.text(max_size=3), max_size=8).map("".join))
def test_no_page_is_too_broken_to_be_read(html: str) -> None:
    """As far as it can be."""
    offers.listing(html)

    assert offers.offer("https://it.pracuj.pl/praca/job-7,oferta,7", html) is None


def test_a_url_is_asked_for_at_another_origin() -> None:
    """Its path and query are kept, as they are."""
    url = "https://it.pracuj.pl/praca/python;kw/x,1?a=1&b=%20#f"

    assert (
        scrape.at(url, "http://127.0.0.1:9") == "http://127.0.0.1:9/praca/python;kw/x,1?a=1&b=%20"
    )
    assert scrape.at(url, "") == url


def test_filters_alone_make_a_listing() -> None:
    """Of a known source; without them there is none."""
    wanted = Task(source="pracuj-pl-general", run_id="r", filters={"wm": ["a", "b"], "its": "x"})

    assert scrape.listing_url(wanted) == "https://www.pracuj.pl/praca?its=x&wm=a&wm=b"
    assert scrape.listing_url(Task(source="pracuj-pl", run_id="r")) == ""
    assert scrape.listing_url(Task(source="other", run_id="r", listing_url="http://x/")) == ""


def test_a_callback_holds_what_came_of_it() -> None:
    """Counts that agree, and a digest of the rest."""
    offer = offers.offer("https://it.pracuj.pl/praca/job-7,oferta,7", detail(7))
    assert offer is not None
    task = Task(source="pracuj-pl", run_id="run-1", source_run_id=RUN)

    body = outcomes.callback(task, Completed(offers=(offer,), found=2), "evt-1")

    del body["emittedAt"], body["payloadHash"]
    assert body == {
        "eventId": "evt-1",
        "source": "pracuj-pl",
        "runId": "run-1",
        "sourceRunId": RUN,
        "status": "COMPLETED",
        "scrapedCount": 1,
        "jobCount": 1,
        "totalFound": 2,
        "jobLinkCount": 2,
        "jobs": [
            {
                "url": "https://it.pracuj.pl/praca/job-7,oferta,7",
                "title": "Job 7",
                "description": "Writes Python",
                "company": "Company",
                "location": "Kraków",
                "sourceId": "7",
                "source": "pracuj-pl",
            }
        ],
        "diagnostics": {"resultKind": "offers", "jobLinksDiscovered": 2},
    }


def test_failures_go_by_the_contract_s_codes() -> None:
    """Those that a worker can come to."""
    codes = {"timeout": outcomes.TIMEOUT, "network": outcomes.LISTING_FAILED}
    codes["parse"] = Failed(type="parse", text="").code

    wanted = [case for case in VECTORS["failure_codes"] if case["binding"] == "must"]
    assert codes == {case["failure_type"]: case["code"] for case in wanted}


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in VECTORS["callback_signature"] + VECTORS["heartbeat_signature"]
        if case["binding"] != "function"
    ],
    ids=lambda case: case["signed_string"],
)
def test_the_worker_signs_as_in_the_vectors(case: dict[str, Any]) -> None:
    """An absent part is empty."""
    told = case["input"]
    if "status" in told:
        parts = terminal(told, told["requestId"])
    else:
        parts = signatures.heartbeat(
            told["sourceRunId"], told["runId"] or "", told["requestId"] or ""
        )

    signed = signatures.text(str(case["timestamp"]), parts)

    wanted = case.get("expect", case)
    assert signed == wanted["signed_string"]
    secret = case.get("secret", "sign-secret-1")
    assert signatures.signature(secret, signed) == wanted["signature"]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("WORKER_MAX_CONCURRENT_TASKS", ("1", "5"), ("0", "6", "abc", "1.5", "-1")),
        ("WORKER_MAX_QUEUE_SIZE", ("1", "1000"), ("0", "1001", "abc")),
        ("WORKER_TASK_TIMEOUT_MS", ("1000", "600000"), ("999", "600001", "abc")),
        ("WORKER_HEARTBEAT_INTERVAL_MS", ("1000", "120000"), ("999", "120001")),
        ("WORKER_CALLBACK_RETRY_ATTEMPTS", ("1", "10"), ("0", "11")),
        ("WORKER_CALLBACK_RETRY_BACKOFF_MS", ("100", "10000"), ("99", "10001")),
        ("WORKER_CALLBACK_RETRY_MAX_DELAY_MS", ("100", "60000"), ("99", "60001")),
        ("WORKER_CALLBACK_RETRY_JITTER_PCT", ("0", "0.5", "1"), ("-0.1", "1.1", "nan", "x")),
        ("QUEUE_PROVIDER", ("local",), ("redis",)),
        (
            "PRACUJ_SOURCE_ORIGIN",
            ("http://127.0.0.1:1", "https://x/"),
            ("x", "http://x/y", "http://x?y"),
        ),
        ("OIDC_JWKS_URL", ("http://127.0.0.1/keys",), ("keys",)),
        ("PORT", ("1", "65535"), ("0", "65536")),
        ("DATABASE_URL", ("postgresql://u@h/d",), ("not a dsn",)),
    ],
)
def test_settings_have_edges(name: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    """Those inside are taken, those outside are refused by name."""
    for text in good:
        assert worker_settings.read({name: text})
    for text in bad:
        with pytest.raises(Misconfigured) as caught:
            worker_settings.read({name: text})
        assert caught.value.invalid == (name,)


def test_the_defaults_are_the_contract_s() -> None:
    """An environment that says nothing is enough."""
    told = worker_settings.read({})

    assert (told.port, told.provider, told.heartbeat_ms) == (4001, "local", 10_000)
    assert told.queue == worker_settings.QueueLimits(concurrent=1, size=100, timeout_ms=180_000)
    assert (told.callbacks.attempts, told.callbacks.timeout_ms) == (3, 10_000)
    assert told.callbacks.backoff == Backoff(base_ms=1000, most_ms=10_000, jitter=0.2)
    assert told.callbacks.letters == Path.cwd() / "data" / "dead-letter"
    assert (told.body_limit, told.health_ms) == (262_144, 2000)
    assert worker_settings.read({"WORKER_PORT": "4711"}).port == 4711
    assert worker_settings.read({"WORKER_PORT": "4711", "PORT": "4712"}).port == 4712


def test_a_task_queue_needs_to_be_named() -> None:
    """And somebody who may call."""
    with pytest.raises(Misconfigured) as caught:
        worker_settings.read({"QUEUE_PROVIDER": "cloud-tasks"})

    assert caught.value.missing == (
        "TASKS_PROJECT_ID",
        "TASKS_LOCATION",
        "TASKS_QUEUE",
        "TASKS_URL",
    )
    assert caught.value.invalid == ("TASKS_AUTH_TOKEN",)


def test_production_fetches_keys_by_https() -> None:
    """Or does not start."""
    with pytest.raises(Misconfigured, match="OIDC_JWKS_URL"):
        worker_settings.read({"NODE_ENV": "production", "OIDC_JWKS_URL": "http://keys.example"})


@pytest.mark.parametrize(
    "token", ["", "a", "a.b.c", "a.e30.c", "a.bnVsbA.c", "a.eyJleHAiOiJ4In0.c"]
)
def test_what_is_no_token_has_no_end(token: str) -> None:
    """And is used for nothing."""
    with pytest.raises(NoToken):
        expiry(token)


def test_two_offers_stand_in_a_test_s_listing() -> None:
    """The pages that tests serve are read as such."""
    assert len(offers.listing(listing(1, 2)).urls) == 2
