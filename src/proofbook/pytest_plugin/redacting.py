"""Take the secrets out of every report, before anybody shows, sends or keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.redaction import redacted

if TYPE_CHECKING:
    from proofbook.pytest_plugin.places import Place


class Redacting:
    """Registered once there may be secrets, in the process that runs the checks."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Traceback, captured output and properties; a traceback that held one becomes plain text."""
        secrets = self._place.secrets
        if not secrets:
            return
        report.sections = [(name, redacted(text, secrets)) for name, text in report.sections]
        report.user_properties = [
            (name, redacted(value, secrets) if isinstance(value, str) else value)
            for name, value in report.user_properties
        ]
        if report.longrepr is None:
            return
        text = report.longreprtext
        crash = getattr(report.longrepr, "reprcrash", None)
        shown = f"{text}\n{crash.message}" if crash else text
        if redacted(shown, secrets) != shown:
            report.longrepr = redacted(text, secrets) or "[redacted]"
