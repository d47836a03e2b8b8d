"""Logs: one line a record, no secret in any."""

from __future__ import annotations

import base64
import json
import logging
from urllib.parse import quote

import pytest

from systems.chassis.logs import BLACKED, JsonFormatter, PlainFormatter, Redactor

SECRET = 'line one\nline "two" of a secret'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET[:12],
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
        quote(SECRET, safe=""),
    ],
    ids=["itself", "prefix", "hex", "base64", "url"],
)
def test_no_form_of_a_secret_is_logged(form: str) -> None:
    """Wherever it turns up: in the message, beside it, in a traceback."""
    record = logging.makeLogRecord({"msg": f"a {form} b", "extra_field": form})
    error = ValueError(form)
    record.exc_info = (ValueError, error, None)

    line = JsonFormatter(Redactor([SECRET])).format(record)

    assert SECRET[:12] not in line
    assert form not in line
    assert line.count(BLACKED) >= 3


def test_a_record_is_one_json_object() -> None:
    """Time, level, logger, message and whatever came with it."""
    record = logging.makeLogRecord({"msg": "claimed %s", "args": ("x",), "name": "n", "job": "j"})
    record.levelname = "INFO"

    fields = json.loads(JsonFormatter(Redactor([])).format(record))

    assert fields.pop("time").endswith("+00:00")
    assert fields == {"level": "info", "logger": "n", "message": "claimed x", "job": "j"}


def test_a_plain_line_stays_one_line() -> None:
    """A line break in what is logged makes no second line."""
    record = logging.makeLogRecord({"msg": "a\r\nb secret-secret", "name": "Worker"})

    line = PlainFormatter(Redactor(["secret-secret"])).format(record)

    assert line.endswith(f" [Worker] a\\r\\nb {BLACKED}")
