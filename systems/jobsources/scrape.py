"""One scrape of the source site: a listing, then each offer that it names."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from systems.jobsources import offers, outbound
from systems.jobsources.outcomes import LISTING_BLOCKED, LISTING_FAILED, Completed, Failed

if TYPE_CHECKING:
    from systems.jobsources.offers import Offer
    from systems.jobsources.outbound import Answer
    from systems.jobsources.outcomes import Outcome
    from systems.jobsources.tasks import Task
    from systems.jobsources.worker_settings import SiteSettings

#: Each source's own listing.
LISTINGS = {
    "pracuj-pl": "https://it.pracuj.pl/praca",
    "pracuj-pl-it": "https://it.pracuj.pl/praca",
    "pracuj-pl-general": "https://www.pracuj.pl/praca",
}
OK = 200
BLOCKED = "source_http_blocked"
#: Longer than any task may take: it is the task's own limit that ends a request.
REQUEST_MS = 3_600_000
HEADERS = {"accept": "text/html", "user-agent": "job-sources-worker"}


@dataclass(slots=True)
class Progress:
    """How far a scrape has come, for heartbeats."""

    phase: str = "listing_fetch"
    links: int = 0
    offers: int = 0


class Scraper:
    """Scrapes the site at its origin, gently."""

    def __init__(self, site: SiteSettings) -> None:
        self._site = site

    async def run(self, task: Task, progress: Progress) -> Outcome:
        """What came of it; it takes as long as the site does."""
        url = listing_url(task)
        if not url:
            return Failed(
                type="validation", text="listingUrl or filters of a known source required"
            )
        html = await self._listing(url)
        if isinstance(html, Failed):
            return html
        listing = await asyncio.to_thread(offers.listing, html)
        if not listing.has_offers_section and not listing.says_none:
            return Failed(type="parse", text="parse failed: this is no listing")
        if not listing.urls:
            reason = "filters_exhausted" if listing.says_none else ""
            return Completed(offers=(), found=0, empty_reason=reason)
        return await self._details(listing.urls[: task.limit], progress)

    async def _listing(self, url: str) -> str | Failed:
        """A listing's HTML, or why there is none."""
        try:
            answer = await self._ask(url, self._site.listing_delay_ms)
        except outbound.Unanswered as error:
            return Failed(type="network", text=f"fetch failed: {error}", code=LISTING_FAILED)
        html = answer.body.decode("utf-8", "replace")
        if offers.is_blocked(html):
            text = "fetch failed: the source site lets no program in"
            return Failed(type="network", text=text, code=LISTING_BLOCKED, reason=BLOCKED)
        if answer.status != OK:
            text = f"fetch failed: the listing answered {answer.status}"
            return Failed(type="network", text=text, code=LISTING_FAILED)
        return html

    async def _details(self, urls: tuple[str, ...], progress: Progress) -> Completed:
        progress.phase, progress.links = "detail_fetch", len(urls)
        turns = asyncio.Semaphore(self._site.detail_concurrency)
        async with asyncio.TaskGroup() as group:
            reads = [group.create_task(self._offer(url, turns, progress)) for url in urls]
        found = tuple(offer for read in reads if (offer := read.result()))
        reason = "" if found else "detail_parse_gap"
        return Completed(offers=found, found=len(urls), empty_reason=reason)

    async def _offer(self, url: str, turns: asyncio.Semaphore, progress: Progress) -> Offer | None:
        """An offer, or None if its page gives none."""
        async with turns:
            try:
                answer = await self._ask(url, self._site.detail_delay_ms)
            except outbound.Unanswered:
                return None
        if answer.status != OK:
            return None
        html = answer.body.decode("utf-8", "replace")
        offer = await asyncio.to_thread(offers.offer, url, html)
        progress.offers += offer is not None
        return offer

    async def _ask(self, url: str, delay_ms: int) -> Answer:
        await asyncio.sleep(delay_ms / 1000)
        return await outbound.ask(
            "GET", at(url, self._site.origin), limit_ms=REQUEST_MS, headers=HEADERS
        )


def listing_url(task: Task) -> str:
    """The listing of a task; nothing if it names none."""
    if task.source not in LISTINGS:
        return ""
    if task.listing_url or not task.filters:
        return task.listing_url
    return f"{LISTINGS[task.source]}?{urlencode(sorted(task.filters.items()), doseq=True)}"


def at(url: str, origin: str) -> str:
    """A URL with another scheme, host and port; with its own if there is no other."""
    if not origin:
        return url
    parts = urlsplit(url)
    return origin + parts._replace(scheme="", netloc="", fragment="").geturl()
