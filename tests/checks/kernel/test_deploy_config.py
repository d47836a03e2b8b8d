"""Deploy configurations as the checks read them: where they lead, and whether that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.deploy_config import read
from proofbook import NoVerdict

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """FROM python
COPY --from=builder /made /made
COPY app \\
  more /app/
ADD https://host.example/file /file
ENV HOST=0.0.0.0 PORT=3000
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose program lies below it, with the Dockerfile and the configuration."""
    folder = tmp_path / "kernel"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    for name in ("app", "more"):
        (tmp_path / name).mkdir()
    return tmp_path


def told(project: Path, build: str) -> Path:
    """The configuration, with this in its table of the build."""
    path = project / "kernel" / "fly.toml"
    path.write_text(f'app = "k"\n[build]\n{build}\n[http_service]\ninternal_port = 3000\n')
    return path


def test_its_facts_are_read(project: Path) -> None:
    """App, port, variables; what it does not say is `None` or empty."""
    config = read(told(project, 'dockerfile = "Dockerfile"'))

    assert (config.app, config.region, config.internal_port) == ("k", None, 3000)
    assert config.env == {}


def test_the_build_sees_the_folder_from_which_it_is_deployed(project: Path) -> None:
    """What is copied is looked for there; other stages and the network are none of its business."""
    image = read(told(project, 'dockerfile = "Dockerfile"')).image(project)

    assert image is not None
    assert (image.context, image.missing(), image.port) == (project, [], 3000)


def test_a_context_that_is_stated_is_the_only_one(project: Path) -> None:
    """Sources that are elsewhere are missing, wherever they would be found."""
    image = read(told(project, 'dockerfile = "Dockerfile"\ncontext = "."')).image(project)

    assert image is not None
    assert image.missing() == ["app", "more"]


def test_a_dockerfile_outside_its_context_is_none(project: Path) -> None:
    """The build does not see it; nor does it see one that is not there."""
    below = project / "app"
    (below / "fly.toml").write_text('[build]\ndockerfile = "../kernel/Dockerfile"\ncontext = "."\n')

    assert read(below / "fly.toml").image(project) is None
    assert read(told(project, 'dockerfile = "Containerfile"')).image(project) is None


def test_a_configuration_elsewhere_leads_as_far_as_its_repository(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another's project need not lie below this one."""
    config = read(told(project, 'dockerfile = "Dockerfile"'))
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    alone = config.image(elsewhere)
    (project / ".git").mkdir()
    whole = config.image(elsewhere)

    assert alone is not None
    assert whole is not None
    assert (alone.context, alone.missing()) == (project / "kernel", ["app", "more"])
    assert (whole.context, whole.missing()) == (project, [])


def test_what_is_copied_may_be_listed(project: Path) -> None:
    """In JSON, too; what a variable names, or the file itself holds, is not looked up."""
    (project / "kernel" / "Dockerfile").write_text(
        'COPY . .\nCOPY ./ /\nCOPY --chown=me --link ["app", "gone", "/app/"]\nCOPY $MORE /more\nCOPY <<EOF /said\n'
    )

    image = read(told(project, 'dockerfile = "Dockerfile"')).image(project)

    assert image is not None
    assert image.missing() == ["gone"]


def test_ports_of_services_are_read(project: Path) -> None:
    """The older form of the table, too."""
    path = project / "fly.toml"
    path.write_text("[[services]]\ninternal_port = 8080\n")

    assert read(path).internal_port == 8080


def test_what_is_no_configuration_gives_no_verdict(tmp_path: Path) -> None:
    """A file that cannot be read says nothing of what it would hold."""
    path = tmp_path / "render.yaml"
    path.write_text("services:\n- type: web\n")

    with pytest.raises(NoVerdict, match=r"^render\.yaml is no deploy configuration: "):
        read(path)
