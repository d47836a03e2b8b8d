"""A twin starts a system's processes as a check asks, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from proofbook.errors import NotAsked, NoVerdict, ProofbookError, StackError
from proofbook.stack import Exited, Fault, Finished, Ready, TimedOut, fixed, processes
from proofbook.targets import Overlay
from tests.engine.stack.tiny import DEMO, is_alive, wait_gone, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.stack import Controlled, Stack

Make = "Callable[..., Stack]"


def begun(outcome: Ready | Exited | TimedOut | Finished) -> Controlled:
    """The process that became ready."""
    assert isinstance(outcome, Ready), outcome
    return outcome.process


def environment(process: Controlled) -> dict[str, str]:
    """What the tiny program found in its environment."""
    line = process.wait_for_line("^environment ", 20)
    return dict(json.loads(line.removeprefix("environment ")))


def numbers(process: Controlled, *names: str) -> list[int]:
    """The processes that the tiny program said it started."""
    return [int(process.wait_for_line(f"^{name} ", 20).split()[1]) for name in names]


def test_any_answer_is_ready(stack_of: Callable[..., Stack]) -> None:
    """A process that answers, if only with 503, is ready, and its URL is where it answers."""
    with stack_of().twin("demo") as twin:
        api = begun(twin.start("api"))

        answer = httpx.get(api.url, timeout=60, trust_env=False)

        assert answer.status_code == 503
        assert answer.json()["PORT"] == str(httpx.URL(api.url).port)
        assert (api.name, api.is_running) == ("demo.api", True)
        assert is_alive(api.pid)


def test_a_line_of_its_log_is_ready(stack_of: Callable[..., Stack]) -> None:
    """A process without a listener is ready when its log has the line."""
    with stack_of().twin("demo") as twin:
        worker = begun(twin.start("worker"))

        assert worker.lines()[-1] == "no port"
        with pytest.raises(NotAsked) as nowhere:
            _ = worker.url
    assert str(nowhere.value) == (
        "demo.worker has no address: nothing in the target gives it a {port}"
    )


def test_still_running_is_ready(stack_of: Callable[..., Stack]) -> None:
    """With `running_for`, a process is ready once it has run so long, and not if it ended."""
    text = DEMO.replace('{ log = "no port", within = "60 s" }', '{ running_for = "0.1 s" }')
    with stack_of(text).twin("demo") as twin:
        assert begun(twin.start("worker")).is_running
    text = DEMO.replace('{ log = "no port", within = "60 s" }', '{ running_for = "600 s" }')
    with stack_of(text).twin("demo") as twin:
        assert isinstance(twin.start("worker", env={"EXIT": "1"}), Exited)


def test_nothing_is_said_of_when_it_is_ready(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `ready`, a process is if it still runs after a second."""
    text = DEMO.replace('ready = { log = "no port", within = "60 s" }', "")
    with stack_of(text).twin("demo") as twin:
        assert begun(twin.start("worker")).is_running
    # On a busy machine a program may take longer than that second to begin.
    monkeypatch.setattr(processes, "_UNSAID_SECONDS", 60.0)
    dying = "import time; time.sleep(0.2); raise SystemExit(3)"
    with stack_of(text.replace('"tiny.py"', f'"-c", "{dying}"')).twin("demo") as twin:
        assert twin.start("worker") == Exited(3, "")


def test_refusing_to_start_is_a_value(stack_of: Callable[..., Stack]) -> None:
    """A process that ends instead gives its code and all that it wrote."""
    with stack_of().twin("demo") as twin:
        outcome = twin.start("api", env={"EXIT": "3"})

    assert isinstance(outcome, Exited)
    assert outcome.code == 3
    assert outcome.output.startswith("environment ")


def test_ending_by_a_signal_is_a_negative_code(stack_of: Callable[..., Stack], root: Path) -> None:
    """A start that a signal ends has that signal's number, negative."""
    (root / "tiny.py").write_text("import os; os.abort()")
    with stack_of().twin("demo") as twin:
        outcome = twin.start("api")

    assert outcome == Exited(-signal.SIGABRT, "")


