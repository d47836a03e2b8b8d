"""Migrations: once, in order, whoever runs them; and what a broken or a risky one does."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from proofbook.stack import Exited, Finished
from systems.chassis import programs
from systems.kernel import schema, settings
from tests.systems.kernel.kernels import start, unsaid

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack import Twin

FILES = [file.name for file in sorted(settings.MIGRATIONS.glob("*.sql"))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations, to be added to."""
    shutil.copytree(settings.MIGRATIONS, tmp_path / "migrations")
    return tmp_path / "migrations"


def migrate(twin: Twin, folder: Path = settings.MIGRATIONS, **env: str) -> Finished:
    """The command's end."""
    ended = twin.command("migrate", env={"MIGRATIONS_DIR": str(folder), **env})
    assert isinstance(ended, Finished), ended
    return ended


def rows(twin: Twin, query: Any) -> list[Any]:
    """Rows straight from the store."""
    with psycopg.connect(twin.resolve("{store.url}"), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def ledger(twin: Twin) -> list[str]:
    """What was applied."""
    return [name for (name,) in rows(twin, "SELECT name FROM schema_migrations ORDER BY name")]


def dump(twin: Twin) -> str:
    """The schema, without comments."""
    program = programs.postgres("pg_dump", for_server=16)
    argv = [str(program), "-s", "--no-comments", twin.resolve("{store.url}")]
    ran = subprocess.run(argv, capture_output=True, text=True, check=True)
    lines = ran.stdout.splitlines()
    return "\n".join(each for each in lines if each and not each.startswith(("--", "\\")))


@pytest.mark.slow
def test_each_is_applied_once(kernel_twin: Twin) -> None:
    """However many run at once; then there is nothing more to do."""
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: migrate(kernel_twin), range(3)))

    assert [each.code for each in ended] == [0, 0, 0]
    said = sorted(each.output for each in ended)
    assert said[1:] == ["up to date\n"] * 2
    assert said[0] == "".join(f"applied {name}\n" for name in FILES)
    assert ledger(kernel_twin) == FILES


def test_psql_alone_gives_the_same_schema(kernel_twin: Twin, stand_ins: Any) -> None:
    """File by file, in the order of their names; the command then has nothing to do."""
    program = str(programs.packaged() / "psql")
    with stand_ins.twin("kernel") as other:
        for name in FILES:
            file = str(settings.MIGRATIONS / name)
            url = other.resolve("{store.url}")
            argv = [program, "-v", "ON_ERROR_STOP=1", "-q", "-f", file, url]
            subprocess.run(argv, check=True)
        schema.apply(kernel_twin.resolve("{store.url}"), settings.MIGRATIONS, (), unsaid)

        assert owned(dump(other)) == owned(dump(kernel_twin))
        assert schema.apply(other.resolve("{store.url}"), settings.MIGRATIONS, (), unsaid) == 0
        assert ledger(other) == FILES


def owned(text: str) -> str:
    """A schema without whose it is."""
    return "\n".join(line for line in text.splitlines() if " OWNER TO " not in line)


