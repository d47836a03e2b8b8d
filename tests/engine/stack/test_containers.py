"""Programs in containers: outcomes like those of any program, and none left, however the run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked
from proofbook.stack import Exited, Finished, Ready
from proofbook.stack.docker import LABEL, _called, connect
from tests.engine.stack.tiny import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proofbook.stack import Stack

#: What the stand-ins' images stand on; made by `python -m systems.base_image`.
IMAGE = "proofbook-base:local"
TARGET = f"""
kind = "twin"
needs = ["docker"]
[systems.demo.web]
command = ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "{{port}}"]
image = ["{{twin}}/none", "{IMAGE}"]
cwd = "/tmp"
ready = {{ http = "/" }}
env = {{ WORD = "said", NAME = "{{twin}}" }}
[systems.demo.idle]
command = ["python3", "-uc", "import os, time; print(os.environ['WORD'], os.getcwd()); time.sleep(99)"]
image = "{IMAGE}"
env = {{ WORD = "said" }}
ready = {{ log = "^said" }}
[systems.demo.lost]
command = ["true"]
image = "proofbook-nobodys/image"
[systems.demo.commands.count]
command = ["sh", "-c", "echo counted; exit 3"]
image = "{IMAGE}"
"""
#: A run that is killed: it says what it started, and waits.
RUNNER = """
import sys, time
from pathlib import Path
from proofbook.stack import Stack
from tests.engine.stack.tiny import target_of
from tests.engine.stack.test_containers import TARGET
stack = Stack(target_of(TARGET), root=Path(sys.argv[1]), logs=Path(sys.argv[1]) / "logs")
process = stack.twin("demo").start("idle").process
print(process.container, flush=True)
time.sleep(99)
"""


@pytest.fixture
def docker() -> None:
    """Skipped where there is no Docker, or no image in it to start."""
    try:
        client = connect()
    except NotAsked as why:
        pytest.skip(str(why))
    there = {tag for image in client.images.list() for tag in image.tags}
    client.close()
    if IMAGE not in there:
        pytest.skip(f"Docker has no {IMAGE}; `python -m systems.base_image` makes it")


def is_there(container: str) -> bool:
    """Whether Docker knows a container."""
    client = connect()
    try:
        return any(each["Id"] == container for each in client.api.containers(all=True))
    finally:
        client.close()


@pytest.mark.slow
@pytest.mark.usefixtures("docker")
def test_a_container_is_a_process_like_any_other(stack_of: Callable[..., Stack]) -> None:
    """It gets ready, answers, freezes, thaws, ends by a signal, starts again, and leaves its log."""
    with stack_of(TARGET).twin("demo") as twin:
        outcome = twin.start("web")
        assert isinstance(outcome, Ready)
        web = outcome.process
        first = str(web.container)

        assert web.url == twin.address("demo.web").url
        assert web.env["NAME"] == twin.name
        web.freeze()
        web.thaw()
        web.kill()
        assert (web.is_running, web.wait(5)) == (False, -signal.SIGKILL)
        assert not is_there(first)
        web.start()
        assert web.container != first
        assert web.wait_for_line(r'"GET / HTTP/1\.1" 200', 10, 1)

    assert not is_there(str(web.container))


@pytest.mark.slow
@pytest.mark.usefixtures("docker")
def test_its_environment_and_folder_are_the_images(stack_of: Callable[..., Stack]) -> None:
    """Nothing of this machine reaches it but what the target gives it."""
    with stack_of(TARGET).twin("demo") as twin:
        outcome = twin.start("idle")
        assert isinstance(outcome, Ready)
        assert outcome.process.lines() == ["said /"]

        outcome.process.terminate()  # what has no handler for it hears nothing, as the first process
        assert outcome.process.is_running


@pytest.mark.slow
@pytest.mark.usefixtures("docker")
def test_an_end_is_a_value_there_too(stack_of: Callable[..., Stack]) -> None:
    """An exit code and what was written; a program that is not there is 127."""
    broken = TARGET.replace('"python3", "-uc"', '"no-such-program", "-uc"')

    with stack_of(TARGET).twin("demo") as twin, stack_of(broken).twin("demo") as other:
        assert twin.command("count") == Finished(3, "counted\n")
        refused = other.start("idle")

    assert isinstance(refused, Exited)
    assert refused.code == 127
    assert "no-such-program" in refused.output


@pytest.mark.usefixtures("docker")
def test_an_image_that_is_not_there_is_not_asked_for(stack_of: Callable[..., Stack]) -> None:
    """What could be built is no failure of what it would have shown."""
    with stack_of(TARGET).twin("demo") as twin, pytest.raises(NotAsked) as told:
        twin.start("lost")

    assert (
        str(told.value) == "demo.lost runs in an image, and Docker has no proofbook-nobodys/image"
    )
    assert told.value.remedy == "build proofbook-nobodys/image"


@pytest.mark.slow
@pytest.mark.usefixtures("docker")
def test_a_killed_run_leaves_no_container(root: Path) -> None:
    """The warden removes what the run could not."""
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(root)], stdout=subprocess.PIPE, text=True, cwd="."
    ) as runner:
        assert runner.stdout is not None
        container = runner.stdout.readline().strip()
        assert is_there(container)

        runner.kill()

    wait_until(lambda: not is_there(container), 60)


def test_without_docker_nothing_is_asked(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One sentence says why, for whatever is asked of the target."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    stack = stack_of(TARGET)

    with pytest.raises(NotAsked) as told:
        stack.twin("demo")

    assert str(told.value) == (
        f"{stack.target.path} needs Docker: nothing answers at unix://{tmp_path}/none.sock "
        "(FileNotFoundError)"
    )
    assert told.value.remedy == "start Docker on this machine"
    assert stack.releases() == {}


def test_a_target_without_images_needs_no_docker(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked for what nobody needs."""
    monkeypatch.setenv("DOCKER_HOST", f"unix:///{os.devnull}")

    with stack_of().twin("demo") as twin:
        assert twin.needs == ()


def test_a_sweep_takes_what_is_the_twins_and_no_more() -> None:
    """The first twin is not the tenth, and another stack's things are its own."""
    mine = [{"Labels": {LABEL: name}} for name in ("s-1", "s-10", "s", "t-1")] + [{"Labels": None}]

    assert _called(mine, LABEL, "s-1") == mine[:1]
    assert _called(mine, LABEL, "s") == mine[:3]