def test_a_program_that_does_not_exist(stack_of: Callable[..., Stack]) -> None:
    """What cannot even be started has a shell's code for it, and says why."""
    text = DEMO.replace('["{python}", "-IS", "tiny.py"]', '["no-such-program"]', 1)
    with stack_of(text).twin("demo") as twin:
        outcome = twin.start("api")

    assert outcome == Exited(
        127, "proofbook: [Errno 2] No such file or directory: 'no-such-program'\n"
    )


def test_not_ready_in_time(stack_of: Callable[..., Stack], root: Path) -> None:
    """A process that is not ready in time is ended, with all that it started."""
    (root / "tiny.py").write_text(
        "import os, time\nos.fork()\nprint(os.getpid(), flush=True)\ntime.sleep(600)"
    )
    text = DEMO.replace('http = "/", within = "60 s"', 'http = "/", within = "300 ms"')
    with stack_of(text).twin("demo") as twin:
        outcome = twin.start("api")

        assert isinstance(outcome, TimedOut)
        pids = [int(line) for line in outcome.output.split()]
        assert not [pid for pid in pids if is_alive(pid)]


def test_an_earlier_log_does_not_make_it_ready(stack_of: Callable[..., Stack]) -> None:
    """Started again, a process is ready by a line that it writes now."""
    with stack_of().twin("demo") as twin:
        worker = begun(twin.start("worker"))
        worker.kill()
        worker.start()

        assert worker.lines().count("no port") == 2


def test_the_environment_is_made_from_nothing(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program has PATH, LANG, a HOME and a TMPDIR of its own and what it was given; no more."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the runner's own")
    monkeypatch.setenv("PYTHONPATH", "the runner's own")
    with stack_of().twin("demo") as twin:
        found = environment(begun(twin.start("worker", env={"X": "1"})))

        assert found.keys() - {"LC_CTYPE"} == {
            *("PATH", "LANG", "HOME", "TMPDIR"),
            *("API_URL", "NAME", "X"),
        }
        assert found["PATH"] == os.environ["PATH"]
        assert found["HOME"] != os.environ.get("HOME")
        assert Path(found["TMPDIR"]).is_dir()
    assert not Path(found["HOME"]).exists()


def test_a_check_changes_the_environment(stack_of: Callable[..., Stack]) -> None:
    """`env` adds and replaces, `without` removes, and placeholders are filled in."""
    with stack_of().twin("demo") as twin:
        changes = {"NAME": "w-{instance}", "ROOT": "{root}"}
        worker = begun(twin.start("worker", instance="7", env=changes, without=["API_URL"]))
        found = environment(worker)

        assert "API_URL" not in found
        assert found["NAME"] == "w-7"
        assert dict(worker.env) == {"NAME": "w-7", "ROOT": found["ROOT"]}
        assert worker.name == "demo.worker.7"


def test_a_value_is_told_as_it_is(stack_of: Callable[..., Stack]) -> None:
    """A check's value is no reference, and braces that are no placeholder stay."""
    odd = {"A": "env:PATH", "B": "{not one", "C": "{{instance}}", "D": "ä\n"}
    with stack_of().twin("demo") as twin:
        found = environment(begun(twin.start("worker", env=odd)))

    assert {name: found[name] for name in odd} == {**odd, "C": "{instance}"}


def test_a_placeholder_that_stands_for_nothing(stack_of: Callable[..., Stack]) -> None:
    """A check that misspells a placeholder is told the known ones."""
    with stack_of().twin("demo") as twin, pytest.raises(ProofbookError) as unknown:
        twin.start("worker", env={"X": "{demo.api.urll}"})

    assert str(unknown.value).startswith(
        "'{demo.api.urll}': {demo.api.urll} stands for nothing here; did you mean {demo.api.url}? "
    )


