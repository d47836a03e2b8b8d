"""What a scrape is to look for, and the fingerprint by which the same intent is known again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from systems.chassis.canonical import canonical, digest
from systems.chassis.http import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "pracuj-pl-it"
#: The sources, and where each lists what it has.
LISTINGS = {
    "pracuj-pl": "https://www.pracuj.pl/praca",
    "pracuj-pl-it": "https://it.pracuj.pl/praca",
    "pracuj-pl-general": "https://www.pracuj.pl/praca",
}
HOST = "pracuj.pl"
#: Parameters that say who sent a visitor, not what is looked for.
TRACKERS = ("fbclid", "gclid", "msclkid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A source, the page that lists what is looked for, and filters where no page was named."""

    source: str
    listing_url: str
    filters: Mapping[str, Any] | None
    dropped: Mapping[str, Any]

    @property
    def canonical_url(self) -> str:
        """The listing's address, without what makes no difference."""
        return canonical_url(self.listing_url)

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits: the same for the same intent."""
        told = {"source": self.source, "listingUrl": self.canonical_url}
        return digest(canonical(told | {"normalizedFilters": self.filters}))


def intent(source: str, listing_url: str, filters: Mapping[str, Any] | None) -> Intent:
    """The intent of a request. Raises Refusal 400 for a listing of somebody else's."""
    slug = source or DEFAULT
    if listing_url:
        if not is_listing(listing_url):
            raise Refusal(400, "listingUrl must be an address of pracuj.pl")
        return Intent(source=slug, listing_url=listing_url, filters=None, dropped={})
    told = filters or {}
    usable = {name: value for name, value in told.items() if _is_usable(value)}
    query = urlencode(sorted(usable.items()), doseq=True)
    return Intent(
        source=slug,
        listing_url=LISTINGS[slug] + (f"?{query}" if query else ""),
        filters=usable or None,
        dropped={name: value for name, value in told.items() if name not in usable},
    )


def is_listing(url: str) -> bool:
    """Whether an address is one of the source's, or of a host below it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and (host == HOST or host.endswith(f".{HOST}"))


def canonical_url(url: str) -> str:
    """An address with its host in lower case, its parameters in order, without fragment and trackers."""
    parts = urlsplit(url)
    pairs = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not name.startswith("utm_") and name not in TRACKERS
    )
    query = urlencode(pairs)
    place = f"{parts.scheme}://{parts.netloc.lower()}{parts.path or '/'}"
    return place + (f"?{query}" if query else "")


def _is_usable(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, str | int) for item in items)
