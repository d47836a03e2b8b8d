"""Facts of a process: the same of one on this machine as of one in a container."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.compose_project import Project
from proofbook.instruments.facts import Facts, _host, facts_in
from proofbook.instruments.proc import family, sockets
from proofbook.stack.docker import LABEL, connect
from tests.engine.stack.tiny import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What the stand-ins' images stand on; made by `python -m systems.base_image`.
IMAGE = "proofbook-base:local"
LISTENER = (
    "import socket, sys, time; s = socket.create_server(('127.0.0.1', 0)); "
    "print(s.getsockname()[1], flush=True); time.sleep(60)"
)


@pytest.fixture
def listener() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A program of this machine that listens, and its port."""
    env = {**os.environ, "PROOFBOOK_TEST": "seen"}
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER], stdout=subprocess.PIPE, text=True, env=env
    ) as program:
        assert program.stdout is not None
        yield program, int(program.stdout.readline())
        program.kill()


@pytest.fixture
def container() -> Iterator[str]:
    """A container with a program that listens; skipped where there is no Docker to have one."""
    try:
        client = connect()
    except NotAsked as why:
        pytest.skip(str(why))
    if IMAGE not in {tag for image in client.images.list() for tag in image.tags}:
        client.close()
        pytest.skip(f"Docker has no {IMAGE}; `python -m systems.base_image` makes it")
    made = client.containers.run(
        IMAGE,
        ["python3", "-c", LISTENER],
        detach=True,
        user="1001",
        environment={"PROOFBOOK_TEST": "seen"},
        mem_limit="64m",
        nano_cpus=500_000_000,
        labels={LABEL: "test"},
    )
    wait_until(lambda: bool(made.logs()))
    yield str(made.id)
    made.remove(force=True)
    client.close()


def test_facts_of_a_process_here(listener: tuple[subprocess.Popen[str], int]) -> None:
    """Its user, its environment, where it listens, what files there are."""
    program, port = listener
    facts = Facts(_host("local://"), family(program.pid))

    assert facts.uid == os.geteuid()
    assert facts.environment["PROOFBOOK_TEST"] == "seen"
    assert facts.sockets == sockets(program.pid)
    assert facts.sockets.listening == {("127.0.0.1", port)}
    assert (facts.holds("/bin/sh"), facts.holds("/bin/no-such-shell")) == (True, False)
    with pytest.raises(NoVerdict, match=r"^/no-such-file cannot be read: "):
        facts.text("/no-such-file")


@pytest.mark.slow
def test_facts_of_a_process_in_a_container(container: str) -> None:
    """The same, and its limits."""
    facts = facts_in(container)

    assert facts.uid == 1001
    assert facts.environment["PROOFBOOK_TEST"] == "seen"
    assert {host for host, _ in facts.sockets.listening} == {"127.0.0.1"}
    assert (facts.memory_bytes, facts.cpus) == (64 << 20, 0.5)
    assert (facts.holds("/bin/sh"), facts.holds("/bin/no-such-shell")) == (True, False)


def test_a_project_without_containers_has_none() -> None:
    """Where there is no Docker it is not asked; where there is one, it is said what is missing."""
    try:
        project = Project("proofbook-nobodys")
    except NotAsked as why:
        pytest.skip(str(why))
    with project, pytest.raises(NoVerdict) as told:
        project.of("api")

    assert str(told.value) == "the project proofbook-nobodys has no container of api"