def test_names_are_translated(stack_of: Callable[..., Stack]) -> None:
    """A program gets its own names; a check speaks and reads the contract's."""
    text = f'{DEMO}\n[systems.demo.names.env]\nAPI_URL = "UPSTREAM"\nX = "MY_X"'
    with stack_of(text).twin("demo") as twin:
        worker = begun(twin.start("worker", env={"X": "1"}))
        found = environment(worker)

        assert found["UPSTREAM"] == worker.env["API_URL"]
        assert (found["MY_X"], "X" in found, "API_URL" in found) == ("1", False, False)


@pytest.mark.parametrize("changes", [{"env": {"LEASE": "1"}}, {"without": ["LEASE"]}])
def test_a_variable_that_it_does_not_have(
    stack_of: Callable[..., Stack], changes: dict[str, object]
) -> None:
    """A claim about a variable that is `absent` is not asked."""
    text = DEMO.replace(
        "[systems.demo.api]", '[systems.demo]\nabsent = ["LEASE"]\n[systems.demo.api]'
    )
    with stack_of(text).twin("demo") as twin, pytest.raises(NotAsked) as absent:
        twin.start("api", **changes)  # type: ignore[arg-type]

    assert str(absent.value) == ("targets/demo.toml: systems.demo.absent says that it has no LEASE")


def test_an_address_is_known_before_the_start(stack_of: Callable[..., Stack]) -> None:
    """A worker may be told where the API will be, and the API keeps its port when started anew."""
    with stack_of().twin("demo") as twin:
        worker = begun(twin.start("worker"))
        api = begun(twin.start("api"))
        api.kill()
        again = begun(twin.start("api"))

        assert worker.env["API_URL"] == api.url == again.url == twin.address("demo.api").url
        assert begun(twin.start("api", instance="2")).url != api.url


def test_an_instance_runs_once(stack_of: Callable[..., Stack]) -> None:
    """Starting an instance that runs is the check's mistake."""
    with stack_of().twin("demo") as twin:
        begun(twin.start("api"))
        with pytest.raises(StackError) as twice:
            twin.start("api")

    assert str(twice.value) == "demo.api is running; stop it first, or start another instance"


def test_a_port_that_the_contract_fixes(stack_of: Callable[..., Stack]) -> None:
    """A caller that holds a port has the process there; the next start is elsewhere again."""
    stack = stack_of()
    with stack.twin("demo") as twin:
        first = begun(twin.start("api"))
        first.kill()
        free = stack._ground.new_port()
        stack._ground.give_back(free)
        with fixed(free, within_seconds=20):
            api = begun(twin.start("api", port=free))
            assert api.url == f"http://127.0.0.1:{free}"
            api.kill()
        assert begun(twin.start("api")).url != api.url
    assert ("127.0.0.1", free) in stack.addresses()


def test_setup_runs_once_before_the_first_start(stack_of: Callable[..., Stack], root: Path) -> None:
    """A setup runs with the target's own environment, whatever the check changes, and only once."""
    (root / "setup.py").write_text(
        "import os; open('setup.txt', 'a').write(os.environ['PORT'] + ' ')"
    )
    setup = 'setup = [["{python}", "-IS", "setup.py"]]'
    text = DEMO.replace("[systems.demo.api]", f"[systems.demo.api]\n{setup}")
    with stack_of(text).twin("demo") as twin:
        api = begun(twin.start("api", env={"X": "1"}))
        api.kill()
        begun(twin.start("api"))

        assert (root / "setup.txt").read_text().split() == [str(httpx.URL(api.url).port)]


def test_a_setup_that_fails(stack_of: Callable[..., Stack], logs: Path) -> None:
    """A setup that fails is the outcome of the start; the process is not started."""
    setup = """setup = [["{python}", "-ISc", "print('no table'); raise SystemExit(4)"]]"""
    text = DEMO.replace("[systems.demo.api]", f"[systems.demo.api]\n{setup}")
    with stack_of(text).twin("demo") as twin:
        assert twin.start("api") == Exited(4, "no table\n")
        assert twin.start("api") == Exited(4, "no table\n")

    assert sorted(path.name for path in logs.glob("demo*")) == [
        "demo.api.setup.1.log",
        "demo.api.setup.2.log",
    ]


