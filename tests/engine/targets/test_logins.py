"""What somebody logs in with, once its secrets are known."""

from __future__ import annotations

from proofbook.targets.logins import resolved


def test_every_string_of_a_body_is_resolved() -> None:
    """At whatever depth; numbers and the like stay what they are, and nothing stays nothing."""
    body = {"user": {"name": "a", "ids": [1, "b"]}, "stay": True}

    assert resolved(body, str.upper) == {"user": {"name": "A", "ids": [1, "B"]}, "stay": True}
    assert resolved(None, str.upper) is None
