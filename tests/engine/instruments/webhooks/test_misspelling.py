"""What headers may say and no receiver may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofbook.instruments.webhooks import GITHUB, STANDARD_WEBHOOKS, Message
from proofbook.instruments.webhooks.misspelling import signatures, timestamps

if TYPE_CHECKING:
    from proofbook.instruments.webhooks import Scheme


@pytest.mark.parametrize("scheme", [STANDARD_WEBHOOKS, GITHUB], ids=["standard", "github"])
@settings(max_examples=20)
@given(body=st.binary(max_size=20), key=st.binary(min_size=1, max_size=40))
def test_no_signature_of_these_is_the_sound_one(scheme: Scheme, body: bytes, key: bytes) -> None:
    """Also not with the white space taken away that HTTP takes away; each fits into a line."""
    message = Message(body=body, headers={"webhook-id": "m"})

    found = list(signatures(scheme, message, "1", key))

    sound = scheme.spelled(scheme.tag(message, "1", key))
    assert sound not in {text.strip() for _, text in found}
    assert not [name for name, text in found if "\n" in text or "\r" in text]
    assert len({name for name, _ in found}) == len(found) > 70


@settings(max_examples=20)
@given(st.integers(1_000_000_000, 9_999_999_999))
def test_no_instant_of_these_is_plain_digits_of_now(at: int) -> None:
    """None is the one that is right."""
    found = dict(timestamps(at))

    assert str(at) not in {text.strip() for text in found.values()}
    assert {"in milliseconds", "with a fraction", "not a number", "empty", "8 kB"} <= {*found}
    assert len(found["8 kB"]) == 8192
