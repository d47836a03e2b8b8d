"""Job offers as a callback tells them, and what makes two of them the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from systems.jobsources.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Bytes of an address that an index takes.
LONGEST_URL = 2048
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOffer:
    """One offer, its texts as a database can hold them."""

    url: str
    title: str
    description: str
    source_id: str | None
    company: str | None
    location: str | None
    salary: str | None
    employment_type: str | None
    apply_url: str | None
    posted_at: datetime | None
    expires_at: datetime | None
    requirements: list[Any] | None
    details: dict[str, Any] | None

    @property
    def identity_key(self) -> str:
        """What two listings of the same offer have in common."""
        if self.source_id:
            return f"source:{self.source_id.lower()}"
        return f"url:{normalized_url(self.url).lower()}"


def read(told: Iterable[object], fields: Fields) -> Sequence[JobOffer]:
    """The usable offers of a callback, each address once; what is wrong is noted in `fields`."""
    found: dict[str, JobOffer] = {}
    for number, each in enumerate(told):
        offer = _offer(each, fields, f"jobs.{number}")
        if offer is not None:
            found.setdefault(offer.url.lower(), offer)
    return tuple(found.values())


def normalized_url(text: str) -> str:
    """An address without query and fragment, scheme and host in lower case; any other text as it is."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    if not parts.scheme or not parts.netloc:
        return text
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path or '/'}"


def washed(value: Any) -> Any:
    """A JSON value that the database's JSON can hold: it knows no U+0000 and no half of a surrogate pair."""
    if isinstance(value, str):
        return UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {washed(name): washed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [washed(each) for each in value]
    return value


def _offer(told: object, fields: Fields, where: str) -> JobOffer | None:
    """One offer; None where it says nothing."""
    if not isinstance(told, dict):
        fields.wrong(f"{where} must be an object")
        return None
    read = Fields(told)
    url, title, description = (
        _plain(read.text(name, is_required=True)) for name in ("url", "title", "description")
    )
    offer = JobOffer(
        url=url,
        title=title,
        description=description,
        source_id=_plain(read.text("sourceId", 256)) or None,
        company=_plain(read.text("company")) or None,
        location=_plain(read.text("location")) or None,
        salary=_plain(read.text("salary")) or None,
        employment_type=_plain(read.text("employmentType")) or None,
        apply_url=_plain(read.text("applyUrl")) or None,
        posted_at=_moment(read.text("postedAt")),
        expires_at=_moment(read.text("expiresAt")),
        requirements=washed(read.listing("requirements")),
        details=washed(read.mapping("details")),
    )
    for name in ("source", "sourceCompanyProfileUrl"):
        read.text(name)
    read.switch("isExpired")
    read.value("rawPayload")
    read.listing("tags")
    if len(url.encode()) > LONGEST_URL:
        read.wrong(f"url must be text of {LONGEST_URL} bytes at most")
    for problem in read.problems():
        fields.wrong(f"{where}.{problem}")
    return offer if url and title and description else None


def _plain(text: str) -> str:
    return str(washed(text)).strip()


def _moment(text: str) -> datetime | None:
    """An instant; None where the text tells none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
