"""What a verification's summary says, however it is laid out."""

from __future__ import annotations

from typing import Any

import pytest

from checks.jobsources.promotion import told_of

API, WEB = {"url": "http://api/", "ok": True}, {"url": "http://web", "ok": False, "reason": "x"}
FOUND = {"http://api": True, "http://web": False}


@pytest.mark.parametrize(
    "summary",
    [
        {"releaseSha": "1", "api": API, "web": WEB},
        {"parts": {"api": API, "web": WEB}},
        {"targets": [API, WEB], "verifiedAt": "now"},
    ],
)
def test_parts_are_found_wherever_they_stand(summary: Any) -> None:
    """By name, or one after the other, or under a name of their own."""
    assert told_of(summary) == FOUND


@pytest.mark.parametrize("summary", [None, 7, "ok", {}, [], {"ok": True}, {"url": "http://api"}])
def test_what_says_nothing_of_an_address_says_nothing(summary: Any) -> None:
    """No part is held for well because nobody spoke of it."""
    assert told_of(summary) == {}


def test_only_what_is_true_is_well() -> None:
    """A word for it is none."""
    assert told_of({"url": "http://api", "ok": "yes"}) == {"http://api": False}