def test_releases_and_environments_are_overlays(stack_of: Callable[..., Stack]) -> None:
    """Only the keys that an overlay holds differ; its variables join the others."""
    text = f"""{DEMO}
[systems.demo.worker.releases.previous]
env = {{ VERSION = "1" }}
[systems.demo.worker.environments.production]
env = {{ VERSION = "0", MODE = "production" }}
"""
    with stack_of(text).twin("demo") as twin:
        worker = begun(twin.start("worker", release="previous", environment="production"))

        assert (worker.env["VERSION"], worker.env["MODE"]) == ("1", "production")
        assert "API_URL" in worker.env


@pytest.mark.parametrize("key", ["release", "environment"])
def test_an_overlay_that_is_not_there(stack_of: Callable[..., Stack], key: str) -> None:
    """A release or an environment that the target lacks is not asked; the remedy is its table."""
    with stack_of().twin("demo") as twin, pytest.raises(NotAsked) as missing:
        twin.start("api", **{key: "next"})  # type: ignore[arg-type]

    assert str(missing.value) == f"targets/demo.toml: systems.demo.api.{key}s has no next"
    assert missing.value.remedy == f"[systems.demo.api.{key}s.next]"


def test_a_process_that_is_not_there(stack_of: Callable[..., Stack]) -> None:
    """A process that the target lacks is not asked; the message names those that it has."""
    with stack_of().twin("demo") as twin, pytest.raises(NotAsked) as missing:
        twin.start("ui")

    assert str(missing.value) == (
        "targets/demo.toml: systems.demo has no ui among its processes; it has: api, worker"
    )


def test_nothing_is_left_of_a_twin(stack_of: Callable[..., Stack]) -> None:
    """Programs that ignore SIGTERM, are frozen, or left children end with their twin."""
    with stack_of().twin("demo") as twin:
        api = begun(twin.start("api", env={"CHILD": "1"}))
        worker = begun(twin.start("worker", env={"STUBBORN": "1"}))
        frozen = begun(twin.start("worker", instance="2"))
        frozen.freeze()
        pids = [api.pid, worker.pid, frozen.pid, *numbers(api, "child")]

    assert not [pid for pid in pids if is_alive(pid)]


def test_an_orphan_ends_with_the_stack(stack_of: Callable[..., Stack]) -> None:
    """A daemon that hid from its parent is gone when the stack is."""
    stack = stack_of()
    with stack.twin("demo") as twin:
        [orphan] = numbers(begun(twin.start("api", env={"ORPHAN": "1"})), "orphan")

    stack.close()

    assert not is_alive(orphan)


def test_a_stack_leaves_nothing_at_all(stack_of: Callable[..., Stack], logs: Path) -> None:
    """No thread, no descriptor, no folder but the logs; and a stack can be closed twice."""
    threads, before = set(threading.enumerate()), descriptors()
    stack = stack_of()
    with stack.twin("demo") as twin:
        begun(twin.start("api"))
        scratch = stack._ground._holding().scratch.path

    stack.close()
    stack.close()

    assert set(threading.enumerate()) <= threads
    assert descriptors() <= before
    assert not scratch.exists()
    assert [path.name for path in logs.iterdir()] == ["demo.api.1.log"]


def test_a_program_is_controlled(stack_of: Callable[..., Stack]) -> None:
    """Frozen, thawed, asked to end, stopped, started again: each is done when it returns."""
    with stack_of().twin("demo") as twin:
        api = begun(twin.start("api"))
        api.freeze()
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(api.url, timeout=0.2, trust_env=False)
        api.thaw()
        assert httpx.get(api.url, timeout=60, trust_env=False).status_code == 503
        assert api.wait(0.01) is None

        api.terminate()
        assert api.wait(20) == -signal.SIGTERM
        api.start()
        first = api.pid
        api.start()
        assert api.pid == first
        api.stop()

        assert not api.is_running
        assert api.output().count("listening") == 2


