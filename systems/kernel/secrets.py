"""What no log of the Kernel's programs may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMES = ("POSTGRES_URL", "KMS_BEARER_TOKEN", "SENTRY_DSN", "KMS_ADMIN_TOKEN")


def of(environ: Mapping[str, str]) -> Iterator[str]:
    """The secret values of an environment; of the database's address its password, too."""
    for name in NAMES:
        yield environ.get(name, "")
    password = urlsplit(environ.get("POSTGRES_URL", "")).password or ""
    yield from (password, unquote(password))
