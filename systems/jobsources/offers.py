"""
What the pages of the source site say: which offers a listing names, and what an offer's own page holds.

HTML goes in, values come out. Of a page that is broken as much is read as can be.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFERS, NO_OFFERS = "section-offers", "zero-offers-section"
DOMAIN = "pracuj.pl"
PATH = re.compile(r"/praca/.*,oferta,(?P<number>[0-9]+)")
BLOCKED = ("cf_chl", "Just a moment...")
TAG = re.compile(r"<[^>]*>")
BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing's offers, each once, in its order; whether it is one at all, or says that there are none."""

    urls: tuple[str, ...]
    has_offers_section: bool
    says_none: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A job offer; what its page does not say is empty."""

    url: str
    title: str
    description: str
    company: str = ""
    location: str = ""

    @property
    def number(self) -> str:
        """The site's own number of the offer."""
        found = PATH.fullmatch(urlsplit(self.url).path)
        return found["number"] if found else ""


def is_blocked(html: str) -> bool:
    """Whether this is the page of a guard that lets no program in."""
    return any(mark in html for mark in BLOCKED)


def listing(html: str) -> Listing:
    """What a listing names."""
    page = _ListingPage()
    _read(page, html)
    urls = dict.fromkeys(url for link in page.links if (url := _offer_url(link)))
    return Listing(
        urls=tuple(urls), has_offers_section=page.has_offers_section, says_none=page.says_none
    )


def offer(url: str, html: str) -> Offer | None:
    """What an offer's page holds; None if it lacks a title or a description."""
    page = _DetailPage()
    _read(page, html)
    for posting in _postings(page.scripts):
        title, description = _plain(posting.get("title")), _plain(posting.get("description"))
        if title and description:
            return Offer(
                url=url,
                title=title,
                description=description,
                company=_plain(_at(posting, "hiringOrganization", "name")),
                location=_plain(_at(posting, "jobLocation", "address", "addressLocality")),
            )
    return None


class _ListingPage(HTMLParser):
    """Collects the links inside the one section that holds offers."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.has_offers_section = False
        self.says_none = False
        #: The sections that are open: whether each is the one.
        self._sections: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        told = dict(attrs)
        if told.get("data-test") == NO_OFFERS:
            self.says_none = True
        if tag == "section":
            is_the_one = told.get("data-test") == OFFERS
            self.has_offers_section |= is_the_one
            self._sections.append(is_the_one)
        elif tag == "a" and any(self._sections) and told.get("href"):
            self.links.append(told["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave a section."""
        if tag == "section" and self._sections:
            self._sections.pop()


class _DetailPage(HTMLParser):
    """Collects the scripts that hold linked data."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        if tag == "script" and dict(attrs).get("type") == "application/ld+json":
            self._is_inside = True
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave a script."""
        if tag == "script":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        """Keep a script's text."""
        if self._is_inside:
            self.scripts[-1] += data


def _read(page: HTMLParser, html: str) -> None:
    # To a browser this opens a comment; to the library it is an error.
    page.feed(html.replace("<![", "<! ["))
    page.close()


def _offer_url(link: str) -> str:
    """An offer's URL without query and fragment; nothing if the link leads elsewhere."""
    try:
        parts = urlsplit(link.strip())
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_there = host == DOMAIN or host.endswith(f".{DOMAIN}")
    if parts.scheme not in ("http", "https") or not is_there or not PATH.fullmatch(parts.path):
        return ""
    return parts._replace(query="", fragment="").geturl()


def _postings(scripts: list[str]) -> Iterator[dict[str, Any]]:
    for script in scripts:
        try:
            told = json.loads(script)
        except (ValueError, RecursionError):
            continue
        for each in told if isinstance(told, list) else [told]:
            if isinstance(each, dict) and each.get("@type") == "JobPosting":
                yield each


def _at(value: object, *names: str) -> object:
    """What stands there, of lists the first; None if there is nothing."""
    for name in names:
        first = value[0] if isinstance(value, list) and value else value
        value = first.get(name) if isinstance(first, dict) else None
    return value


def _plain(value: object) -> str:
    """A text without tags."""
    if not isinstance(value, str):
        return ""
    return BLANKS.sub(" ", unescape(TAG.sub(" ", value))).strip()
