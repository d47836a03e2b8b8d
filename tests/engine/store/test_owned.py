"""The keys that a clone signs with: its own, or the one that CI brings."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import LogError
from proofbook.signing.private import private_text
from proofbook.store import own_key, run_key
from tests.engine.store.samples import KEY

if TYPE_CHECKING:
    from pathlib import Path

FILE = ".proofbook/signing.key"


def test_a_fresh_clone_makes_itself_a_key(tmp_path: Path) -> None:
    """Once; only its owner may read it."""
    assert own_key(tmp_path) is None
    key = run_key(tmp_path, {})
    assert key == own_key(tmp_path) == run_key(tmp_path, {})
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / ".proofbook").iterdir()] == ["signing.key"]


def test_runs_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    """Whoever was quicker."""
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: run_key(tmp_path, {}).seed, range(16)))
    assert len(keys) == 1


@pytest.mark.parametrize("said", ["env:CI_KEY", "file:ci.key", "file:{root}/ci.key"])
def test_ci_brings_its_own(tmp_path: Path, said: str) -> None:
    """By reference; the clone makes itself none."""
    (tmp_path / "ci.key").write_text(private_text(KEY))
    environ = {
        "PROOFBOOK_KEY": said.replace("{root}", str(tmp_path)),
        "CI_KEY": private_text(KEY),
    }
    assert run_key(tmp_path, environ) == KEY
    assert own_key(tmp_path) is None


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"PROOFBOOK_KEY": "env:NOWHERE"},
            (
                "PROOFBOOK_KEY=env:NOWHERE: this is no signing key: it is no OpenSSH private key; "
                "make one with `ssh-keygen -t ed25519 -N ''`."
            ),
        ),
        (
            {"PROOFBOOK_KEY": "file:nowhere"},
            "PROOFBOOK_KEY=file:nowhere: the signing key cannot be read: No such file or directory.",
        ),
        (
            {"PROOFBOOK_KEY": "the key itself, which is nobody's business"},
            (
                "PROOFBOOK_KEY: it is no reference to a key. Write file:PATH or env:NAME; "
                "never put the key itself there."
            ),
        ),
        (
            {"PROOFBOOK_KEY": "generate:ed25519"},
            (
                "PROOFBOOK_KEY: it is no reference to a key. Write file:PATH or env:NAME; "
                "never put the key itself there."
            ),
        ),
    ],
)
def test_a_reference_that_leads_to_no_key_is_one_clear_error(
    tmp_path: Path, environ: dict[str, str], message: str
) -> None:
    """What it holds is never shown."""
    with pytest.raises(LogError) as caught:
        run_key(tmp_path, environ)
    assert str(caught.value) == message


def test_a_damaged_key_is_not_replaced(tmp_path: Path) -> None:
    """Its owner must know: earlier runs were signed with it."""
    run_key(tmp_path, {})
    (tmp_path / FILE).write_text("nonsense")
    with pytest.raises(LogError, match=r"\.proofbook/signing\.key: this is no signing key"):
        run_key(tmp_path, {})


def test_a_place_that_takes_no_key_is_one_clear_error(tmp_path: Path) -> None:
    """It says what else there is."""
    (tmp_path / ".proofbook").write_text("a file")
    with pytest.raises(LogError) as caught:
        run_key(tmp_path, {})
    assert str(caught.value) == (
        ".proofbook/signing.key: this clone's signing key cannot be made: File exists. "
        "Give yourself the right to write there, or name a key in PROOFBOOK_KEY."
    )
