"""A stack says what runs and what is read; whose systems it has, and whether it is the place."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked, NoVerdict, WrongPlace
from proofbook.stack import Ready, Stack
from proofbook.targets import Reading
from tests.engine.stack.tiny import DEMO, another, target_of, wait_gone, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

#: A runner with all that there is: PostgreSQL, Redis, a program with a daemon. Says the processes.
RUNNER = """
import sys, time
from pathlib import Path
from proofbook.stack import Stack
from proofbook.stack.warden import descendants, living
from proofbook.targets import parse
import os
stack = Stack(parse(sys.argv[2], "targets/x.toml"), root=Path(sys.argv[1]), logs=Path(sys.argv[1], "logs"))
twin = stack.twin("demo", own_services=True)
api = twin.start("api").process
twin.address("cache")
twin.store().freeze()
for word in ("orphan", "child"):
    api.wait_for_line(f"^{word} ", 60)
held = stack._ground._holding()
print(held.scratch.path, held.memory.path, sep='|', flush=True)
print(*[kin.pid for kin in descendants(os.getpid(), living())], flush=True)
time.sleep(600)
"""

FULL = """
kind = "stand-in"
permits = "disrupts"
[services.store]
provided = "postgres"
[services.cache]
provided = "redis"
[systems.demo]
store = "store"
[systems.demo.api]
command = ["{python}", "-IS", "tiny.py"]
ready = { http = "/", within = "60 s" }
env = { PORT = "{port}", DSN = "{store.url}", STUBBORN = "1", ORPHAN = "1", CHILD = "1" }
"""


def test_a_system_that_is_not_there(stack_of: Callable[..., Stack]) -> None:
    """A system that the target lacks is not asked; the remedy is its table."""
    with pytest.raises(NotAsked) as missing:
        stack_of().twin("other")

    assert str(missing.value) == "targets/demo.toml has no system other; it has: demo"
    assert missing.value.remedy == "[systems.other]"


def test_nothing_is_started_until_asked(stack_of: Callable[..., Stack], logs: Path) -> None:
    """A stack of which nothing is asked starts no process and makes no folder."""
    stack = stack_of()
    with stack.twin("demo") as twin:
        twin.resolve("{python}")
    stack.close()

    assert not logs.exists()


def test_addresses_of_the_target_and_of_what_was_started(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are allowed; a reference counts once it leads somewhere."""
    text = """
kind = "deployment"
[services.store]
url = "env:DATABASE_URL"
[systems.demo.api]
url = "https://demo.example"
[systems.demo.ui]
url = "env:NO_SUCH"
[systems.demo.worker]
command = ["{python}", "-IS", "tiny.py"]
env = { PORT = "{port}" }
ready = { http = "/" }
"""
    monkeypatch.setenv("DATABASE_URL", "postgresql://joe:pw@localhost:6432/app")
    stack = stack_of(text)
    named = {("demo.example", 443), ("127.0.0.1", 6432)}
    assert stack.addresses() == named

    with stack.twin("demo") as twin:
        outcome = twin.start("worker")
        assert isinstance(outcome, Ready)
        port = int(outcome.process.url.rpartition(":")[2])

        assert stack.addresses() == {*named, ("127.0.0.1", port)}


