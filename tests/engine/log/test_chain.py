"""A chain's file: what is read of it, and every way in which it can be another than was written."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofbook import dsse
from proofbook.log import Damage, plans
from proofbook.log.chain import Chain, read
from proofbook.log.entry import END, NOTHING, PAYLOAD, PLAN, RECORD, Entry, digest, sealed
from tests.engine.store.samples import KEY, NOON, OTHER_KEY, record, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.signing.private import SigningKey

KEYS = {key.fingerprint: key.public for key in (KEY, OTHER_KEY)}
REMEDY = "Bring the file back from a copy of the store."


def line(kind: str, previous: str, body: dict[str, object], key: SigningKey = KEY) -> bytes:
    """One line, signed."""
    return sealed(Entry(kind, NOON.isoformat(), "b" * 40, previous, body), key.signer())


def chain(records: int = 2, key: SigningKey = KEY) -> list[bytes]:
    """A plan, some records, an end."""
    plan = plans.Plan(
        chain="r1",
        identity="",
        run=run("r1"),
        shard=1,
        of=1,
        claims=(plans.planned(record("a", None)),),
    )
    lines = [line(PLAN, NOTHING, plans.body(plan), key)]
    for n in range(records):
        body: dict[str, object] = {"claim": "a", "record": f"{n:064x}", "verdict": "pass"}
        lines.append(line(RECORD, digest(lines[-1]), body, key))
    end = plans.End(finished=NOON.isoformat(), aborted=None)
    return [*lines, line(END, digest(lines[-1]), plans.body(end), key)]


def joined(lines: list[bytes]) -> bytes:
    """The file that holds the lines."""
    return b"".join(each + b"\n" for each in lines)


LINES = chain()
WHOLE = joined(LINES)


def test_a_whole_chain_is_read() -> None:
    """Its entries in their order, its digests as `sha256sum` says them, and who signed it."""
    found = read("r1", WHOLE, KEYS)
    assert isinstance(found, Chain)
    assert [entry.kind for entry in found.entries] == ["plan", "record", "record", "end"]
    assert found.trail.digests == tuple(map(digest, LINES))
    assert found.signers == (KEY.fingerprint,)


def test_an_independent_reader_finds_the_last_line_an_envelope() -> None:
    """It is plain DSSE, and what it holds is plain JSON."""
    opened = dsse.opened(LINES[-1].decode(), {"ci": KEY.public}, kind=PAYLOAD)
    assert json.loads(opened.body)["previous"] == digest(LINES[-2])


def test_cut_at_any_byte_it_is_a_shorter_chain_or_damage() -> None:
    """A line that is not whole was never written; without its plan it says nothing at all."""
    what = "its first line is cut off, and nothing says what was planned"
    for length in range(len(WHOLE)):
        found = read("r1", WHOLE[:length], KEYS)
        whole = WHOLE[:length].count(b"\n")
        if whole:
            assert isinstance(found, Chain)
            assert found.trail.digests == tuple(map(digest, LINES[:whole]))
        else:
            assert found == Damage("log/r1.jsonl:1", what, REMEDY)


@settings(deadline=None)
@given(st.integers(0, len(WHOLE) - 2), st.integers(1, 255))
def test_any_changed_byte_is_found_on_its_line(at: int, difference: int) -> None:
    """Whichever byte of whichever line; only a new line end moves what is behind it."""
    changed = bytearray(WHOLE)
    changed[at] ^= difference
    found = read("r1", bytes(changed), KEYS)
    assert isinstance(found, Damage)
    line_of = WHOLE[: at + 1].count(b"\n") + (WHOLE[at : at + 1] != b"\n")
    assert found.place == f"log/r1.jsonl:{line_of}"


def without(at: int) -> list[bytes]:
    """The chain with a line taken out."""
    return LINES[:at] + LINES[at + 1 :]


def renamed() -> list[bytes]:
    """The last line, said to be by somebody whose key nobody has."""
    whole = json.loads(LINES[-1])
    whole["signatures"][0]["keyid"] = "SHA256:nobody"
    return [*LINES[:-1], json.dumps(whole, separators=(",", ":")).encode()]


def of_another_kind() -> list[bytes]:
    """The last line's entry, signed as something else."""
    body = b64decode(json.loads(LINES[-1])["payload"])
    return [*LINES[:-1], dsse.sealed(body, KEY.signer()).encode()]


def newer() -> list[bytes]:
    """A last line of a schema that does not exist yet."""
    whole = json.loads(b64decode(json.loads(LINES[-1])["payload"]))
    body = json.dumps({**whole, "schema": 2}).encode()
    return [*LINES[:-1], dsse.sealed(body, KEY.signer(), kind=PAYLOAD).encode()]


