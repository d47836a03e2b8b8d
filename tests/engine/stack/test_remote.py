"""What others run is reached by its address, and controlled by commands if there are any."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked, NoVerdict
from proofbook.stack import Ready

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proofbook.stack import Controlled, Stack

DEPLOYED = """
kind = "deployment"
permits = "disrupts"
[systems.demo.api]
url = "https://demo.example/"
[systems.demo.api.control]
stop = ["{python}", "-ISc", "open('asked', 'a').write('stop ')"]
start = ["{python}", "-ISc", "open('asked', 'a').write('start ')"]
kill = ["{python}", "-ISc", "import sys; sys.exit('no such pod')"]
logs = ["{python}", "-ISc", "print('one'); print('two')"]
freeze = ["no-such-program"]
"""


@pytest.fixture
def api(stack_of: Callable[..., Stack]) -> Controlled:
    """A process that is an address, with some commands."""
    outcome = stack_of(DEPLOYED).twin("demo").start("api")
    assert isinstance(outcome, Ready)
    return outcome.process


def test_an_address_is_ready_as_it_is(api: Controlled) -> None:
    """Nothing is started; its URL has no slash at its end."""
    assert (api.name, api.url, dict(api.env)) == ("demo.api", "https://demo.example", {})


def test_commands_control_it(api: Controlled, root: Path) -> None:
    """What the target has a command for can be done, from the project's root."""
    api.stop()
    api.terminate()
    api.start()

    assert (root / "asked").read_text() == "stop stop start "
    assert api.output() == "one\ntwo\n"
    assert api.lines() == ["one", "two"]


def test_what_has_no_command_is_not_asked(api: Controlled) -> None:
    """The message names the command that is missing, the remedy the line to add."""
    with pytest.raises(NotAsked) as missing:
        api.thaw()

    assert str(missing.value) == (
        "targets/demo.toml: systems.demo.api runs elsewhere and has no control.thaw"
    )
    assert missing.value.remedy == ('control.thaw = ["…"] in targets/demo.toml: systems.demo.api')


def test_a_command_that_fails(api: Controlled) -> None:
    """A command that fails, or cannot be run, gives no verdict, with its own words."""
    with pytest.raises(NoVerdict) as failed:
        api.kill()
    with pytest.raises(NoVerdict) as gone:
        api.freeze()

    assert str(failed.value) == (
        "targets/demo.toml: systems.demo.api: control.kill ended with code 1: 'no such pod'"
    )
    assert str(gone.value) == (
        "targets/demo.toml: systems.demo.api: control.freeze cannot be run: "
        "[Errno 2] No such file or directory: 'no-such-program'"
    )


@pytest.mark.parametrize(
    ("look", "what"),
    [
        (lambda api: api.pid, "its number is not known"),
        (lambda api: api.is_running, "whether it runs cannot be seen"),
        (lambda api: api.wait(1), "its end cannot be seen"),
        (lambda api: api.wait_for_line("x", 1), "it cannot be watched for 'x'"),
    ],
)
def test_what_only_a_parent_knows(
    api: Controlled, look: Callable[[Controlled], object], what: str
) -> None:
    """What cannot be seen of a process elsewhere is not asked."""
    with pytest.raises(NotAsked) as unseen:
        look(api)

    assert str(unseen.value) == (f"targets/demo.toml: systems.demo.api is not our process: {what}")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"env": {"A": "1"}, "without": ["B"]}, "with A, without B"),
        ({"release": "previous"}, "as release previous"),
        ({"environment": "test", "port": 3001}, "in environment test, on port 3001"),
        ({"through": {"store": "127.0.0.1:1"}}, "with store behind a proxy"),
    ],
)
def test_an_address_cannot_be_started_anew(
    stack_of: Callable[..., Stack], changes: dict[str, object], named: str
) -> None:
    """A claim about a change of environment is not asked where the process only has an address."""
    with stack_of(DEPLOYED).twin("demo") as twin, pytest.raises(NotAsked) as refused:
        twin.start("api", **changes)  # type: ignore[arg-type]

    assert str(refused.value) == (
        f"targets/demo.toml: systems.demo.api is an address: it cannot be started anew {named}"
    )


def test_neither_address_nor_command(stack_of: Callable[..., Stack]) -> None:
    """A process of which nothing is said cannot be started or reached."""
    text = 'kind = "twin"\n[systems.demo.api]\nenv = { A = "1" }'
    with stack_of(text).twin("demo") as twin, pytest.raises(NotAsked) as nothing:
        twin.start("api")

    assert str(nothing.value) == (
        "targets/demo.toml: systems.demo.api has neither a url nor a command"
    )


def test_tools_have_the_operators_home(
    stack_of: Callable[..., Stack], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command of the operator's finds its configuration at home, and nothing else of ours."""
    monkeypatch.setenv("HOME", "/home/operator")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the runner's own")
    show = "import os; print(sorted(os.environ), os.environ['HOME'])"
    text = DEPLOYED.replace("print('one'); print('two')", show)
    outcome = stack_of(text).twin("demo").start("api")
    assert isinstance(outcome, Ready)

    said = outcome.process.output()

    assert "AWS_SECRET_ACCESS_KEY" not in said
    assert said.endswith("/home/operator\n")
    assert sys.executable
    assert root.exists()