def test_a_broken_one_leaves_nothing_of_itself(kernel_twin: Twin, folder: Path) -> None:
    """It names file and line; mended, it runs; changed later, it is refused."""
    dsn, file = kernel_twin.resolve("{store.url}"), folder / "004_pre_more.sql"

    def failure(text: str) -> str:
        file.write_text(text)
        with pytest.raises(schema.MigrationFailed) as told:
            schema.apply(dsn, folder, (), unsaid)
        return str(told.value)

    assert failure("CREATE TABLE a (x int);\n\nCREATE TABLE b (x nope);\n") == (
        '004_pre_more.sql:3: type "nope" does not exist'
    )
    assert failure("-- why\nCREATE TABLE a (x int);\nINSERT INTO a\nVALUES (1 / 0);") == (
        "004_pre_more.sql:3: division by zero"
    )
    assert ledger(kernel_twin) == FILES
    assert rows(kernel_twin, "SELECT to_regclass('a')") == [(None,)]
    start(kernel_twin, process="kms")
    outcome = kernel_twin.start("api", env={"MIGRATIONS_DIR": str(folder)})
    assert isinstance(outcome, Exited)
    assert "004_pre_more.sql" in outcome.output

    file.write_text("CREATE TABLE a (x int DEFAULT 1); -- mended; DROP TABLE a;\n")
    assert schema.apply(dsn, folder, (), unsaid) == 1
    assert failure("SELECT 1;") == (
        "004_pre_more.sql:1: changed since it was applied; write a new one"
    )


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE agents DROP COLUMN role",
        "ALTER TABLE agents DROP role",
        "DROP TABLE memory_nodes",
        "ALTER TABLE agents ALTER COLUMN role TYPE varchar",
        "ALTER TABLE agents RENAME TO people",
        "ALTER TABLE agents ALTER role SET NOT NULL",
    ],
)
def test_what_cannot_be_undone_needs_its_flag(folder: Path, text: str) -> None:
    """Without one, nothing at all is run."""
    file = folder / "004_post_trim.sql"
    file.write_text(f"SELECT 1;\n{text};\n")

    with pytest.raises(schema.MigrationFailed, match=r"004_post_trim\.sql:2: .* needs a line"):
        schema.read(folder)

    file.write_text(f"-- flag: trim\n{text};\n")
    assert schema.read(folder)[-1].flag == "trim"


def test_a_flag_is_named_or_the_file_is_left_out(kernel_twin: Twin, folder: Path) -> None:
    """Left out, it is not pending; named, it is applied. What only adds needs none."""
    dsn = kernel_twin.resolve("{store.url}")
    (folder / "004_pre_copy.sql").write_text(
        "CREATE TABLE copies (id uuid); INSERT INTO copies SELECT id FROM agents;\n"
    )
    (folder / "005_post_trim.sql").write_text("-- flag: trim\nDROP TABLE memory_nodes;\n")
    told = {"POSTGRES_URL": dsn, "MIGRATIONS_DIR": str(folder)}
    said: list[str] = []

    schema.apply(dsn, folder, (), said.append)
    assert said == [*FILES, "004_pre_copy.sql"]
    assert schema.pending(settings.read(told)) == []
    assert schema.pending(settings.read(told | {"MIGRATE_FLAGS": "x, trim"})) == [
        "005_post_trim.sql"
    ]
    assert schema.apply(dsn, folder, ("trim",), said.append) == 1


def test_no_migrations_are_no_success(kernel_twin: Twin, tmp_path: Path) -> None:
    """An empty folder, and none at all."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        ended = migrate(kernel_twin, folder)
        assert (ended.code, ended.output) == (1, f"{folder}: there are no migrations here\n")


def test_a_role_may_do_no_more_than_the_service_does(kernel_twin: Twin, stand_ins: Any) -> None:
    """It writes events and signatures, and can neither change nor remove one."""
    with stand_ins.twin("kernel") as other:
        role = other.resolve("{store.user}")

        assert migrate(kernel_twin, KERNEL_DB_ROLE=role).code == 0

        query = (
            "SELECT tablename, has_table_privilege(%s, 'public.' || tablename, what) FROM pg_tables,"
            " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) WITH ORDINALITY AS"
            " w (what, place) WHERE schemaname = 'public' ORDER BY tablename, place"
        )
        with psycopg.connect(kernel_twin.resolve("{store.url}")) as connection:
            found: dict[str, list[bool]] = {}
            for table, may in connection.execute(query, [role]).fetchall():
                found.setdefault(table, []).append(may)
            for what in ("ALL ON ALL TABLES IN SCHEMA public", "USAGE ON SCHEMA public"):
                connection.execute(f'REVOKE {what} FROM "{role}"'.encode())
    assert len(found) == 12
    for table, may in found.items():
        changes = table not in schema.APPEND_ONLY
        assert may == [True, True, changes, changes, False], table
    refused = migrate(kernel_twin, KERNEL_DB_ROLE="nobody-at-all")
    assert (refused.code, refused.output) == (
        1,
        'KERNEL_DB_ROLE: role "nobody-at-all" does not exist\n',
    )
