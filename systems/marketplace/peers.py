"""Who is at the other end, for limits: nobody can choose it by a header."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from systems.marketplace.forms import Network

FORWARDED = "x-forwarded-for"


def address(request: Request, trusted: Sequence[Network]) -> str:
    """The peer's address; behind trusted proxies, the last one that they forwarded for and that is none of them."""
    peer = request.client.host if request.client else ""
    if not _is_trusted(peer, trusted):
        return peer
    forwarded = ",".join(request.headers.getlist(FORWARDED)).split(",")
    for hop in reversed([part.strip() for part in forwarded]):
        if hop and not _is_trusted(hop, trusted):
            return hop
    return peer


def _is_trusted(hop: str, trusted: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(hop)
    except ValueError:
        return False
    return any(found in network for network in trusted)