def test_secrets_are_those_that_were_resolved(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also whole values that hold one, so that none is shown in part."""
    monkeypatch.setenv("TOKEN", "t0ken")
    text = f"""{DEMO}
[systems.demo.commands.show]
command = ["{{python}}", "-ISc", ""]
env = {{ A = "env:TOKEN", B = "uid:{{secret.owner}}", C = "plain", D = "{{secret.key.public_hex}}" }}
[secrets]
owner = "generate:token"
key = "generate:ed25519"
"""
    stack = stack_of(text)
    assert stack.secrets() == frozenset()
    with stack.twin("demo") as twin:
        twin.command("show")
        owner = twin.resolve("{secret.owner}")
        public = twin.resolve("{secret.key.public_hex}")

    assert {"t0ken", owner, f"uid:{owner}"} <= stack.secrets()
    assert not {"plain", public} & stack.secrets()


@pytest.fixture
def served(root: Path) -> str:
    """A target whose release and identity its own program tells; its environment is its answer."""
    del root
    return f"""{DEMO.replace('env = { PORT = "{port}" }', 'env = { PORT = "{port}", REV = "abc" }')}
[systems.demo.api.release]
http = "/health"
field = "REV"
[systems.demo.worker.release]
command = ["{{python}}", "-ISc", "print('def')"]
[release.site]
file = "site.txt"
[release.api]
http = "{{demo.api.url}}/"
field = "REV"
[identity]
http = "{{demo.api.url}}/"
field = "REV"
equals = "abc"
"""


def test_releases_are_read_from_what_runs(
    stack_of: Callable[..., Stack], served: str, root: Path
) -> None:
    """Each component's, from a twin where it is ours to start, from a file, from a command."""
    (root / "site.txt").write_text("r7\n")

    assert stack_of(served).releases() == {
        "site": "r7",
        "api": "abc",
        "demo.api": "abc",
        "demo.worker": "def",
    }


def test_a_release_that_cannot_be_read(stack_of: Callable[..., Stack], served: str) -> None:
    """The message names the file, the component and the reason."""
    with pytest.raises(NoVerdict) as missing:
        stack_of(served).releases()

    assert str(missing.value).startswith("targets/demo.toml: the release of site cannot be read: ")
    assert "No such file or directory" in str(missing.value)


def test_a_release_of_what_does_not_start(
    stack_of: Callable[..., Stack], served: str, root: Path
) -> None:
    """A release that only a running process tells needs the process."""
    (root / "site.txt").write_text("r7\n")
    with pytest.raises(NoVerdict) as missing:
        stack_of(served.replace('REV = "abc"', 'EXIT = "3"')).releases()

    assert str(missing.value).startswith(
        "targets/demo.toml: the release of api cannot be read: demo.api did not start: "
    )


def test_the_place_that_is_meant(stack_of: Callable[..., Stack], served: str) -> None:
    """The right identity passes in silence; none stated, too."""
    stack_of(served).check_identity()
    stack_of().check_identity()


def test_another_place(stack_of: Callable[..., Stack], served: str) -> None:
    """A wrong identity says what was found, what was meant, and that nothing was done."""
    with pytest.raises(WrongPlace) as wrong:
        stack_of(served.replace('equals = "abc"', 'equals = "xyz"')).check_identity()

    assert str(wrong.value) == (
        "targets/demo.toml: identity is 'abc' here, not 'xyz': "
        "this is not the place that the target means; nothing was done"
    )


def test_a_reading_of_a_services_address(stack_of: Callable[..., Stack]) -> None:
    """A service that is started for each twin has no address outside one."""
    with pytest.raises(NotAsked) as nowhere:
        stack_of(FULL).read(Reading(postgres="{store.url}"))

    assert str(nowhere.value) == ("store is started for each twin: it has no address outside one")


def test_a_deployment_is_read_where_it_is(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Releases and identities come from addresses, which may be references; nothing is started."""
    begun = stack_of().twin("demo").start("api", env={"REV": "r1"})
    assert isinstance(begun, Ready)
    monkeypatch.setenv("API", f"{begun.process.url}/")
    monkeypatch.setenv("QUEUE", begun.process.url)
    text = """
kind = "deployment"
[services.queue]
url = "env:QUEUE"
[systems.shop.api]
url = "env:API"
[systems.shop.api.release]
http = "/health"
field = "REV"
[systems.shop.worker]
url = "http://worker.example"
[release.queue]
http = "{queue.url}/"
field = "REV"
[release.api]
http = "{shop.api.url}/x"
field = "REV"
"""
    stack = stack_of(text)

    assert stack.releases() == {"queue": "r1", "api": "r1", "shop.api": "r1"}
    assert stack._ground._held is None


def test_another_systems_process(stack_of: Callable[..., Stack]) -> None:
    """A twin of one system has no address for a process of another that would have to be started."""
    text = DEMO + DEMO.partition("[")[0].replace('kind = "stand-in"\npermits = "disrupts"', "")
    text += '[systems.other.api]\ncommand = ["x"]\nenv = { UP = "{demo.api.url}" }\n'
    with stack_of(text).twin("other") as twin, pytest.raises(NotAsked) as nowhere:
        twin.env("api")

    assert str(nowhere.value) == "demo.api has no address here: this is a twin of other"


@pytest.mark.slow
def test_nothing_survives_a_runner_that_is_killed(root: Path) -> None:
    """SIGKILL of a runner: a frozen PostgreSQL, Redis, a stubborn program and its daemon all end."""
    with another(RUNNER, str(root), FULL) as (runner, said):
        folders = said.readline().strip().split("|")
        pids = [int(word) for word in said.readline().split()]
        assert len(pids) > 8  # the warden, PostgreSQL's six, Redis, the program's three

        os.kill(runner.pid, signal.SIGKILL)

        wait_gone(pids)
    wait_until(lambda: not [name for name in folders if Path(name).exists()])


@pytest.mark.slow
def test_eight_stacks_at_once(root: Path) -> None:
    """Eight stacks in eight threads start, answer and end without meeting."""
    databases: list[tuple[int, str]] = []
    problems: list[BaseException] = []
    # Who has ended before another begins gives it its ports.
    met = threading.Barrier(8, timeout=300)

    def use(number: int) -> None:
        try:
            with (
                Stack(target_of(FULL), root=root, logs=root / f"logs{number}") as stack,
                stack.twin("demo") as twin,
            ):
                assert isinstance(twin.start("api"), Ready)
                databases.append((twin.address("store").port, twin.address("demo.api").url))
                met.wait()
        except BaseException as problem:  # noqa: BLE001 - shown by the test
            met.abort()
            problems.append(problem)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert len({port for port, _ in databases}) == len({url for _, url in databases}) == 8


def test_two_stacks_of_one_process(root: Path, logs: Path) -> None:
    """Stacks side by side share neither ports nor logs."""
    with ExitStack() as both:
        one, two = (
            both.enter_context(Stack(target_of(DEMO), root=root, logs=logs)) for _ in range(2)
        )
        first = both.enter_context(one.twin("demo")).start("api")
        second = both.enter_context(two.twin("demo")).start("api")
        assert isinstance(first, Ready)
        assert isinstance(second, Ready)

        assert first.process.url != second.process.url
        assert sorted(path.name for path in logs.glob("demo*")) == [
            "demo.api.1.log",
            "demo.api.2.log",
        ]
