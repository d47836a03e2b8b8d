"""Backups by the target's own commands: listed, fetched, verified, restored; what goes wrong is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.sources import Commanded, Folder, is_wanted
from proofbook.targets.model import Backup

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "000000010000000000000003"


def commanded(**keys: object) -> Commanded:
    """A source with commands that a shell runs, `{…}` filled."""
    said = {name: ("sh", "-c", str(word)) for name, word in keys.items()}
    backup = Backup(name="nightly", kind="command")
    return Commanded(replace(backup, **said), lambda text: text, "k3y")  # type: ignore[arg-type] # all are commands


def test_a_listing_is_what_the_command_prints() -> None:
    """One that fails, or prints what is none, gives no verdict."""
    (found,) = commanded(listing="echo app-20261121T030000Z.dump").listed()
    assert found.name == "app-20261121T030000Z.dump"
    with pytest.raises(NoVerdict, match=r"^list ended with code 4: access denied$"):
        commanded(listing="echo access denied >&2; exit 4").listed()
    with pytest.raises(NoVerdict, match=r"^what list prints cannot be read: "):
        commanded(listing="echo '{}'").listed()
    with pytest.raises(NotAsked, match=r"^backups.nightly says not how it is listed$"):
        commanded().listed()


def test_a_piece_is_fetched_to_where_it_is_wanted(tmp_path: Path) -> None:
    """The command is told the key; one that says it went well and brings nothing is broken."""
    fetch = "echo {artefact} {stem} $BACKUP_KEY > '{file}'"
    commanded(fetch=fetch).fetch("a/b.dump.gz", tmp_path / "x y")
    assert (tmp_path / "x y").read_text() == "a/b.dump.gz b k3y\n"
    with pytest.raises(Broken, match=r"^fetch: it ended with code 0, and z is not there$"):
        commanded(fetch="true").fetch("a", tmp_path / "z")
    with pytest.raises(Broken, match=r"^fetch: it ended with code 9: no such key$"):
        commanded(fetch="echo no such key; exit 9").fetch("a", tmp_path / "z")


def test_of_a_log_only_what_is_needed_is_fetched(tmp_path: Path) -> None:
    """From the base backup's first segment on, and every history."""
    names = ("000000010000000000000002", FIRST, "000000020000000000000004", "00000002.history")
    listing = f"printf '%s\\n' {' '.join(names)}"
    commanded(wal_list=listing, wal_fetch="echo {segment} > '{file}'").wal(tmp_path, FIRST)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
    assert not is_wanted("README", FIRST)
    with pytest.raises(NotAsked, match=r"^backups.nightly says not where its log is$"):
        commanded().wal(tmp_path, FIRST)
    with pytest.raises(NoVerdict, match=r"^wal_list ended with code 1: "):
        commanded(wal_list="exit 1", wal_fetch="true").wal(tmp_path, FIRST)


def test_what_verifies_and_restores_by_itself_is_believed_by_its_code() -> None:
    """But for pgBackRest, whose words are read."""
    assert commanded(verify="true").verify("a") == "whole"
    with pytest.raises(Broken, match=r"^decode: verify ended with code 1: bad block$"):
        commanded(verify="echo bad block; exit 1").verify("a")
    with pytest.raises(NotAsked, match=r"^backups.nightly says not how it is verified$"):
        commanded().verify("a")
    commanded(restore="[ {destination.port} = 5 ]").restore({"destination.port": "5"})
    with pytest.raises(Broken, match=r"^restore: restore ended with code 1: "):
        commanded(restore="[ {destination.port} = 5 ]").restore({"destination.port": "6"})


def test_a_folder_of_this_run_lists_and_copies(tmp_path: Path) -> None:
    """Files and whole base backups."""
    base = tmp_path / "made" / "app-20261121T030000Z"
    base.mkdir(parents=True)
    (base / "base.tar").write_bytes(b"x")
    source = Folder(tmp_path / "made")
    (found,) = source.listed()
    source.fetch(found.name, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "base.tar").read_bytes() == b"x"
    with pytest.raises(Broken, match=r"^fetch: b is not there$"):
        source.fetch("b", tmp_path / "b")
    with pytest.raises(NotAsked, match=r"^there is no archive of the log$"):
        source.wal(tmp_path, FIRST)
