"""
What went wrong, and how long requests took, reported to Sentry.

The SDK does the sending: a thread of its own, a bounded queue, so that no request waits for it. Nothing of a request
but its method and its route is told.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from sentry_sdk.types import Event

    from systems.marketplace.endpoint import Answered
    from systems.marketplace.settings import Settings

#: Routes that are asked all day long by those who watch.
UNTRACED = frozenset({"/api/admin/health", "/api/admin/metrics.prom"})
FLUSH_SECONDS = 2.0


class Reporter:
    """Reports requests that were answered."""

    def __init__(self, settings: Settings) -> None:
        # A third of a second, which nobody has to wait who reports nothing.
        from sentry_sdk.client import Client  # noqa: PLC0415

        self._rate = settings.sentry.traces_rate
        self._client = Client(
            dsn=settings.sentry.dsn,
            environment=settings.surroundings.name,
            release=settings.release.commit,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            send_client_reports=False,
            server_name="",
            shutdown_timeout=FLUSH_SECONDS,
            # As whoever listens on the way can read it; it is little.
            _experiments={"transport_compression_level": 0},
        )

    def answered(self, answered: Answered) -> None:
        """Report what was raised, and now and then how long it took."""
        from sentry_sdk.utils import event_from_exception  # noqa: PLC0415 - as above

        if answered.error is not None:
            event, hint = event_from_exception(answered.error, client_options=self._client.options)
            self._client.capture_event({**event, "transaction": _name(answered)}, hint=hint)
        if answered.route not in UNTRACED and random.random() < self._rate:  # noqa: S311 - a sample, no secret
            self._client.capture_event(_transaction(answered))

    def close(self) -> None:
        """Send what is left."""
        self._client.close()


def _name(answered: Answered) -> str:
    return f"{answered.method} {answered.route}"


def _transaction(answered: Answered) -> Event:
    ended = datetime.fromtimestamp(time.time(), UTC)
    trace: dict[str, object] = {
        "trace_id": uuid4().hex,
        "span_id": uuid4().hex[:16],
        "op": "http.server",
        "status": "internal_error" if answered.error else "ok",
    }
    return {
        "type": "transaction",
        "transaction": _name(answered),
        "transaction_info": {"source": "route"},
        "contexts": {"trace": trace},
        "tags": {"http.status_code": str(answered.status)},
        "start_timestamp": ended - timedelta(seconds=answered.seconds),
        "timestamp": ended,
        "spans": [],
    }