def test_a_program_that_speaks_for_another(stack_of: Callable[..., Stack], root: Path) -> None:
    """Where the target has commands for it, they are what stops, kills, freezes and thaws."""
    (root / "note.py").write_text("import sys; open('done', 'a').write(sys.argv[1] + ' ')")
    text = f"{DEMO}\n[systems.demo.worker.control]\n" + "\n".join(
        f'{word} = ["{{python}}", "-IS", "note.py", "{word}"]'
        for word in ("freeze", "thaw", "stop", "kill")
    )
    with stack_of(text).twin("demo") as twin:
        worker = begun(twin.start("worker"))
        worker.freeze()
        worker.thaw()
        os.kill(worker.pid, signal.SIGTERM)  # as ends `docker run` when its container does
        worker.stop()
        worker.start()
        os.kill(worker.pid, signal.SIGTERM)
        worker.kill()

        assert (root / "done").read_text() == "freeze thaw stop kill "
        assert not worker.is_running


def test_ready_at_a_whole_url(stack_of: Callable[..., Stack]) -> None:
    """The address that must answer may be spelt out, with placeholders."""
    text = DEMO.replace('http = "/"', 'http = "http://127.0.0.1:{port}/health"')
    with stack_of(text).twin("demo") as twin:
        assert begun(twin.start("api")).is_running


def test_a_program_that_does_not_start_again(stack_of: Callable[..., Stack], root: Path) -> None:
    """The message has its last words and its log."""
    with stack_of().twin("demo") as twin:
        api = begun(twin.start("api"))
        api.kill()
        (root / "tiny.py").write_text("raise SystemExit('not today')")
        with pytest.raises(StackError) as refused:
            api.start()

    assert "demo.api did not start again:\n" in str(refused.value)
    assert "    not today\n" in str(refused.value)


def test_commands_run_to_their_end(stack_of: Callable[..., Stack], root: Path) -> None:
    """A command gives its code and output, with further arguments and changes like a start's."""
    (root / "build.py").write_text(
        "import os, sys; print(sys.argv[1:], os.environ.get('A'), os.environ.get('B')); sys.exit(2)"
    )
    text = f"""{DEMO}
[systems.demo.commands.build]
command = ["{{python}}", "-IS", "build.py", "one"]
env = {{ A = "a", B = "b" }}
"""
    with stack_of(text).twin("demo") as twin:
        outcome = twin.command("build", "two", env={"A": "{root}"}, without=["B"])

    assert outcome == Finished(2, f"['one', 'two'] {root} None\n")


def test_commands_that_do_not_end_or_start(stack_of: Callable[..., Stack]) -> None:
    """A command that takes too long is ended with its family; one that does not exist says so."""
    text = f"""{DEMO}
[systems.demo.commands.hang]
command = ["{{python}}", "-IS", "tiny.py"]
env = {{ CHILD = "1" }}
[systems.demo.commands.gone]
command = ["./gone"]
"""
    with stack_of(text).twin("demo") as twin:
        late = twin.command("hang", within=timedelta(seconds=0.5))
        gone = twin.command("gone")

    assert isinstance(late, TimedOut)
    wait_gone(int(line.split()[1]) for line in late.output.splitlines() if "child" in line)
    assert gone == Finished(127, "proofbook: [Errno 2] No such file or directory: './gone'\n")


def test_a_command_that_is_not_there(stack_of: Callable[..., Stack]) -> None:
    """A command that the target lacks is not asked."""
    with stack_of().twin("demo") as twin, pytest.raises(NotAsked) as missing:
        twin.command("build")

    assert str(missing.value) == (
        "targets/demo.toml: systems.demo has no build among its commands; it has: none"
    )


