"""Migrations: each once, in order, none changed behind our back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest

from systems.chassis.migrations import MigrationChanged, migrate

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack import Twin


def test_each_is_applied_once_in_order(twin: Twin, tmp_path: Path) -> None:
    """A second run does nothing; a new file is applied alone."""
    dsn = twin.resolve("{store.url}")
    (tmp_path / "002_post_fill.sql").write_text("INSERT INTO a VALUES (1);")
    (tmp_path / "001_pre_create.sql").write_text("CREATE TABLE a (n int);")

    assert migrate(dsn, tmp_path) == ["001_pre_create.sql", "002_post_fill.sql"]
    assert migrate(dsn, tmp_path) == []
    (tmp_path / "003_post_more.sql").write_text(
        "INSERT INTO a VALUES (2); INSERT INTO a VALUES (3);"
    )
    assert migrate(dsn, tmp_path) == ["003_post_more.sql"]
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT array_agg(n) FROM a").fetchall() == [([1, 2, 3],)]


def test_a_changed_migration_is_refused(twin: Twin, tmp_path: Path) -> None:
    """And nothing else of that run is applied."""
    dsn = twin.resolve("{store.url}")
    (tmp_path / "001_pre_create.sql").write_text("CREATE TABLE a (n int);")
    migrate(dsn, tmp_path)
    (tmp_path / "000_pre_first.sql").write_text("CREATE TABLE b (n int);")
    (tmp_path / "001_pre_create.sql").write_text("CREATE TABLE a (n bigint);")

    with pytest.raises(MigrationChanged) as told:
        migrate(dsn, tmp_path)

    assert str(told.value) == (
        "001_pre_create.sql: changed since it was applied; write a new migration"
    )
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT to_regclass('b')").fetchall() == [(None,)]


def test_of_many_who_migrate_at_once_one_does(twin: Twin, tmp_path: Path) -> None:
    """The others wait and find it done."""
    dsn = twin.resolve("{store.url}")
    (tmp_path / "001_pre_create.sql").write_text("CREATE TABLE a (n int); SELECT pg_sleep(0.1);")

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(dsn, tmp_path), range(4)))

    assert sorted(applied) == [[], [], [], ["001_pre_create.sql"]]
