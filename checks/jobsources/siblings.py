"""
APIs beside the shared one, on the same store, each told one thing otherwise; started when first asked for.

    run = api.begin()                                 # a check's runs are begun, and ended, at the shared API
    siblings.narrow.deliver(completed(run), at=…)
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from checks.jobsources.adapter_deployment import SECRET
from checks.jobsources.identity import AUDIENCE, EMAIL

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment

TOLERANCE = "WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC"
#: The secret that comes after the target's own: not all of it is ASCII.
NEXT_SECRET = "sekret-żółw"
STATIC_TOKEN = "a-token-that-was-agreed-on"


class Siblings:
    """The shared API's neighbours."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.identity = deployment.identity

    def tolerant(self, seconds: int) -> Api:
        """One that takes what was signed so many seconds from now."""
        if seconds not in self._tolerant:
            self._tolerant[seconds] = self._deployment.api({TOLERANCE: str(seconds)})
        return self._tolerant[seconds]

    @cached_property
    def _tolerant(self) -> dict[int, Api]:
        return {}

    @cached_property
    def unsigned(self) -> Api:
        """One without a secret."""
        return self._deployment.api(without=(SECRET,))

    @cached_property
    def renewed(self) -> Api:
        """One whose secret was exchanged."""
        return self._deployment.api({SECRET: NEXT_SECRET})

    @cached_property
    def audience(self) -> Api:
        """One that wants an ID token, of whomever."""
        return self._identified()

    @cached_property
    def caller(self) -> Api:
        """One that wants an ID token of the worker's own service."""
        return self._identified(WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL=EMAIL)

    @cached_property
    def shadowed(self) -> Api:
        """One that wants an ID token, and knows a static one, too."""
        return self._identified(WORKER_CALLBACK_TOKEN=STATIC_TOKEN)

    def _identified(self, **env: str) -> Api:
        told = {**self.identity.env(), "WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE, **env}
        return self._deployment.api(told)
