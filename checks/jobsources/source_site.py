"""
The source site, played by the suite: `PRACUJ_SOURCE_ORIGIN` is told its address.

    site.list_offers(token, 3)          the listing of `listing_url(token)` names so many offers; 2 unless it is said
    site.break_offers(offer_urls(token, 3)[:1])    the first of them cannot be read
    site.answer(token, 500)             that listing is answered with this status and page
    site.hold(); site.release()         whoever asks waits
    site.waiting, site.listings(token)  how many wait now; how often a listing was asked for
"""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proofbook.instruments.servers import FakeServer

if TYPE_CHECKING:
    from proofbook.instruments.exchanges import Exchange, Received

LISTING = re.compile(r"/praca/(?P<token>[^/;,]+);kw")
DETAIL = re.compile(r"/praca/[^/]*,oferta,(?P<number>\d+)")
HTML = {"Content-Type": "text/html; charset=utf-8"}
#: Offers of a listing of which nothing else is said.
OFFERS = 2
#: What a page of a site without an offer shows.
NOTHING_FOUND = '<html><div data-test="zero-offers-section">Nothing</div></html>'

Page = tuple[int, str, dict[str, str]]


class SourceSite(FakeServer):
    """Two offers on each listing, each with its page, until it is told otherwise."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}
        self._broken: set[str] = set()
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()
        #: How many requests wait to be answered.
        self.waiting = 0
        #: The most that ever waited at once.
        self.most = 0
        super().__init__(self._reply)

    def close(self) -> None:
        """Let go whoever waits, and close."""
        self._open.set()
        super().close()

    def list_offers(self, token: str, count: int) -> None:
        """The listing of this token names so many offers."""
        self.answer(token, 200, listing(token, count))

    def answer(self, token: str, status: int, page: str = "") -> None:
        """The listing of this token is answered so."""
        self._pages[token] = (status, page, HTML)

    def break_offers(self, urls: list[str]) -> None:
        """These offers' pages hold no posting."""
        self._broken |= {urlsplit(url).path for url in urls}

    def hold(self) -> None:
        """Whoever asks waits until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer whoever waits, and all others."""
        self._open.set()

    def listings(self, token: str | None = None) -> list[Exchange]:
        """What was asked for listings, or for one."""
        found = [(LISTING.match(e.path), e) for e in self.exchanges()]
        return [e for match, e in found if match and token in (None, match["token"])]

    def _reply(self, received: Received) -> Page:
        with self._lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        try:
            while not self._open.wait(0.05) and not self.listener.closing.is_set():
                pass
        finally:
            with self._lock:
                self.waiting -= 1
        return self._page(received.path)

    def _page(self, path: str) -> Page:
        if found := LISTING.match(path):
            token = found["token"]
            return self._pages.get(token, (200, listing(token, OFFERS), HTML))
        if path in self._broken:
            return 200, "<html><p>It is gone</p></html>", HTML
        if found := DETAIL.match(path):
            return 200, detail(int(found["number"])), HTML
        return 404, "", HTML


def offer_urls(token: str, count: int) -> list[str]:
    """The offers that a listing names: numbers that other tokens do not share."""
    base = int.from_bytes(token.encode()[-6:], "big") * 1000
    return [f"https://it.pracuj.pl/praca/job-{base + n},oferta,{base + n}" for n in range(count)]


def listing(token: str, count: int) -> str:
    """A listing page that names so many offers, and recommends one that is none of them."""
    links = "".join(f'<a href="{url}?s=x#y">job</a>' for url in offer_urls(token, count))
    other = '<a href="https://it.pracuj.pl/praca/other,oferta,7">other</a>'
    return (
        f'<html><section data-test="section-offers"><div>{links}</div></section>'
        f'<section data-test="section-recommended-offers">{other}</section></html>'
    )


def detail(number: int) -> str:
    """An offer's page."""
    posting = {
        "@type": "JobPosting",
        "title": f"Job {number}",
        "description": "<p>Writes <b>Python</b></p>",
        "hiringOrganization": {"name": "Company"},
        "jobLocation": {"address": {"addressLocality": "Kraków"}},
    }
    script = json.dumps(posting).replace("<", "\\u003c")
    return f'<html><script type="application/ld+json">{script}</script></html>'
