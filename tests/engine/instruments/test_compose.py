"""Compose files as Compose reads them, without a Docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.errors import NoVerdict
from proofbook.instruments.compose import bytes_of, filled, merge, read

if TYPE_CHECKING:
    from pathlib import Path

BASE = """
services:
  api:
    image: ${PLACE:-here/}api
    build: { context: ., dockerfile: docker/Dockerfile.api, args: [KEY=value, FROM_SHELL] }
    environment: { PORT: 3001, EMPTY: }
    env_file: .env.production
    ports: ["3001:3001"]
    command: [serve]
  worker:
    extends: api
    container_name: worker-one
    environment: [WORKER_ID=one]
"""
OVERRIDE = """
services:
  api: { ports: ["3002:3001"], command: [serve, --fast], mem_limit: 512m, cpus: 1.0 }
  worker: { deploy: { resources: { limits: { memory: 128M, cpus: "0.5" } } } }
"""
TEXTS = st.text(alphabet=st.characters(exclude_characters="$"), max_size=20)
TREES = st.recursive(
    st.integers() | TEXTS, lambda inner: st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A file and its override."""
    base, override = tmp_path / "compose.yaml", tmp_path / "over.yaml"
    base.write_text(BASE)
    override.write_text(OVERRIDE)
    return base, override


def test_short_forms_are_written_out(files: tuple[Path, Path]) -> None:
    """A list of `NAME=value` is a mapping, one file is a list of one, a number is what a program is told."""
    api = read(files[0]).services["api"]

    assert api.build_args == {"KEY": "value", "FROM_SHELL": None}
    assert api.environment == {"PORT": "3001", "EMPTY": None}
    assert api.env_files == (".env.production",)
    assert (api.dockerfile, api.image, api.container_name) == (
        "docker/Dockerfile.api",
        "here/api",
        "api",
    )
    assert (api.memory_bytes, api.cpus) == (None, None)


def test_a_later_file_is_laid_over_an_earlier(files: tuple[Path, Path]) -> None:
    """Lists are added to, commands replaced, limits found where either form has them."""
    services = read(*files).services

    assert services["api"].said["ports"] == ["3001:3001", "3002:3001"]
    assert services["api"].said["command"] == ["serve", "--fast"]
    assert (services["api"].memory_bytes, services["api"].cpus) == (512 << 20, 1.0)
    assert (services["worker"].memory_bytes, services["worker"].cpus) == (128 << 20, 0.5)


def test_a_service_extends_another(files: tuple[Path, Path]) -> None:
    """What it does not say itself it has from the other."""
    worker = read(files[0]).services["worker"]

    assert worker.dockerfile == "docker/Dockerfile.api"
    assert worker.environment == {"PORT": "3001", "EMPTY": None, "WORKER_ID": "one"}
    assert worker.container_name == "worker-one"


def test_services_are_found_by_what_they_are_built_from(files: tuple[Path, Path]) -> None:
    """By the Dockerfile's path, however long it is written, or by an image that another builds."""
    found = read(files[0]).built_from("/srv/project/docker/Dockerfile.api")

    assert [service.name for service in found] == ["api", "worker"]
    assert read(files[0]).built_from("docker/Dockerfile.other") == ()


def test_variables_are_filled_as_a_shell_would() -> None:
    """Every form that Compose knows."""
    said = "$A ${A} ${B-none} ${B:-none} ${C-none} ${C:-none} ${A:+set} ${B+set} $$A"

    assert filled(said, {"A": "a", "C": ""}) == "a a none none  none set  $A"
    with pytest.raises(NoVerdict, match=r"^B is needed and has no value: fill it in$"):
        filled("${B:?fill it in}", {})


@pytest.mark.parametrize(
    ("text", "size"), [("512m", 512 << 20), ("10M", 10 << 20), ("0.5g", 1 << 29), ("1024", 1024)]
)
def test_sizes_are_powers_of_two(text: str, size: int) -> None:
    """As Docker counts them."""
    assert bytes_of(text) == size


def test_what_is_no_compose_file_is_said(tmp_path: Path) -> None:
    """By its path, and what is missing in it."""
    path = tmp_path / "compose.yaml"
    for text, message in (
        ("[]", f"{path} is no Compose file: it holds no mapping"),
        ("{}", f"{path} is no Compose file: it names no services"),
        ("services: {a: {extends: b}}", f"{path}: a extends b, which is not there"),
    ):
        path.write_text(text)
        with pytest.raises(NoVerdict) as told:
            read(path)
        assert str(told.value) == message


@given(st.dictionaries(TEXTS, TREES, max_size=5), st.dictionaries(TEXTS, TREES, max_size=5))
def test_merging_keeps_both(under: dict[str, object], over: dict[str, object]) -> None:
    """No key is lost, the later file wins, and laying a file over itself changes nothing."""
    merged = merge(under, over)

    assert merged.keys() == under.keys() | over.keys()
    assert merge(merged, over) == merged
    assert merge(under, {}) == under


@given(TEXTS)
def test_text_without_variables_stays(text: str) -> None:
    """Nothing but a dollar begins a variable."""
    assert filled(text, {}) == text
