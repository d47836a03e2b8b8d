"""Looks at what an API calls things, and by what it knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.systems.jobsources.apis import offer
from tests.systems.jobsources.looks import Look

if TYPE_CHECKING:
    from tests.systems.jobsources.apis import Api

LISTING = "https://it.pracuj.pl/praca?its=frontend"


def is_untyped(api: Api) -> bool:
    """What an error tells of its type is not understood."""
    return bool(api.run(api.failed())["failureType"] == "unknown")


def is_spelling_counted(api: Api) -> bool:
    """An offer's address is another with a query."""
    plain = offer(url="https://it.pracuj.pl/praca/x", sourceId=None)
    for url in (plain["url"], plain["url"] + "?s=1"):
        assert api.complete(api.begin(), jobs=[plain | {"url": url}]).status_code == 201
    return len(api.apis.sql("SELECT 1 FROM job_offers")) > 1


def is_tracking_counted(api: Api) -> bool:
    """A request is another when somebody followed a link to it."""
    urls = (LISTING, LISTING + "&utm_source=x")
    answers = [api.scrape(listingUrl=url).json()["data"] for url in urls]
    return len({answer["intentFingerprint"] for answer in answers}) > 1


#: Fault → the look that sees it.
LOOKS: dict[str, Look] = {
    "failures-untyped": Look(is_untyped),
    "offers-known-as-written": Look(is_spelling_counted),
    "requests-known-as-written": Look(is_tracking_counted),
}
