"""What a deployment needs before it may begin: its secrets, and a KMS that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from systems.kernel import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED = ("POSTGRES_URL", "KMS_ENDPOINT", "SIGNER_ID")
SECONDS = 5
OK = 200


def missing(environ: Mapping[str, str]) -> list[str]:
    """What is not there, each with what is wrong; an empty variable is an absent one."""
    found = [f"{name} is not set" for name in NEEDED if not environ.get(name, "").strip()]
    if environ.get("REQUIRE_KMS", "").strip().lower() not in settings.TRUE:
        found.append("REQUIRE_KMS is not true")
    return found


def kms_answers(environ: Mapping[str, str]) -> bool:
    """Whether there is a KMS at its address."""
    base = settings.kms_base(environ.get("KMS_ENDPOINT", "").strip())
    try:
        with httpx.Client(trust_env=False, timeout=SECONDS) as client:
            return client.get(base).status_code == OK
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
