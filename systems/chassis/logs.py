"""
Structured logs that hold no secret.

One JSON object a line on standard error. Redaction is by value: whatever is told to be secret, its hex, base64 and
URL forms and its first twelve characters are blacked out wherever they turn up, whoever logs them.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from systems.chassis import instants

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = 12
BLACKED = "[redacted]"
#: What every log record carries anyway; anything beyond came in through `extra`.
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",  # uvicorn's, for terminals
}


class Redactor:
    """Blacks out secrets in text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without any form of a secret."""
        for form in self._forms:
            text = text.replace(form, BLACKED)
        return text


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, secrets blacked out."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger and message, then what `extra` brought, then the traceback."""
        fields = self.head(record) | {"message": record.getMessage()}
        fields |= {key: value for key, value in vars(record).items() if key not in PLAIN}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return self._redact(json.dumps(fields, default=str))

    def head(self, record: logging.LogRecord) -> dict[str, object]:
        """When it was said, how urgent it is, and by whom."""
        return {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }


class StampedFormatter(JsonFormatter):
    """A record with its level first, in four words, and `timestamp` in UTC with a Z."""

    def head(self, record: logging.LogRecord) -> dict[str, object]:
        """Level, instant and logger."""
        level = record.levelname.lower()
        return {
            "level": {"warning": "warn", "critical": "error"}.get(level, level),
            "timestamp": instants.text(datetime.fromtimestamp(record.created, UTC)),
            "logger": record.name,
        }


class PlainFormatter(logging.Formatter):
    """A record as a line to read: time, logger, message."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ [%(name)s] %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line, secrets blacked out; a line break in it does not make two of it."""
        return self._redact(super().format(record)).replace("\r", "\\r").replace("\n", "\\n")


def start(secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Send this process's logs to standard error, one JSON object a line."""
    _start(JsonFormatter(Redactor(secrets)), level)


def start_stamped(secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Send this process's logs to standard error, one JSON object a line, level first."""
    _start(StampedFormatter(Redactor(secrets)), level)


def start_plain(secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Send this process's logs to standard error, as lines to read."""
    _start(PlainFormatter(Redactor(secrets)), level)


def _start(formatter: logging.Formatter, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)


def _forms(secret: str) -> Iterable[str]:
    raw = secret.encode()
    for text in (secret, secret[:PREFIX]):
        yield text
        # A log line is JSON: line breaks and quotes of a secret stand there as escapes.
        yield json.dumps(text)[1:-1]
    yield raw.hex()
    yield base64.b64encode(raw).decode()
    yield quote(secret, safe="")
