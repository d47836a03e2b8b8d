import hmac

from proofbook.instruments.signatures import (
    Answer,
    Case,
    accepted_wrongly,
    broke,
    flipped,
    hex_spellings,
    hmac_sha256,
    refusals,
    refused_wrongly,
    resized,
    run,
    unasked,
)

KEY, BODY = b"secret", b'{"a": 1}'
TAG = hmac_sha256(KEY, BODY)
CASES = [
    Case(name="sound", sent=TAG.hex(), accepted=True),
    *refusals(((name, tag.hex()) for name, tag in flipped(TAG)), "tag"),
    *refusals(((name, tag.hex()) for name, tag in resized(TAG)), "tag"),
    *refusals(hex_spellings(TAG)),
]


def strict(text: str) -> Answer:
    """A receiver as it should be."""
    right = hmac.compare_digest(TAG.hex().encode(), text.encode())
    return Answer(accepted=right, status=200 if right else 403)


def test_a_receiver_as_it_should_be_passes() -> None:
    """Nothing accepted or refused wrongly, nothing broken, and it was asked both ways."""
    answers = run(CASES, strict)

    assert broke(answers) == accepted_wrongly(answers) == refused_wrongly(answers) == ()
    assert unasked(answers) == ()
    assert len(answers) == len(CASES) > 256


def test_a_lax_receiver_is_caught_by_name() -> None:
    """It compares numbers where it should compare texts."""

    def lax(text: str) -> Answer:
        try:
            same = bytes.fromhex(text) == TAG
        except ValueError:
            return Answer(accepted=False, status=500, said="non-hexadecimal number found")
        return Answer(accepted=same, status=200 if same else 403)

    answers = run(CASES, lax)

    assert accepted_wrongly(answers) == (
        "upper case (200)",
        "one capital (200)",
        "spaces between bytes (200)",
        "a newline after (200)",
    )
    assert broke(answers)[0] == "0x before (500): non-hexadecimal number found"
    assert len(broke(answers)) == 5


def test_a_receiver_that_refuses_all_is_caught_too() -> None:
    """By the one case that is signed as it should be."""
    answers = run(CASES, lambda _: Answer(accepted=False, status=403, said="no"))

    assert refused_wrongly(answers) == ("sound (403): no",)
    assert accepted_wrongly(answers) == ()


def test_a_receiver_that_compares_half_is_caught() -> None:
    """Bits that it does not look at, and what it does not see at the end."""
    answers = run(CASES, lambda text: Answer(accepted=text[:32] == TAG.hex()[:32]))

    caught = accepted_wrongly(answers)
    assert "tag: bit 0 of byte 16 flipped" in caught
    assert "tag: cut to 16 bytes" in caught
    assert "tag: bit 0 of byte 15 flipped" not in caught


def test_no_answer_at_all_is_a_break() -> None:
    """And neither accepted nor refused."""
    answers = run(CASES[1:2], lambda _: Answer(accepted=False, answered=False, said="reset"))

    assert broke(answers) == ("tag: bit 0 of byte 0 flipped: reset",)


def test_half_a_bench_has_not_asked() -> None:
    """Whoever takes all, or refuses all, would pass it."""
    assert unasked(run(CASES[:1], strict)) == ("no case was to be refused",)
    assert unasked(run(CASES[1:], strict)) == ("no case was to be accepted",)
    assert unasked(()) == ("no case was to be accepted", "no case was to be refused")
