"""An event is a row, written with its run's state or not at all."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.jobsources.adapter_callbacks import completed, failed, job
from checks.jobsources.cutter import Cutter
from checks.jobsources.event_table import EVENTS, stored
from checks.jobsources.known_answers import vectors
from proofbook import NoVerdict
from proofbook.instruments.signatures import canonical_json
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_callbacks import Callback
    from checks.jobsources.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: What the hash covers of a body that brings none (§2.3); what is blank or absent is null.
COVERED = (
    "eventId", "source", "runId", "sourceRunId", "attemptNo", "emittedAt", "listingUrl", "status",
    "scrapedCount", "totalFound", "jobCount", "jobLinkCount", "outputPath", "error", "failureType",
    "failureCode", "jobs", "diagnostics",
)  # fmt: skip
#: A callback has far fewer statements.
MOST_STATEMENTS = 60
#: As long as an API may take to find its database again.
RECOVERY_SECONDS = 20


@pytest.mark.claim("jobsources.accepted-event-stored")
def test_an_accepted_event_is_stored(claim: ClaimHandle, standing: Deployment, api: Api) -> None:
    """Its row says what it was, whether it brought a hash or not."""
    for told in [{}, *(c["input"] for c in vectors("api_fallback_payload_hash") if _binds(c))]:
        run = api.begin()
        callback = _of(run, told)
        began = time.monotonic()
        reply = api.deliver(callback)
        found = standing.sql.rows(
            "SELECT event_id, status, payload_hash, "  # noqa: S608 - a table of the contract
            f"extract(epoch FROM now() - received_at)::float AS age FROM {EVENTS} "
            "WHERE source_run_id::text = %s",
            run,
        )
        took = time.monotonic() - began

        claim.require(reply.is_applied, f"the callback has no effect: {reply!r}")
        assert len(found) == 1, f"{len(found)} rows of one event"
        assert (found[0]["event_id"], found[0]["status"], found[0]["payload_hash"]) == (
            callback.event_id.strip(),
            callback.token,
            _fallback(callback.body),
        )
        # It came when it was delivered, which is some time ago: as long as the suite took to ask.
        claim.expect(apart=max(-found[0]["age"], found[0]["age"] - took, 0.0))


@pytest.mark.claim("jobsources.event-unique-in-store")
def test_the_store_takes_an_event_once(claim: ClaimHandle, standing: Deployment, api: Api) -> None:
    """Two processes that check first and write then are stopped here, at the latest."""
    run = api.begin()
    reply = api.deliver(completed(run))
    claim.require(stored(standing, run) == 1 and reply.is_applied, "the event is not stored")
    unique = standing.sql.rows(
        "SELECT array_agg(a.attname::text ORDER BY a.attname) AS columns FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s::regclass AND i.indisunique AND i.indpred IS NULL GROUP BY i.indexrelid",
        EVENTS,
    )

    refused = _inserted_again(standing, run)

    assert ["event_id", "source_run_id"] in [row["columns"] for row in unique]
    claim.expect(rows=stored(standing, run))
    assert "duplicate key" in refused or "unique" in refused, refused


@pytest.mark.claim("jobsources.event-and-state-together")
@pytest.mark.parametrize("after", [False, True], ids=["statement lost", "answer lost"])
def test_event_and_state_are_written_together(
    claim: ClaimHandle,
    drill: Deployment,
    after: bool,  # noqa: FBT001 - a parameter of the check
) -> None:
    """Cut at each statement in turn; whoever sends it again brings the run to its end."""
    store = drill.twin.address(drill.twin.store_role)
    with Cutter(store.host, store.port) as cutter:
        api = drill.api(through={drill.twin.store_role: f"{cutter.host}:{cutter.port}"})
        left, interrupted = [], 0
        for statement in range(MOST_STATEMENTS):
            run = until(lambda: _begun(api), bool, RECOVERY_SECONDS)
            callback = completed(run, jobs=[job()])
            cutter.arm(statement, after=after)
            first = api.deliver(callback, unanswered=True)
            cutter.disarm()
            if first.is_done and not cutter.has_cut:
                break
            interrupted += not first.is_done
            again = until(
                partial(api.deliver, callback, unanswered=True),
                lambda reply: reply.is_done,
                RECOVERY_SECONDS,
            )
            state = (api.status(run), stored(drill, run))
            if state not in {("COMPLETED", None), ("COMPLETED", claim["rows"])}:
                left.append(f"cut at statement {statement}: {state}, {first!r}, {again!r}")

    claim.require(interrupted, "no callback was interrupted")
    assert left == []


@pytest.mark.claim("jobsources.no-event-of-unknown-run")
def test_an_unknown_run_has_no_events(claim: ClaimHandle, standing: Deployment, api: Api) -> None:
    """Nothing is kept of what belongs to nothing."""
    nobody, known = str(uuid4()), api.begin()

    refused = api.deliver(completed(nobody))
    taken = api.deliver(completed(known))

    claim.require(taken.is_applied, f"nor is a known one's taken: {taken!r}")
    claim.expect(refused=refused.status)
    kept = stored(standing, nobody)
    claim.expect(rows=0 if kept is None else kept)


def _begun(api: Api) -> str:
    """A run, of whichever user may have one; "" while the API is not itself."""
    try:
        return api.begin()
    except NoVerdict:
        return ""


def _inserted_again(deployment: Deployment, run: str) -> str:
    """What the store says to a copy of an event's row; "" where it takes it."""
    columns = deployment.sql.rows(
        "SELECT string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns "
        "WHERE table_name = %s AND column_name <> 'id'",
        EVENTS,
    )[0]["names"]
    try:
        deployment.writer.rows(
            f"INSERT INTO {EVENTS} ({columns}) SELECT {columns} FROM {EVENTS} "  # noqa: S608 - as above
            "WHERE source_run_id::text = %s",
            run,
        )
    except NoVerdict as error:
        return str(error)
    return ""


def _of(run: str, told: Mapping[str, Any]) -> Callback:
    """A recorded body for a live run; one of the suite's own where there is none."""
    if not told:
        return completed(run, jobs=[job()])
    make = failed if told.get("status") == "FAILED" else completed
    made = make(run, event_id=told["eventId"], runId=told.get("runId", ""))
    jobs = [job()] if told.get("jobs") else []
    body = {**told, "sourceRunId": run, **({"jobs": jobs} if jobs else {})}
    return replace(made, body=body)


def _fallback(body: Mapping[str, Any]) -> str:
    """The hash of a body that brings none."""
    usual = {"attemptNo": 1, "status": "COMPLETED", "jobs": []}
    told = {name: _plain(body.get(name)) for name in COVERED}
    held = {name: usual.get(name) if said is None else said for name, said in told.items()}
    return sha256(canonical_json(held).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value


def _binds(case: Mapping[str, Any]) -> bool:
    """Whether a recorded hash binds; the suite's own must be the same, or it measures nothing."""
    if case["binding"] != "must":
        return False
    assert _fallback(case["input"]) == case["hash"], f"the suite's own hash is wrong: {case}"
    return True
