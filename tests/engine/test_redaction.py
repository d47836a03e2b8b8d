"""No form of a secret survives in a text."""

from __future__ import annotations

import base64
import json
import re
import string
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.redaction import redacted

SECRET = 'p@ss/w0rd+wïth=ödd "quotes" & 100%'
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikT\niRwQ=\n-----END PRIVATE KEY-----\n"

FORMS = {
    "raw": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    "hex": SECRET.encode().hex(),
    "HEX": SECRET.encode().hex().upper(),
    "URL": quote(SECRET),
    "URL, every sign": quote(SECRET, safe=""),
    "URL, lower case": re.sub("%..", lambda found: found[0].lower(), quote(SECRET, safe="")),
    "form": quote_plus(SECRET),
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON in UTF-8": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "repr": repr(SECRET)[1:-1],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_is_redacted(form: str) -> None:
    """What stands around it stays."""
    text = redacted(f"token={form}; next", {SECRET})

    assert text.startswith("token=[redacted]")
    assert text.endswith("; next")
    assert form not in text


@pytest.mark.parametrize("user", ["u", "us", "use", "user"])
def test_a_secret_inside_something_longer_is_redacted_in_base64(user: str) -> None:
    """`Basic` credentials hold it at any offset, so its characters differ each time."""
    whole = base64.b64encode(f"{user}:{SECRET}:more".encode()).decode()

    text = redacted(f"Authorization: Basic {whole}", {SECRET})

    kept = text.removeprefix("Authorization: Basic ").replace("[redacted]", "")
    assert len(kept) <= 4 * (len(user) + len(":more") + 4) // 3
    assert base64.b64encode(SECRET.encode()).decode()[6:20] not in text


def test_a_key_is_redacted_as_a_traceback_quotes_it() -> None:
    """Line by line, indented."""
    quoted = "".join(f"E       {line}\n" for line in PEM.splitlines())

    text = redacted(quoted, {PEM})

    assert "MC4CAQAwBQYDK2VwBCIEIJ" not in text
    assert text.count("E       ") == 4


def test_a_key_is_redacted_on_one_line() -> None:
    """As an environment variable or JSON holds it."""
    assert "MC4CAQAwBQ" not in redacted(json.dumps({"key": PEM}), {PEM})


def test_a_hexadecimal_secret_is_redacted_by_its_bytes() -> None:
    """The same key in base64 is the same key."""
    secret = bytes(range(32)).hex()

    text = redacted(f"public? {base64.b64encode(bytes(range(32))).decode()}", {secret})

    assert text.startswith("public? [redacted]")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("assert 'abcdefghijkl...' == 'x'", "assert '[redacted]...' == 'x'"),
        ("'x...mnopqrstuvwxyz' and", "'x...[redacted]' and"),
        ("'abcdefghij...qrstuvwxyz'", "'[redacted]...[redacted]'"),
        ("an abc... and so on", "an abc... and so on"),
        ("... wait ...", "... wait ..."),
    ],
)
def test_what_is_left_of_a_cut_secret_goes_too(text: str, left: str) -> None:
    """Pytest shortens long values with three dots; a few characters tell nothing."""
    assert redacted(text, {string.ascii_lowercase}) == left


def test_the_longer_secret_goes_first() -> None:
    """A secret that holds another leaves nothing of itself behind."""
    assert redacted("hunter2-and-more", {"hunter2", "hunter2-and-more"}) == "[redacted]"


@pytest.mark.parametrize("short", ["", "a", "500"])
def test_a_value_of_few_characters_is_left(short: str) -> None:
    """Redacting "500" would take half the report with it."""
    assert redacted("500 jobs, a day", {short}) == "500 jobs, a day"


def test_without_secrets_a_text_is_left_alone() -> None:
    """The same object, not a copy."""
    text = "500 jobs"

    assert redacted(text, set()) is text


@given(
    secret=st.text(min_size=12, max_size=60).filter(lambda text: text == text.strip()),
    before=st.text(alphabet="#<> ", max_size=9),
    after=st.text(alphabet="#<> ", max_size=9),
)
def test_no_form_of_any_secret_survives(secret: str, before: str, after: str) -> None:
    """Whatever characters it has."""
    forms = [
        secret,
        secret.encode().hex(),
        quote(secret),
        json.dumps(secret),
        repr(secret),
        base64.b64encode(secret.encode()).decode(),
    ]
    for form in forms:
        assert form not in redacted(f"{before}{form}{after}", {secret})
