"""Schemes that others published, by their own examples."""

from __future__ import annotations

from proofbook.instruments.webhooks import GITHUB, STANDARD_WEBHOOKS, Message, altered_bodies


def test_standard_webhooks_are_signed_as_their_page_shows() -> None:
    """The example of the specification."""
    message = Message(
        body=b'{"test": 2432232314}', headers={"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek"}
    )

    request = STANDARD_WEBHOOKS.signed(
        message, 1614265330.9, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    )

    assert request.headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert request.body == message.body


def test_githubs_are_signed_as_their_page_shows() -> None:
    """The example of GitHub's documentation; it has no time."""
    request = GITHUB.signed(Message(body=b"Hello, World!"), 0, "It's a Secret to Everybody")

    assert request.headers == {
        "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    }


def test_a_body_that_is_no_json_is_altered_as_bytes() -> None:
    """There are no other bytes that say the same."""
    assert [name for name, _ in altered_bodies(Message(body=b"}"))] == [
        "body bit 0 of byte 0 flipped",
        "body cut to 0 bytes",
        "body a zero byte longer",
        "body a zero byte before",
        "body doubled",
    ]
    assert "body re-serialised, compact" in dict(altered_bodies(Message(body=b'{"a": 1}')))
