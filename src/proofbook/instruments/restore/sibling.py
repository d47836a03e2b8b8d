"""
A small sibling of a backup: made by the same tools and key, in a cluster that archives its log.

Damage is done to it, never to the real thing: however large that is, the controls take seconds.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from proofbook.errors import NoVerdict
from proofbook.instruments.restore import bases, dumps
from proofbook.instruments.restore.archiving import archive_command
from proofbook.instruments.restore.cluster import Cluster, connected
from proofbook.instruments.restore.places import give, let_in
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.manifests import Manifest
    from proofbook.stack import Stack

DATABASE, OTHER = "sibling", "stranger"
_TABLES = """
CREATE TABLE ledger (id serial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), note text NOT NULL);
CREATE TABLE accounts (id int PRIMARY KEY, balance numeric NOT NULL CHECK (balance >= 0));
INSERT INTO ledger (note) SELECT md5(n::text) FROM generate_series(1, 2000) AS n;
INSERT INTO accounts SELECT n, n * 1.5 FROM generate_series(1, 500) AS n;
"""
_OTHER = """
CREATE TABLE visits (id serial PRIMARY KEY, page text NOT NULL);
INSERT INTO visits (page) SELECT 'page ' || n FROM generate_series(1, 100) AS n;
"""
_CANARY = "INSERT INTO ledger (note) SELECT 'canary ' || count(*) FROM ledger"
_ARCHIVED_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """Two dumps a "day" apart, one of another database, a base backup and the log since."""

    cluster: Cluster
    folder: Path
    yesterday: Path
    today: Path
    stranger: Path
    #: Of `today`.
    manifest: Manifest
    base: Path
    archive: Path
    #: The segment that recovery from the base begins with.
    first: str

    @classmethod
    def made(cls, stack: Stack, folder: Path, run: str) -> Sibling:
        """Make everything; about two seconds."""
        archive = folder / "archive"
        archive.mkdir(parents=True)
        let_in(folder)
        cluster = Cluster.fresh(
            stack, "sibling", run=run, folder=folder / "cluster", settings={"archive_mode": "on"}
        )
        give(archive)
        cluster.setting("archive_command", archive_command(archive))
        url, other = cluster.empty(DATABASE).url, cluster.empty(OTHER).url
        _execute(url, _TABLES)
        _execute(other, _OTHER)
        dumps.dump(url, folder / "yesterday.dump")
        base = folder / "base"
        bases.take(cluster.server, base)
        _grow(cluster, url)
        manifest = dumps.dump(url, folder / "today.dump")
        dumps.dump(other, folder / "stranger.dump")
        data = folder / "look"
        bases.unpack(base, data)
        first = bases.first_segment(data)
        shutil.rmtree(data)
        return cls(
            cluster=cluster,
            folder=folder,
            yesterday=folder / "yesterday.dump",
            today=folder / "today.dump",
            stranger=folder / "stranger.dump",
            manifest=manifest,
            base=base,
            archive=archive,
            first=first,
        )


def switch(cluster: Cluster) -> str:
    """End the segment that is being written, and wait until it is archived; its name."""
    ((name,),) = cluster.rows("SELECT pg_walfile_name(pg_switch_wal())")

    def archived() -> bool:
        ((last,),) = cluster.rows("SELECT last_archived_wal FROM pg_stat_archiver")
        return last is not None and str(last)[:24] >= str(name)

    if not until(archived, bool, _ARCHIVED_SECONDS):
        raise NoVerdict(f"the segment {name} was not archived within {_ARCHIVED_SECONDS:g} s")
    return str(name)


def _grow(cluster: Cluster, url: str) -> None:
    """Three segments more, with something in each."""
    for _ in range(3):
        _execute(url, _CANARY)
        switch(cluster)


def _execute(url: str, statements: str) -> None:
    try:
        with closing(connected(url)) as connection:
            connection.execute(statements.encode())
    except psycopg.Error as error:
        raise NoVerdict(f"the sibling cannot be made: {error}".strip()) from None