def signed_by_nobody() -> list[bytes]:
    """The last line without a signature."""
    whole = {**json.loads(LINES[-1]), "signatures": []}
    return [*LINES[:-1], json.dumps(whole, separators=(",", ":")).encode()]


def spaced() -> list[bytes]:
    """The last line, its JSON written another way."""
    return [*LINES[:-1], json.dumps(json.loads(LINES[-1])).encode()]


def signed_anew(at: int) -> list[bytes]:
    """A line of which the content stayed, and which another key signed."""
    anew = chain(key=OTHER_KEY)
    return [*LINES[:at], anew[at], *LINES[at + 1 :]]


_MOVED = ": a line was moved or taken out"
_D = [each[:16] for each in map(digest, LINES)]


@pytest.mark.parametrize(
    ("made", "at", "what"),
    [
        (lambda: without(0), 1, f"it goes on from {_D[0]}…, and nothing stands before it{_MOVED}"),
        (lambda: without(1), 2, f"it goes on from {_D[1]}…, and {_D[0]}… stands before it{_MOVED}"),
        (
            lambda: [LINES[0], LINES[2], LINES[1], LINES[3]],
            2,
            f"it goes on from {_D[1]}…, and {_D[0]}… stands before it{_MOVED}",
        ),
        (lambda: [*LINES[:2], *LINES[1:]], 3, "it stands twice: it is line 2 again"),
        (
            renamed,
            4,
            "it is signed by SHA256:nobody, and the chain by " + KEY.fingerprint,
        ),
        (
            lambda: signed_anew(3),
            4,
            f"it goes on from {digest(chain(key=OTHER_KEY)[2])[:16]}…, and {_D[2]}… stands before it{_MOVED}",
        ),
        (
            of_another_kind,
            4,
            f"it is no entry: it is signed as {dsse.INTOTO!r}, and not as {PAYLOAD!r}",
        ),
        (
            newer,
            4,
            "it is no entry: its schema is 2, and this Proofbook reads schema 1; use a newer one",
        ),
        (signed_by_nobody, 4, "it is no entry: nobody signed it"),
        (spaced, 4, "its bytes were changed: it is not written as an entry is"),
        (lambda: [*LINES, LINES[-1]], 5, "it stands twice: it is line 4 again"),
        (
            lambda: [*LINES, line(RECORD, digest(LINES[-1]), {})],
            5,
            "'record' stands after 'end', where nothing belongs",
        ),
        (
            lambda: [line(END, NOTHING, {})],
            1,
            (
                "'end' stands first, where plan or answer or waiver or override or decision or "
                "retirement or rewording or drill or prune belongs"
            ),
        ),
        (lambda: [*LINES[:1], b'{"\xff"}'], 2, "it is not UTF-8 at byte 2"),
        (
            lambda: [*LINES[:1], b"{}"],
            2,
            "it is no entry: it holds other keys than a signed one",
        ),
        (
            lambda: [*LINES[:1], b"nonsense"],
            2,
            "it is no entry: it is not JSON, Expecting value",
        ),
        (lambda: [b"[" * 100_000], 1, "it is no entry: it is nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_of_the_first_line_that_is(
    made: Callable[[], list[bytes]], at: int, what: str
) -> None:
    """Place, what, what was expected, what to do."""
    found = read("r1", joined(made()), KEYS)
    assert found == Damage(f"log/r1.jsonl:{at}", what, REMEDY)


def test_a_key_that_nobody_has_is_named() -> None:
    """The key's file went, or the chain came without it."""
    assert read("r1", WHOLE, {}) == Damage(
        "log/r1.jsonl:4",
        f"it is signed by {KEY.fingerprint}, and no file of log/keys holds that key",
        REMEDY,
    )


def test_a_chain_that_another_key_signed_anew_is_that_key_s() -> None:
    """It holds; whoever asks must trust the key, and a head from elsewhere tells the two apart."""
    found = read("r1", joined(chain(key=OTHER_KEY)), KEYS)
    assert isinstance(found, Chain)
    assert found.signers == (OTHER_KEY.fingerprint,)
    assert found.trail.digests != tuple(map(digest, LINES))


def test_a_huge_line_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is written here is that long."""
    monkeypatch.setattr(dsse, "LARGEST", 2000)
    found = read("r1", b"x" * 2001 + b"\n", KEYS)
    assert found == Damage(
        "log/r1.jsonl:1", "it is longer than 2000 bytes, and no entry is", REMEDY
    )


def test_a_name_that_leads_elsewhere_is_none() -> None:
    """A chain's name is a file's name."""
    assert read("..", WHOLE, KEYS) == Damage(
        "log/...jsonl:1", "its name is no name of a chain", REMEDY
    )
