"""Scripts run where a twin is: what they are told, what they are not, and what is left of them."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked
from proofbook.stack import Fault, Finished, TimedOut
from proofbook.stack.scripts import Script
from tests.engine.stack.tiny import is_alive, wait_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proofbook.stack import Stack
    from proofbook.stack.scripts import Scripts

TARGET = """
kind = "stand-in"
permits = "disrupts"
[secrets]
token = "generate:token"
[systems.demo]
sql = "postgresql://demo:{secret.token}@127.0.0.1:9/demo"
[systems.demo.login]
path = "/login"
owner = { idToken = "{secret.token}", remember = true }
cookies = { guest = "{secret.token}" }
[systems.demo.credentials]
worker = "{secret.token}"
signer = { key = "{secret.token}" }
[systems.demo.api]
url = "http://127.0.0.1:9"
[systems.demo.commands.greet]
command = ["{python}", "-ISc", "import os, sys; print(os.getcwd(), os.environ['WHO'], sys.argv[1:])"]
cwd = "{root}/a 'quoted' place"
env = { WHO = "it's {secret.token}" }
"""
DEPLOYMENT = TARGET.replace('"stand-in"', '"deployment"')


def script(text: str, *variables: str, needs: tuple[str, ...] = (), within: float = 60.0) -> Script:
    """A script for bash that names these variables."""
    return Script(  # noqa: S604 - a shell is what is tested
        where="page.md:1: the step s",
        shell=("bash", "-eu", "-c"),
        text=text,
        variables=frozenset(variables),
        needs=needs,
        within_seconds=within,
    )


def late(scripts: Scripts, text: str, folder: Path | None = None) -> TimedOut:
    """What came of a script that has no end, with time enough to say a line, however busy the machine."""
    for within in (1.0, 10.0, 60.0):
        end = scripts.run(script(text, within=within), folder=folder)
        assert isinstance(end, TimedOut)
        if end.output:
            return end
    raise AssertionError(f"it said nothing within {within:g} s")


@pytest.fixture
def stack(stack_of: Callable[..., Stack], root: Path) -> Stack:
    """A stack of a target with every kind of credential."""
    (root / "a 'quoted' place").mkdir()
    return stack_of(TARGET)


@pytest.fixture
def scripts(stack: Stack) -> Iterator[Scripts]:
    """Scripts of a twin of it."""
    with stack.twin("demo") as twin:
        yield twin.scripts


def test_a_script_is_told_what_it_names_and_nothing_else(
    scripts: Scripts, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the runner's environment nor a credential that it does not name."""
    monkeypatch.setenv("RUNNERS_OWN", "secret")
    asked = script("env -0 | tr '\\0' '\\n' | cut -d= -f1 | sort", "DEMO_API_URL", "RUNNERS_OWN")

    end = scripts.run(asked)

    assert isinstance(end, Finished)
    assert set(end.output.split()) - {"SHLVL", "PWD", "_"} == {
        "DEMO_API_URL",
        "HOME",
        "LANG",
        "PATH",
        "TMPDIR",
    }
    assert stack.secrets() == frozenset()


def test_addresses_and_credentials_have_names(scripts: Scripts, stack: Stack) -> None:
    """Of the system, then of what it is; a login is the body that is posted."""
    names = [
        *("API_URL", "LOGIN_OWNER", "COOKIE_GUEST"),
        *("CREDENTIAL_WORKER", "SQL", "CREDENTIAL_SIGNER_KEY"),
    ]
    text = "; ".join(f'echo "$DEMO_{name}"' for name in names)

    end = scripts.run(script(text, *(f"DEMO_{name}" for name in names)))

    url, login, cookie, worker, sql, signer = end.output.splitlines()
    assert url == "http://127.0.0.1:9"
    assert json.loads(login) == {"idToken": worker, "remember": True}
    assert {cookie, worker, signer} <= stack.secrets()
    assert sql == f"postgresql://demo:{worker}@127.0.0.1:9/demo"


def test_what_is_given_wins(scripts: Scripts) -> None:
    """Over the target's address, and over a name that the target does not know."""
    asked = script('echo "$DEMO_API_URL $DEMO_OTHER $MINE"', "DEMO_API_URL", "DEMO_OTHER", "MINE")

    end = scripts.run(asked, given={"DEMO_API_URL": "there", "DEMO_OTHER": "2", "MINE": "3"})

    assert end == Finished(0, "there 2 3\n")


