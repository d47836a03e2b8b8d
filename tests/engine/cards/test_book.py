"""The book, read from a project's files."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.cards import book
from proofbook.evidence import NO_CHECK
from proofbook.signing import line_of
from proofbook.store import run_key
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import (
    CHECK_FILE,
    NOW,
    PAGE,
    PATH,
    add,
    claims,
    project,
    record,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path

(CLAIM,) = claims()


def verdict(root: Path) -> tuple[Verdict, str]:
    """How the claim stands by the project's own files."""
    (standing,) = book.load(root, NOW).standings[CLAIM.id]
    return standing.verdict, standing.reason


def test_this_clone_s_own_runs_are_believed(tmp_path: Path) -> None:
    """Its key needs no entry in gates.toml; where it has one, that is what counts."""
    root = project(tmp_path, {PATH: PAGE}, [run(record(CLAIM))])
    own = run_key(root, {}).public

    assert verdict(root) == (Verdict.PASS, "")
    (root / "gates.toml").write_text(
        f'schema = 1\n[principals.me]\nkeys = ["{line_of(own)}"]\nroles = ["cook"]\n'
    )
    assert verdict(root) == (
        Verdict.NO_VERDICT,
        f"run {run().id} says pass, signed by me, whose roles are not ci or local",
    )


def test_a_check_that_is_gone_is_none(tmp_path: Path) -> None:
    """Evidence that nobody can make again is no proof of today."""
    root = project(tmp_path, {PATH: PAGE}, [run(record(CLAIM))])
    (root / CHECK_FILE).unlink()

    assert verdict(root) == (Verdict.NO_VERDICT, "no check")


def test_a_claim_that_lost_its_check_has_none(tmp_path: Path) -> None:
    """The file is still there; the newest run found nothing in it that is bound to the claim."""
    gone = record(CLAIM, cases=(), check_digest="", note=NO_CHECK)
    found = [run(record(CLAIM), ago=timedelta(hours=2)), run(gone)]
    root = project(tmp_path, {PATH: PAGE}, found)

    assert verdict(root) == (Verdict.NO_VERDICT, "no check")


def test_a_run_without_cases_binds_no_check(tmp_path: Path) -> None:
    """Nobody has seen the check, so there is none to compare."""
    root = project(tmp_path, {PATH: PAGE}, [run(record(CLAIM, cases=()))])

    assert verdict(root) == (Verdict.NO_VERDICT, "no check")


def test_what_is_only_being_written_is_no_change(tmp_path: Path) -> None:
    """A run under way writes beside its places, and its files come and go."""
    root = project(tmp_path, {PATH: PAGE}, [run(record(CLAIM))])
    before = book.state(root)

    (root / "reports" / "evidence" / ".half.0badcafe").write_text("x")
    (root / "reports" / "log" / "gone.jsonl").symlink_to(root / "nowhere")
    (root / "reports" / "log" / "folder.jsonl").mkdir()
    assert book.state(root) == before

    add(root, run(record(CLAIM), target="staging"))
    assert len(book.state(root)) > len(before)


def test_a_book_is_read_once_for_each_state(tmp_path: Path) -> None:
    """A site of many pages asks once a page."""
    root = project(tmp_path, {PATH: PAGE}, [run(record(CLAIM))])
    first = book._read(root, book.state(root))

    assert book._read(root, book.state(root)) is first
    os.utime(root / "gates.toml", (1, 1))
    assert book._read(root, book.state(root)) is not first
