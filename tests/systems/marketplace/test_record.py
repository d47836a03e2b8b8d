"""What is written down, and the gates of production that look at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from systems.chassis.settings import Misconfigured, Reader
from systems.marketplace import ledger, record
from systems.marketplace.operation import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Record = Callable[..., None]

JWT = "JWT_SECRET"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger that is not there yet."""
    return tmp_path / "ops" / "ledger.jsonl"


@pytest.fixture
def write(file: Path) -> Record:
    """Write something down: `write("staging", "deploy", OPS_RELEASE="a")`; an empty variable is not set."""

    def written(environment: str, action: str, **env: str) -> None:
        node_env = "development" if environment == "dev" else "production"
        told = {"APP_ENV": environment, "NODE_ENV": node_env, "OPS_ACTION": action}
        told |= {"OPERATOR": "ada", "OPS_LEDGER": str(file), "GIT_COMMIT": "own"}
        record.run(Reader(told | env))

    return written


def refused(call: Callable[[], None]) -> str:
    """Why a gate is shut."""
    with pytest.raises(Refused) as gate:
        call()
    return str(gate.value)


def test_an_entry_says_what_was_done_where_by_whom(write: Record, file: Path) -> None:
    """One line of JSON, behind those that are there."""
    write("staging", "deploy", OPS_RELEASE="r1")
    write("staging", "rollback", OPS_RELEASE="r0", OPS_OUTCOME="failed")

    lines = [json.loads(line) for line in file.read_text().splitlines()]

    assert [line.pop("ts")[-1] for line in lines] == ["Z", "Z"]
    entry = {"environment": "staging", "operator": "ada", "details": {}}
    assert lines == [
        entry | {"action": "deploy", "outcome": "ok", "release": "r1"},
        entry | {"action": "rollback", "outcome": "failed", "release": "r0"},
    ]


@pytest.mark.parametrize(
    ("reason", "level"),
    [("scheduled", "info"), ("emergency", "warn")],
    ids=["scheduled", "emergency"],
)
def test_a_rotation_is_told(
    write: Record, file: Path, capsys: pytest.CaptureFixture[str], reason: str, level: str
) -> None:
    """With its secret's name, never with the secret."""
    write("staging", "rotation", OPS_SECRET=JWT, OPS_REASON=reason, JWT_SECRET="s" * 40)

    (entry,) = ledger.read(file)
    assert (entry.operator, entry.release) == ("ada", "own")
    assert entry.details == {"secret": JWT, "reason": reason}
    out = capsys.readouterr().out
    event = json.loads(out)
    assert (event["type"], event["name"], event["level"]) == ("event", "secret.rotation", level)
    assert event["payload"] == {**entry.details, "environment": "staging", "operator": "ada"}
    assert "ssss" not in out


@pytest.mark.parametrize(
    ("env", "missing", "invalid"),
    [
        ({}, ("OPS_ACTION", "OPERATOR"), ()),
        ({"OPS_ACTION": "party", "OPERATOR": "a"}, (), ("OPS_ACTION",)),
        ({"OPS_ACTION": "deploy", "OPERATOR": "a"}, ("OPS_RELEASE",), ()),
        ({"OPS_ACTION": "rotation", "OPERATOR": "a"}, ("OPS_SECRET", "OPS_REASON"), ()),
        (
            {"OPS_ACTION": "rotation", "OPS_SECRET": JWT, "OPS_REASON": "scheduled"},
            ("OPERATOR",),
            (),
        ),
        (
            {
                "OPS_ACTION": "rotation",
                "OPERATOR": "a",
                "OPS_SECRET": "a secret",
                "OPS_REASON": "bored",
                "OPS_OUTCOME": "well",
            },
            (),
            ("OPS_OUTCOME", "OPS_SECRET", "OPS_REASON"),
        ),
    ],
)
def test_what_is_left_out_is_refused(
    file: Path, env: dict[str, str], missing: Any, invalid: Any
) -> None:
    """And nothing is written down."""
    with pytest.raises(Misconfigured) as problem:
        record.run(Reader(env | {"OPS_LEDGER": str(file)}))

    assert (problem.value.missing, problem.value.invalid) == (missing, invalid)
    assert not file.exists()


def test_production_is_deployed_after_the_flow_passed_on_staging(write: Record, file: Path) -> None:
    """On that release, and since it was deployed there; an entry that is refused is not written."""

    def deploy() -> None:
        write("production", "deploy", OPS_RELEASE="r2")

    assert refused(deploy) == "r2 was not deployed on staging"
    write("dev", "deploy", OPS_RELEASE="r2")
    write("staging", "e2e", OPS_RELEASE="r2")
    write("staging", "deploy", OPS_RELEASE="r2", OPS_OUTCOME="failed")
    assert refused(deploy) == "r2 was not deployed on staging"
    write("staging", "deploy", OPS_RELEASE="r2")
    write("staging", "e2e", OPS_RELEASE="r1")
    write("dev", "e2e", OPS_RELEASE="r2")
    assert refused(deploy) == "the flow has not passed on staging on r2"
    write("staging", "e2e", OPS_RELEASE="r2", OPS_OUTCOME="failed")
    before = len(ledger.read(file))
    assert refused(deploy) == "the flow has not passed on staging on r2"
    assert len(ledger.read(file)) == before
    write("staging", "e2e", OPS_RELEASE="r2")

    deploy()

    assert ledger.read(file)[-1].environment == "production"
    write("staging", "deploy", OPS_RELEASE="r2")
    assert refused(deploy) == "the flow has not passed on staging on r2"


def test_production_rotates_what_staging_rotated_since(write: Record) -> None:
    """But at once in an emergency."""

    def rotate(where: str, secret: str = JWT, reason: str = "scheduled", **env: str) -> None:
        write(where, "rotation", OPS_SECRET=secret, OPS_REASON=reason, **env)

    def production() -> None:
        rotate("production")

    rotate("staging", "DATABASE_URL")
    rotate("staging", OPS_OUTCOME="failed")
    assert refused(production) == "JWT_SECRET was not rotated on staging"
    rotate("staging")
    production()
    assert refused(production) == "JWT_SECRET was not rotated on staging"
    rotate("production", reason="emergency")
    rotate("staging", reason="emergency")
    production()