def test_a_name_that_the_target_does_not_give_is_not_asked(scripts: Scripts) -> None:
    """Unless the script says itself what holds without it."""
    with pytest.raises(NotAsked) as error:
        scripts.run(script('echo "$DEMO_STORE"', "DEMO_STORE"))

    assert str(error.value) == (
        "page.md:1: the step s names DEMO_STORE, which targets/demo.toml does not give"
    )
    settled = 'echo "${DEMO_STORE:-none}"; DEMO_HERE=1; echo "$DEMO_HERE"'
    assert scripts.run(script(settled, "DEMO_STORE", "DEMO_HERE")).output == "none\n1\n"


def test_a_command_that_is_needed_is_a_program(scripts: Scripts, root: Path) -> None:
    """With its environment and its folder, whatever characters they hold."""
    asked = script('pwd; demo-greet "a  b" "c\'d"; echo "$WHO" | wc -l', needs=("greet",))

    end = scripts.run(asked)

    here, greeting, lines = end.output.splitlines()
    assert here == str((root / "a 'quoted' place").resolve())
    assert greeting.startswith(f"{here} it's ")
    assert greeting.endswith("""['a  b', "c'd"]""")
    assert lines == "1"


def test_a_command_that_the_target_lacks_is_not_asked(scripts: Scripts) -> None:
    """And what would help is said."""
    with pytest.raises(NotAsked) as error:
        scripts.run(script("true", needs=("compose",)))

    assert str(error.value) == (
        "page.md:1: the step s needs the command compose, which targets/demo.toml does not give"
    )
    assert error.value.remedy == '[systems.demo.commands.compose] command = ["…"]'


def test_scripts_find_what_the_one_before_left(scripts: Scripts) -> None:
    """In their folder and at home; nothing of it is where logs are kept."""
    scripts.run(script("echo 1 > here; echo 2 > ~/there"))

    assert scripts.run(script("cat here ~/there")) == Finished(0, "1\n2\n")
    assert [path for path in scripts.ground.logs.rglob("*") if "steps" in path.name] == []


def test_a_script_that_takes_too_long_is_ended_with_its_children(scripts: Scripts) -> None:
    """What it had printed is known."""
    end = late(scripts, "sleep 600 & echo $!; wait")

    wait_gone([int(end.output)])


def test_a_fault_stands_before_the_shell(stack_of: Callable[..., Stack], root: Path) -> None:
    """Only where it is a fault of steps."""
    (root / "a 'quoted' place").mkdir()
    launcher = ("echo", "broken by")
    fault = Fault(system="demo", process="steps", name="torn", launcher=launcher)
    other = Fault(system="demo", process="api", name="torn", launcher=launcher)

    for planted, said in ((fault, "broken by torn -- env -C"), (other, "whole")):
        with stack_of(TARGET, fault=planted).twin("demo") as twin:
            assert twin.scripts.run(script("echo whole")).output.startswith(said)


def test_at_a_deployment_what_a_script_starts_stays(
    stack_of: Callable[..., Stack], root: Path, tmp_path: Path
) -> None:
    """Its home is the folder that the scripts share; what takes too long is ended there, too."""
    (root / "a 'quoted' place").mkdir()
    folder = tmp_path / "shared"
    folder.mkdir()
    with stack_of(DEPLOYMENT).twin("demo") as twin:
        end = twin.scripts.run(
            script("pwd; echo ~; setsid sleep 600 > /dev/null 2>&1 & echo $! > pid"), folder=folder
        )
        shell = int(late(twin.scripts, "echo $$; sleep 600", folder).output)
    pid = int((folder / "pid").read_text())
    try:
        assert end == Finished(0, f"{folder}\n{folder}\n")
        wait_gone([shell])
        assert is_alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_shell_that_is_not_there_ends_with_127(
    stack_of: Callable[..., Stack], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shell would say of a program."""
    (root / "a 'quoted' place").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    with stack_of(DEPLOYMENT).twin("demo") as twin:
        end = twin.scripts.run(script("true"), folder=tmp_path)

    assert isinstance(end, Finished)
    assert end.code == 127


def test_steps_are_run_as_they_stand_or_not_at_all(stack_of: Callable[..., Stack]) -> None:
    """Where a program lacks, or a path is called otherwise, nobody could type them."""
    renamed = f'{TARGET}[systems.demo.names.paths]\n"/login" = "/enter"\n'

    with stack_of(TARGET).twin("demo") as twin:
        twin.scripts.see_runnable("sh")
        with pytest.raises(NotAsked) as lacking:
            twin.scripts.see_runnable("sh", "no-such-program")
    with stack_of(renamed).twin("demo") as twin, pytest.raises(NotAsked) as otherwise:
        twin.scripts.see_runnable("sh")

    assert str(lacking.value) == "this machine has no no-such-program to run a step with"
    assert str(otherwise.value) == "the target has other paths than those that stand in the steps"
