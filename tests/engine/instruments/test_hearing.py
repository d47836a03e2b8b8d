"""What was said to a deployment: the first words and the last, clean and short."""

from __future__ import annotations

import json

from proofbook.instruments.hearing import FIRST, LAST, Hearing, Said, cut


def said(number: int, came: bytes = b"yes") -> Said:
    """A question with a number."""
    return Said("http", f"GET /{number}", b"", 200, came)


def lines(hearing: Hearing) -> list[dict[str, object]]:
    """What was heard, nothing cleaned."""
    return [json.loads(line) for line in hearing.text(str).splitlines()]


def test_a_few_words_are_kept_whole() -> None:
    """In their order; what is empty is left out."""
    hearing = Hearing()
    hearing.note(said(1))
    hearing.note(Said("sql", "select %s", b"(1,)", None, b"[]"))
    assert lines(hearing) == [
        {"by": "http", "what": "GET /1", "status": 200, "came": "yes"},
        {"by": "sql", "what": "select %s", "sent": "(1,)", "came": "[]"},
    ]


def test_of_many_words_the_first_and_the_last_are_kept() -> None:
    """And how many lie between."""
    hearing = Hearing()
    for number in range(100):
        hearing.note(said(number))
    found = lines(hearing)
    assert [line.get("what") for line in found[:FIRST]] == [f"GET /{n}" for n in range(FIRST)]
    assert found[FIRST] == {"left_out": 100 - FIRST - LAST}
    assert [line.get("what") for line in found[FIRST + 1 :]] == [
        f"GET /{n}" for n in range(100 - LAST, 100)
    ]


def test_a_text_is_cleaned_before_it_is_cut_short() -> None:
    """So that no half of a secret is left at the end."""
    hearing = Hearing()
    secret = "s" * 40
    hearing.note(said(1, cut(b"." * 380 + secret.encode() + b"." * 9000)))
    text = hearing.text(lambda each: each.replace(secret, "[redacted]"))
    assert "ss" not in text
    assert json.loads(text)["came"] == "." * 380 + "[redacted]" + "." * 10 + "…"


def test_half_a_secret_where_the_bytes_end_is_not_shown() -> None:
    """However much of what stands before it was cleaned away."""
    hearing = Hearing()
    secret = "s" * 100
    hearing.note(said(1, cut((secret + " ").encode() * 99)))
    assert "ss" not in hearing.text(lambda each: each.replace(secret, ""))


def test_a_new_try_hears_nothing_of_the_last() -> None:
    """And nothing said is no text."""
    hearing = Hearing()
    hearing.note(said(1))
    hearing.clear()
    assert hearing.text(str) == ""
