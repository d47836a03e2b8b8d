"""The faults: each takes hold, names real claims, and stays out of the service's own code."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from systems.chassis import queries
from systems.chassis.launcher import edited
from systems.coreos.faults.__main__ import FAULTS, listing
from systems.coreos.faults.seams import NotPlanted, around, query
from systems.coreos.service import SQL
from tests.systems.deployment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMS = ROOT / "systems" / "coreos"
#: Plants each fault in a fork of its own and loads what it breaks; prints what went wrong.
TRY = """
import os, sys, traceback
import nacl.signing, psycopg, starlette.routing, uvicorn
from systems.chassis import queries
from systems.coreos.faults.__main__ import FAULTS

def try_one(fault):
    fault.plant()
    from systems.coreos.service import SQL
    queries.load(SQL)
    import systems.coreos.api, systems.coreos.worker

for fault in FAULTS:
    if fault.process in ("build", "smoke"):
        continue  # what they say or how they end is the fault
    if os.fork() == 0:
        try:
            try_one(fault)
        except BaseException:
            print(fault.name, traceback.format_exc(), flush=True)
        os._exit(0)
    os.wait()
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The launcher, run to its end."""
    command = [sys.executable, "-m", "systems.coreos.faults", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_each_takes_hold() -> None:
    """What it exchanges is there, and the process can still be loaded."""
    command = [sys.executable, "-c", TRY]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_names_are_unique_and_claims_are_promised() -> None:
    """A fault that breaks a claim which nobody makes would prove nothing."""
    promised = (ROOT / "tests" / "promises" / "coreos.toml").read_text(encoding="utf-8")

    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        assert fault.breaks, fault.name
        assert fault.process in ("api", "worker", "build", "host", "smoke", "steps")
        for claim in (*fault.breaks, *fault.unaffected):
            assert f'"{claim}"' in promised, f"{fault.name}: {claim}"


def test_a_page_s_fault_finds_its_text_on_a_page() -> None:
    """What it exchanges stands in a step of the runbook."""
    pages = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "runbooks" / "coreos").glob("*.md"))
    )

    for fault in FAULTS:
        assert (fault.process == "steps") == bool(fault.edits), fault.name
        for old, new in fault.edits:
            assert old in pages, f"{fault.name}: {old}"
            assert edited(fault, f"a; {old}") == f"a; {new}"


def test_the_list_is_json() -> None:
    """As the engine reads it."""
    ran = run("--json")

    listed: list[dict[str, Any]] = json.loads(ran.stdout)
    assert ran.stdout == listing() + "\n"
    assert {tuple(each) for each in listed} == {
        ("name", "process", "breaks", "unaffected", "reason")
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "usage: python -m systems.coreos.faults --json | NAME -- python -m systems.coreos.PROCESS\n",
        ),
        (["nope", "--", "x"], "no fault nope; there are: "),
        (["no-reclaim", "--", "ls"], "cannot break ls: it is no `python -m MODULE`\n"),
    ],
)
def test_a_wrong_call_is_refused(words: list[str], message: str) -> None:
    """Exit 1, and what is right."""
    ran = run(*words)

    assert ran.returncode == 1
    assert ran.stderr.startswith(message)


def test_it_starts_the_process_that_it_is_given() -> None:
    """In its own place: the worker refuses its empty environment as ever."""
    environ = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "systems.coreos.faults", "worker-listens", "--"]
    command += [sys.executable, "-m", "systems.coreos.worker"]
    ran = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "[FATAL] Configuration error: COREOS_API_URL is required" in ran.stderr


def test_what_is_not_there_cannot_be_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that does not take hold says so."""
    monkeypatch.setattr(queries, "load", queries.load)
    with pytest.raises(NotPlanted, match=r"there is no systems\.coreos\.queue:nothing"):
        around("systems.coreos.queue:nothing", lambda plain: plain)()
    query("claim", ("no such text", ""))()
    with pytest.raises(NotPlanted, match=r"claim\.sql holds no 'no such text'"):
        queries.load(SQL)


@pytest.mark.parametrize(
    "path",
    sorted([*SYSTEMS.glob("*.py"), *(ROOT / "systems" / "chassis").glob("*.py")]),
    ids=lambda p: p.name,
)
def test_the_service_knows_nothing_of_faults(path: Path) -> None:
    """It imports none and speaks of none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    names = [
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if "faults" in name]