def test_files_of_the_contract(stack_of: Callable[..., Stack], root: Path) -> None:
    """Files are found from the root; one that the target does not name is not asked."""
    text = f'{DEMO}\n[systems.demo.files]\ncompose = "deploy/compose.yaml"\nenv = "{{root}}/x.env"'
    with stack_of(text).twin("demo") as twin:
        assert twin.file("compose") == root / "deploy/compose.yaml"
        assert twin.file("env") == root / "x.env"
        with pytest.raises(NotAsked) as missing:
            twin.file("dockerfile")

    assert str(missing.value) == "targets/demo.toml: systems.demo.files.dockerfile is not given"
    assert missing.value.remedy == 'files.dockerfile = "…"'


def test_what_the_target_gives_a_process(stack_of: Callable[..., Stack]) -> None:
    """Without a start, a check learns the variables by the contract's names."""
    with stack_of().twin("demo") as twin:
        assert twin.env("worker") == {"API_URL": twin.address("demo.api").url, "NAME": "1"}


def test_a_proxy_before_a_process(stack_of: Callable[..., Stack]) -> None:
    """`through` puts an address of the check's own before a process, for this start only."""
    with stack_of().twin("demo") as twin:
        tapped = begun(twin.start("worker", through={"demo.api": "127.0.0.1:4711"}))
        plain = begun(twin.start("worker", instance="2"))

        assert tapped.env["API_URL"] == "http://127.0.0.1:4711"
        assert plain.env["API_URL"] == twin.address("demo.api").url


def test_no_proxy_before_a_literal_address(stack_of: Callable[..., Stack]) -> None:
    """Where the target holds a literal address, nothing can be put in between: not asked."""
    text = DEMO.replace("{demo.api.url}", "http://127.0.0.1:3001")
    with stack_of(text).twin("demo") as twin, pytest.raises(NotAsked) as literal:
        twin.start("worker", through={"demo.api": "127.0.0.1:4711"})

    assert str(literal.value) == (
        "targets/demo.toml: systems.demo.worker is given no {demo.api.url}: no proxy can be put "
        "before demo.api"
    )
    assert literal.value.remedy == (
        "{demo.api.url} in the env of targets/demo.toml: systems.demo.worker"
    )


def test_another_store_takes_the_place_of_the_targets(stack_of: Callable[..., Stack]) -> None:
    """For one start and its setup: a restored copy; nothing reaches for the store that is meant else."""
    text = DEMO.replace('NAME = "{instance}"', 'STORE = "{store.url}"').replace(
        "[systems.demo.worker]",
        '[systems.demo.worker]\nsetup = [["sh", "-c", "echo $STORE $STORE >> {home}/seen"]]',
    )
    text = f'{text}[services.store]\nurl = "postgresql://app@store.invalid/app"\n'
    with stack_of(text).twin("demo") as twin:
        copy = begun(twin.start("worker", instead={"store": "postgresql://copy@127.0.0.1:9/c"}))
        plain = begun(twin.start("worker", instance="2"))

        assert copy.env["STORE"] == "postgresql://copy@127.0.0.1:9/c"
        assert plain.env["STORE"] == "postgresql://app@store.invalid/app"
        seen = Path(twin.resolve("{home}/seen")).read_text(encoding="utf-8").split()
        assert seen == [copy.env["STORE"]] * 2 + [plain.env["STORE"]] * 2


def test_no_other_store_where_the_target_holds_its_address(stack_of: Callable[..., Stack]) -> None:
    """It would run on the store of the deployment, and not on the copy: not asked, and nothing done."""
    text = DEMO.replace('NAME = "{instance}"', 'STORE = "postgresql://app@store.invalid/app"')
    text = f'{text}[services.store]\nurl = "postgresql://app@store.invalid/app"\n'
    with stack_of(text).twin("demo") as twin, pytest.raises(NotAsked) as literal:
        twin.start("worker", instead={"store": "postgresql://copy@127.0.0.1:9/c"})

    assert str(literal.value) == (
        "targets/demo.toml: systems.demo.worker is given no {store.url}: it cannot be started on "
        "another store"
    )


