"""An address at which nobody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proofbook.instruments.tap import Tap

if TYPE_CHECKING:
    from checks.kernel.adapter_deployment import Deployment


def nowhere(deployment: Deployment) -> str:
    """The store's address, user and password and all, but for a place at which nobody listens."""
    parts = urlsplit(deployment.twin.address(deployment.twin.store_role).url)
    with Tap(deployment.kms.url) as gone:
        place = urlsplit(gone.url).netloc
    user = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{user}@{place}" if user else place).geturl()
