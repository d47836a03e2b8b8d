"""What a worker's callback says: how a run ended, that it goes on, or what it found so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from systems.chassis.http import Refusal
from systems.jobsources import classification, job_offers, payloads
from systems.jobsources.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from systems.jobsources.job_offers import JobOffer

ID, SHORT = 128, 64
LONGEST_ERROR = 1000
STATUSES = ("COMPLETED", "FAILED")
PHASES = ("listing_fetch", "detail_fetch", "normalize", "callback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, as its worker says; an empty text is one that was not given."""

    source_run_id: str
    run_id: str
    event_id: str
    status: str
    attempt: int
    scrape_attempt: int
    emitted_at: str
    error: str
    failure_type: str
    failure_code: str
    job_count: int | None
    scraped_count: int | None
    total_found: int | None
    #: As many as were sent; None where none were.
    jobs: int | None
    offers: Sequence[JobOffer]
    diagnostics: Mapping[str, Any]
    body: Mapping[str, object]

    @property
    def payload_hash(self) -> str:
        """The hash that the worker sent, else the one of what it sent."""
        given = self.body.get("payloadHash")
        return str(given) if given is not None else payloads.kept_hash(self.body)

    @property
    def scraped(self) -> int:
        """How many offers were read."""
        return len(self.offers) if self.scraped_count is None else self.scraped_count

    @property
    def found(self) -> int:
        """How many offers the source lists."""
        return self.scraped if self.total_found is None else self.total_found

    @property
    def kind(self) -> str:
        """The type of a failure."""
        return self.failure_type or classification.failure_type(self.error)

    @property
    def moment(self) -> datetime | None:
        """When it was sent, as it says. Raises Refusal 400."""
        if not self.emitted_at.strip():
            return None
        try:
            found = datetime.fromisoformat(self.emitted_at.strip())
        except ValueError:
            raise Refusal(400, "emittedAt must be an ISO 8601 date") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def check(self) -> None:
        """Raise Refusal 400 unless all that it says fits together."""
        given = self.body.get("payloadHash")
        if given is not None and given != payloads.payload_hash(self.body):
            raise Refusal(400, "payloadHash is not the hash of this body")
        _ = self.moment
        if self.status == "FAILED":
            if not self.error.strip():
                raise Refusal(400, "A FAILED callback must say its error")
            if self.jobs:
                raise Refusal(400, "A FAILED callback must not have jobs")
        elif self.error.strip():
            raise Refusal(400, "A COMPLETED callback must not have an error")
        if (
            None not in (self.scraped_count, self.job_count)
            and self.scraped_count != self.job_count
        ):
            raise Refusal(400, "scrapedCount and jobCount differ")
        if None not in (self.scraped_count, self.jobs) and self.scraped_count != self.jobs:
            raise Refusal(400, "scrapedCount is not the number of jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Offers that a run found so far."""

    source_run_id: str
    run_id: str
    event_id: str
    offers: Sequence[JobOffer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life."""

    run_id: str
    progress: Mapping[str, object]


def ended(body: Mapping[str, object]) -> Ended:
    """A terminal callback. Raises Refusal 400 for fields that are missing or malformed."""
    fields = Fields(body)
    source_run_id = fields.uuid4("sourceRunId", is_required=True)
    for name, longest in (("source", None), ("listingUrl", None), ("outputPath", None)):
        fields.text(name, longest)
    attempt, scrape_attempt, callback_attempt = (
        fields.integer(name, 1) for name in ("attemptNo", "scrapeAttemptNo", "callbackAttemptNo")
    )
    fields.integer("jobLinkCount", 0)
    _delivery(fields)
    jobs, error = fields.listing("jobs"), fields.text("error")
    if len(error) > LONGEST_ERROR:
        fields.wrong(f"error must be text of {LONGEST_ERROR} characters at most")
    found = Ended(
        source_run_id=source_run_id,
        run_id=fields.text("runId", ID),
        event_id=fields.text("eventId", ID),
        status=fields.choice("status", STATUSES) or "COMPLETED",
        attempt=callback_attempt or attempt or 1,
        scrape_attempt=scrape_attempt or 1,
        emitted_at=fields.text("emittedAt", SHORT),
        error=error,
        failure_type=fields.choice("failureType", classification.FAILURE_TYPES),
        failure_code=fields.text("failureCode", ID),
        job_count=fields.integer("jobCount", 0),
        scraped_count=fields.integer("scrapedCount", 0),
        total_found=fields.integer("totalFound", 0),
        jobs=None if jobs is None else len(jobs),
        offers=job_offers.read(jobs or (), fields),
        diagnostics=fields.mapping("diagnostics") or {},
        body=body,
    )
    fields.check()
    return found


def ingested(body: Mapping[str, object], *, is_batch: bool) -> Found:
    """Offers that come in before the end. Raises Refusal 400."""
    fields = Fields(body)
    source_run_id = fields.uuid4("sourceRunId", is_required=True)
    event_id = fields.text("eventId", ID, is_required=True)
    fields.text("source", is_required=True)
    for name in ("attemptNo", "scrapeAttemptNo", "callbackAttemptNo"):
        fields.integer(name, 1)
    fields.text("emittedAt", SHORT)
    fields.text("listingUrl")
    _delivery(fields)
    jobs = fields.listing("jobs") if is_batch else [fields.value("job", is_required=True) or {}]
    found = Found(
        source_run_id=source_run_id,
        run_id=fields.text("runId", ID),
        event_id=event_id,
        offers=job_offers.read(jobs or (), fields),
    )
    fields.check()
    return found


def beat(body: Mapping[str, object]) -> Beat:
    """A heartbeat. Raises Refusal 400."""
    fields = Fields(body)
    fields.uuid4("sourceRunId")
    fields.uuid4("traceId")
    progress = {
        "phase": fields.choice("phase", PHASES) or None,
        "attempt": fields.integer("attempt", 1),
        "pagesVisited": fields.integer("pagesVisited", 0),
        "jobLinksDiscovered": fields.integer("jobLinksDiscovered", 0),
        "normalizedOffers": fields.integer("normalizedOffers", 0),
        "meta": job_offers.washed(fields.mapping("meta")),
    }
    found = Beat(
        run_id=fields.text("runId", ID),
        progress={name: value for name, value in progress.items() if value is not None},
    )
    fields.check()
    return found


def _delivery(fields: Fields) -> None:
    """Fields that every callback may have, and that nothing here depends on."""
    fields.uuid4("traceId")
    fields.text("taskId", ID)
    fields.text("dedupeKey", ID)
    fields.text("payloadHash", SHORT)
