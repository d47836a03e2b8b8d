"""Sessions: made by this API alone, for people it knows, for five days."""

from __future__ import annotations

import pytest

from systems.coreos.sessions import MAX_AGE_SECONDS, Sessions

TOKEN = "t" * 32
SESSIONS = Sessions("secret", {TOKEN: "ann", "u" * 32: "bob"})


def test_a_session_names_its_uid_until_it_runs_out() -> None:
    """To the second."""
    cookie = SESSIONS.open("ann", now_seconds=1000)

    assert SESSIONS.uid_of_cookie(cookie, now_seconds=1000 + MAX_AGE_SECONDS - 1) == "ann"
    assert SESSIONS.uid_of_cookie(cookie, now_seconds=1000 + MAX_AGE_SECONDS) is None


def test_a_session_dies_with_its_uid_or_its_secret() -> None:
    """Taking somebody's token away ends their sessions; so does a new secret."""
    cookie = SESSIONS.open("ann", now_seconds=0)

    assert Sessions("secret", {"u" * 32: "bob"}).uid_of_cookie(cookie, now_seconds=1) is None
    assert Sessions("other", SESSIONS.uids).uid_of_cookie(cookie, now_seconds=1) is None


@pytest.mark.parametrize(
    "forge", [str.upper, lambda c: c[:-1], lambda c: "ff" + c, lambda _: "", lambda _: "é.é\ud800"]
)
def test_a_forged_session_is_none(forge: object) -> None:
    """Whatever was done to it."""
    assert callable(forge)
    cookie = SESSIONS.open("ann", now_seconds=0)

    assert SESSIONS.uid_of_cookie(forge(cookie), now_seconds=1) is None


@pytest.mark.parametrize(
    ("token", "uid"), [(TOKEN, "ann"), ("u" * 32, "bob"), ("x", None), ("\ud800", None)]
)
def test_a_token_names_its_uid(token: str, uid: str | None) -> None:
    """And no other text does."""
    assert SESSIONS.uid_of_token(token) == uid
