"""The bench of a check: what comes back is what went in, and what is out of order is told."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.restore import (
    Bench,
    Broken,
    contents,
    differences,
    fingerprints,
    manifests,
    whole,
)
from proofbook.instruments.restore.cluster import connected
from proofbook.instruments.restore.dumps import check_decodes, dumped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.instruments.restore import Copy
    from proofbook.instruments.restore.sibling import Sibling
    from proofbook.stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(bench_stack: Stack, sibling: Sibling) -> Iterator[Copy]:
    """The sibling's dump of today, restored."""
    with Bench(bench_stack) as bench:
        yield bench.restore(sibling.today)


def execute(copy: Copy, statement: str) -> None:
    """Change what was restored."""
    with closing(connected(copy.url)) as connection:
        connection.execute(statement.encode())


def test_a_dump_comes_back_as_its_manifest_says(copy: Copy, sibling: Sibling) -> None:
    """Rows in whatever order; one that was changed afterwards shows."""
    assert differences(sibling.manifest, copy.contents()) == ()
    assert copy.check_order() == "1 sequences, constraints and indexes in order"
    execute(copy, "UPDATE accounts SET balance = balance + 1 WHERE id = 7")
    assert differences(sibling.manifest, copy.contents()) == (
        "accounts: as many rows (500), and not the same",
    )
    execute(copy, "UPDATE accounts SET balance = balance - 1 WHERE id = 7")
    # 10.5 + 1 - 1 is 10.5 again: a fingerprint is of values, not of what happened to them.
    assert differences(sibling.manifest, contents(copy.url)) == ()


@pytest.mark.parametrize(
    ("damage", "told", "mended"),
    [
        (
            "SELECT setval('ledger_id_seq', 5)",
            "1 out of order: public.ledger_id_seq goes on at 6, and 2003 is there",
            "SELECT setval('ledger_id_seq', 2003)",
        ),
        (
            "ALTER TABLE ledger ADD CONSTRAINT short CHECK (length(note) < 99) NOT VALID",
            "1 out of order: ledger.short is not validated",
            "ALTER TABLE ledger DROP CONSTRAINT short",
        ),
    ],
)
def test_what_is_out_of_order_is_told(copy: Copy, damage: str, told: str, mended: str) -> None:
    """A sequence behind its rows, a constraint that nobody has validated."""
    execute(copy, damage)
    with pytest.raises(Broken) as raised:
        copy.check_order()
    execute(copy, mended)
    assert raised.value.told == told
    assert copy.check_order()


def test_the_newest_event_is_an_instant_or_nothing(copy: Copy) -> None:
    """Anything else is no verdict."""
    found = fingerprints.newest(copy.url, "SELECT max(at) FROM ledger")
    assert found
    assert found.tzinfo
    assert fingerprints.newest(copy.url, "SELECT max(at) FROM ledger WHERE false") is None
    with pytest.raises(NoVerdict, match="newest_event gives int, no instant with a zone"):
        fingerprints.newest(copy.url, "SELECT 1")
    with pytest.raises(NoVerdict, match="newest_event cannot be asked: UndefinedTable"):
        fingerprints.newest(copy.url, "SELECT 1 FROM nowhere")


def test_only_what_is_whole_is_a_backup(sibling: Sibling, tmp_path: Path) -> None:
    """A dump without a manifest, with another's, or with two files of its name is none."""
    data = sibling.today.read_bytes()
    for stem in ("good", "alone", "cut", "twice"):
        (tmp_path / f"{stem}.dump").write_bytes(data if stem != "cut" else data[:-1])
    (tmp_path / "twice.dump.old").write_bytes(data)
    for stem in ("good", "cut", "twice", "lonely"):
        (tmp_path / f"{stem}.manifest.json").write_text(manifests.text(sibling.manifest))
    (tmp_path / "bad.dump").write_bytes(data)
    (tmp_path / "bad.manifest.json").write_text("{}")
    (found,) = whole(tmp_path)
    assert (found.dump.name, found.manifest) == ("good.dump", sibling.manifest)


def test_a_job_that_names_no_snapshot_or_fails_makes_no_manifest(
    sibling: Sibling, tmp_path: Path
) -> None:
    """What was read would not be what was dumped."""
    url = sibling.cluster.url("sibling")
    with pytest.raises(NoVerdict) as raised:
        dumped(url, ["pg_dump"], tmp_path / "a")
    assert str(raised.value) == "the command names no {snapshot}; write --snapshot={snapshot}"
    with pytest.raises(Broken, match="dump: sh ended with code 3: no room"):
        dumped(url, ["sh", "-c", "echo no room >&2; exit 3", "{snapshot}"], tmp_path / "a")
    with pytest.raises(Broken, match="fetch: a: No such file or directory"):
        dumped(url, ["true", "{snapshot}"], tmp_path / "a")


def test_what_is_no_dump_is_told_from_what_cannot_be_judged(tmp_path: Path) -> None:
    """Plain SQL says nothing before it has run; bytes of nothing are broken."""
    (tmp_path / "plain.sql").write_text("-- PostgreSQL database dump\n")
    with pytest.raises(NoVerdict, match="it is plain SQL"):
        check_decodes(tmp_path / "plain.sql")
    (tmp_path / "noise").write_bytes(b"\x00" * 300)
    with pytest.raises(Broken, match="decode: it is no dump: its first bytes are others"):
        check_decodes(tmp_path / "noise")
