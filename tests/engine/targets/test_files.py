"""Targets are found by name or by path, and protect their addresses from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.errors import TargetError
from proofbook.targets import load, names

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTION = 'kind = "deployment"\nprotected = true\n[systems.a.b]\nurl = "https://p.example"\n'
CAREFUL = 'kind = "twin"\n[systems.a.b]\nurl = "https://p.example"\n'
DARING = f'permits = "loads"\n{CAREFUL}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a path with a space, with one target."""
    root = tmp_path / "a project"
    (root / "targets").mkdir(parents=True)
    (root / "targets" / "local.toml").write_text('kind = "stand-in"\npermits = "disrupts"\n')
    return root


def message(root: Path, name: str) -> str:
    """Why a target cannot be loaded."""
    with pytest.raises(TargetError) as caught:
        load(root, name)
    return str(caught.value)


def test_a_name_is_a_file_of_the_folder(root: Path) -> None:
    """Its place is written from the project's root."""
    target = load(root, "local")

    assert (target.name, target.path) == ("local", "targets/local.toml")


def test_a_path_is_a_file_anywhere(root: Path, tmp_path: Path) -> None:
    """A slash or `.toml` makes it a path; one outside the project is written as it is."""
    elsewhere = tmp_path / "mine.toml"
    elsewhere.write_text('\ufeffkind = "twin"\n', encoding="utf-8")

    assert load(root, str(elsewhere)).path == str(elsewhere)
    assert load(root, str(root / "targets" / "local.toml")).path == "targets/local.toml"


def test_a_missing_target_names_those_there_are(root: Path) -> None:
    """With the nearest one first."""
    (root / "targets" / "staging.toml").touch()

    assert message(root, "stagin") == (
        "targets/stagin.toml:1: there is no such target; did you mean staging? "
        "There are: local, staging."
    )
    assert names(root) == ("local", "staging")


def test_a_project_without_targets_has_none(tmp_path: Path) -> None:
    """Not even a folder is needed to be told so."""
    assert message(tmp_path, "local") == (
        "targets/local.toml:1: there is no such target, and no other; "
        "write it, or name a file: --target PATH."
    )


def test_a_file_that_is_no_text_says_its_line(root: Path) -> None:
    """The first line that is not UTF-8."""
    (root / "targets" / "latin.toml").write_bytes(b'kind = "twin"\n# caf\xe9\n')

    assert message(root, "latin") == "targets/latin.toml:2: is not UTF-8 text; save it as UTF-8."


def test_a_file_that_may_not_be_read_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the system's own words."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "")

    monkeypatch.setattr("pathlib.Path.read_text", refuse)

    assert message(root, "local") == "targets/local.toml:1: cannot be read: Permission denied."


def test_a_protected_address_is_kept_from_the_files_beside_it(root: Path) -> None:
    """Also from a file that lies elsewhere; a target that only looks may look."""
    (root / "targets" / "production.toml").write_text(PRODUCTION)
    (root / "targets" / "careful.toml").write_text(CAREFUL)
    (root / "daring.toml").write_text(DARING)

    assert load(root, "careful").addresses == {"p.example:443"}
    assert message(root, str(root / "daring.toml")) == (
        "daring.toml:4: systems.a.b.url: p.example:443 is protected by targets/production.toml; "
        'here, too, it may only be looked at: say permits = "observes", or name another address.'
    )


def test_a_broken_file_protects_nobody_knows_what(root: Path) -> None:
    """A target that may change some address is refused; one without addresses is not."""
    (root / "targets" / "daring.toml").write_text(DARING)
    (root / "targets" / "broken.toml").write_text("protected =")

    assert message(root, "daring").startswith("targets/broken.toml:1: is not TOML: ")
    assert load(root, "local").off_limits == {}
