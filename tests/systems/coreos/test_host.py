"""A plain host: what its verbs leave behind, said twice or cut off in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.stack import Finished
from systems.coreos import host

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack import Twin


def say(twin: Twin, *words: str, **told: str) -> tuple[int, list[str]]:
    """A verb's end and its lines; `up` is told what the target says of it."""
    command = ("up", ()) if words == ("up",) else ("host", words)
    end = twin.command(command[0], *command[1], env=told)
    assert isinstance(end, Finished), end
    return end.code, end.output.splitlines()


@pytest.mark.slow
def test_each_verb_may_be_said_twice(twin: Twin) -> None:
    """Up, stopped, started, down: the second time there is nothing left to do."""
    up = say(twin, "up", WORKER_ID_HOLD_SECONDS="1")

    assert up == (0, ["api serves: releases/first", "worker serves: releases/first"])
    assert say(twin, "start", "api") == (0, ["api runs already: releases/first"])
    assert say(twin, "status") == (0, ["api: releases/first", "worker: releases/first"])
    assert say(twin, "become", "worker") == (1, ["worker runs already"])
    assert say(twin, "stop", "worker") == (0, ["worker does not run"])
    assert say(twin, "stop", "worker") == (0, ["worker does not run"])
    assert say(twin, "status") == (1, ["api: releases/first", "worker: does not run"])
    down = (0, ["worker does not run", "api does not run"])
    assert say(twin, "down") == down
    assert say(twin, "down") == down


@pytest.mark.slow
def test_what_runs_another_release_is_not_started_over(twin: Twin) -> None:
    """It is to be stopped first."""
    say(twin, "up")
    say(twin, "install", "second", COMMIT_SHA="2")
    place = twin.scripts.starts.preparations().home / "coreos"
    (place / "current").unlink()
    (place / "current").symlink_to("releases/second")

    assert say(twin, "start", "api") == (
        1,
        ["api runs releases/first, not releases/second: stop it first"],
    )
    say(twin, "stop", "api")
    assert say(twin, "start", "api") == (0, ["api serves: releases/second"])


@pytest.mark.slow
def test_what_is_not_well_is_not_up(twin: Twin) -> None:
    """It stays up, and refuses; so does the command that brought it up."""
    code, said = say(twin, "up", JOB_WORKER_HMAC_SECRET="")

    assert code == 1
    assert said[-1].startswith(
        "worker of releases/first does not serve: "
        "[FATAL] Configuration error: JOB_WORKER_HMAC_SECRET is required; its log: "
    )


def test_each_process_is_told_its_own_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's file holds nothing of the API's, and nobody else may read either."""
    monkeypatch.setattr(
        "os.environ",
        {
            "COREOS_HOME": str(tmp_path),
            "PATH": "/bin",
            "COMMIT_SHA": "1",
            "ATTESTATION_PRIVATE_KEY": "ab",
            "FIREBASE_PRIVATE_KEY": "-----BEGIN\nKEY",
            "DATABASE_URL": "postgresql://",
            "JOB_TICKET_PUBLIC_KEY": "cd=",
        },
    )

    host.fill()

    api, worker = tmp_path / "api.env", tmp_path / "worker.env"
    assert worker.read_text() == "JOB_TICKET_PUBLIC_KEY=cd=\n"
    assert api.read_text() == (
        "ATTESTATION_PRIVATE_KEY=ab\nFIREBASE_PRIVATE_KEY=-----BEGIN\\nKEY\n"
        "DATABASE_URL=postgresql://\nJOB_TICKET_PUBLIC_KEY=cd=\n"
    )
    assert {path.stat().st_mode & 0o777 for path in (api, worker)} == {0o600}


def test_what_was_never_started_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is stopping it an error."""
    monkeypatch.setenv("COREOS_HOME", str(tmp_path))

    host.stop("api")

    assert host.running("api") is None


def test_a_wrong_verb_is_told_the_right_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all that they do."""
    monkeypatch.setattr("sys.argv", ["host", "dance"])

    with pytest.raises(SystemExit) as end:
        host.main()
    assert end.value.code == host.__doc__