def fault_of(process: str = "worker", **overlay: object) -> Fault:
    """A fault of the demo system."""
    return Fault(
        system="demo",
        process=process,
        name="broken",
        overlay=Overlay(**overlay),  # type: ignore[arg-type]
    )


def test_a_fault_is_laid_over_every_start(stack_of: Callable[..., Stack]) -> None:
    """A fault's variable wins over the target's and the check's, at each start, there alone."""
    fault = fault_of(env={"NAME": "broken"})
    with stack_of(fault=fault).twin("demo") as twin:
        worker = begun(twin.start("worker", env={"NAME": "mine"}))
        assert worker.env["NAME"] == "broken"
        worker.kill()
        assert begun(twin.start("worker", without=["NAME"])).env["NAME"] == "broken"
        assert "NAME" not in begun(twin.start("api")).env


def test_a_faults_command_and_files(stack_of: Callable[..., Stack], root: Path) -> None:
    """A fault may be another program and another file."""
    text = f'{DEMO}\n[systems.demo.files]\ncompose = "compose.yaml"'
    fault = fault_of(
        command=("{python}", "-ISc", "raise SystemExit(9)"), files={"compose": "bad.yaml"}
    )
    with stack_of(text, fault=fault).twin("demo") as twin:
        assert twin.start("worker") == Exited(9, "")
        assert twin.file("compose") == root / "bad.yaml"


def test_a_launcher_starts_the_process_broken(stack_of: Callable[..., Stack], root: Path) -> None:
    """A launcher gets the fault's name and the whole command, with the process's environment."""
    (root / "faults.py").write_text(
        "import os, sys; print(sys.argv[1:], os.environ['NAME']); sys.exit(1)"
    )
    fault = Fault(
        system="demo", process="worker", name="no-lease", launcher=(sys.executable, "faults.py")
    )
    with stack_of(fault=fault).twin("demo") as twin:
        outcome = twin.start("worker")
        begun(twin.start("api"))

    assert outcome == Exited(1, f"{['no-lease', '--', sys.executable, '-IS', 'tiny.py']} 1\n")


def test_a_fault_of_another_system_changes_nothing(stack_of: Callable[..., Stack]) -> None:
    """Only the fault's own system is broken."""
    fault = Fault(system="other", process="worker", name="x", overlay=Overlay(env={"NAME": "x"}))
    with stack_of(fault=fault).twin("demo") as twin:
        assert begun(twin.start("worker")).env["NAME"] == "1"


def test_starts_at_the_same_time(stack_of: Callable[..., Stack]) -> None:
    """Ten workers started from ten threads are ten processes."""
    with stack_of().twin("demo") as twin:
        begun_at_once: list[int] = []
        threads = [
            threading.Thread(
                target=lambda n=n: begun_at_once.append(
                    begun(twin.start("worker", instance=f"w{n}")).pid
                )
            )
            for n in range(10)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({pid for pid in begun_at_once if is_alive(pid)}) == 10


def test_a_lost_warden_is_no_verdict_of_the_program(stack_of: Callable[..., Stack]) -> None:
    """If the warden is killed, what waits for its programs is told so, not left waiting."""
    stack = stack_of()
    twin = stack.twin("demo")
    api = begun(twin.start("api"))

    os.kill(stack._ground.wards.pid, signal.SIGKILL)

    with pytest.raises(StackError, match=r"^the warden "):
        api.wait(20)
    wait_until(lambda: not api.is_running)
    with pytest.raises(NoVerdict, match="no line matched 'never' before it ended"):
        api.wait_for_line("never", 20)
    with pytest.raises(StackError, match=r"^the warden "):
        twin.close()


def descriptors() -> set[tuple[str, str]]:
    """What this process has open. What an earlier test's thread closes late only makes it less."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            found.add((entry.name, str(entry.readlink())))
    return found
