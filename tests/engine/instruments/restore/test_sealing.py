"""Sealed files: opened by their key alone, and by nothing that was done to them in between."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofbook.instruments.restore import sealing
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.sealing import is_sealed, key_id, key_of, seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(32))
FREELY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes stand for many."""
    monkeypatch.setattr(sealing, "CHUNK_BYTES", 8)


@FREELY
@given(st.binary(max_size=40))
def test_what_was_sealed_comes_back(tmp_path: Path, data: bytes) -> None:
    """Also nothing, and whole numbers of chunks."""
    (tmp_path / "plain").write_bytes(data)
    seal(tmp_path / "plain", tmp_path / "sealed", KEY)
    unseal(tmp_path / "sealed", tmp_path / "back", KEY)
    assert (tmp_path / "back").read_bytes() == data
    assert is_sealed(tmp_path / "sealed")
    assert is_sealed(tmp_path / "plain") == data.startswith(sealing.MAGIC)


@FREELY
@given(
    st.binary(min_size=1, max_size=40),
    st.sampled_from(["cut", "flip", "add", "swap"]),
    st.randoms(use_true_random=False),
)
def test_whatever_is_done_to_it_is_noticed(tmp_path: Path, data: bytes, how: str, random) -> None:  # type: ignore[no-untyped-def] # Hypothesis's
    """Cut anywhere, one bit flipped, something added, two chunks swapped."""
    (tmp_path / "plain").write_bytes(data)
    seal(tmp_path / "plain", tmp_path / "sealed", KEY)
    whole = bytearray((tmp_path / "sealed").read_bytes())
    if how == "cut":
        whole = whole[: random.randrange(len(whole))]
    elif how == "flip":
        whole[random.randrange(len(whole))] ^= 1 << random.randrange(8)
    elif how == "add":
        whole += b"x"
    elif len(data) > 16:
        first = len(whole) - (len(data) + 17 * -(-len(data) // 8))
        whole[first : first + 50] = whole[first + 25 : first + 50] + whole[first : first + 25]
    else:
        return
    (tmp_path / "sealed").write_bytes(bytes(whole))

    with pytest.raises(Broken) as raised:
        unseal(tmp_path / "sealed", tmp_path / "back", KEY)
    assert raised.value.guard == "decrypt"


def test_another_key_is_named_and_told_nothing(tmp_path: Path) -> None:
    """By the ids of both."""
    (tmp_path / "plain").write_bytes(b"rows")
    seal(tmp_path / "plain", tmp_path / "sealed", KEY)
    other = bytes(32)
    with pytest.raises(Broken) as raised:
        unseal(tmp_path / "sealed", tmp_path / "back", other)
    assert (
        raised.value.told
        == f"it was sealed with the key {key_id(KEY)}, and this is {key_id(other)}"
    )
    assert KEY.hex() not in key_id(KEY)


def test_a_key_is_32_bytes_in_hexadecimal_or_base64() -> None:
    """Nothing else is one."""
    assert key_of(f" {KEY.hex()}\n") == key_of(base64.b64encode(KEY).decode()) == KEY
    for text in ("", "00", KEY.hex()[:-2], "x" * 64):
        with pytest.raises(ValueError, match="the key is not 32 bytes in hexadecimal or base64"):
            key_of(text)
