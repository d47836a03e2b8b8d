"""What is told of a program that did not start: one line, the one that tells why."""

from __future__ import annotations

import pytest

from proofbook.errors import NoVerdict
from proofbook.stack import Exited, TimedOut, started
from proofbook.stack.outcomes import telling

PYTHON = """\
Traceback (most recent call last):
  File "/srv/api.py", line 3, in <module>
    raise ConfigError(missing)
api.ConfigError: PORT is no number
"""
NODE = """\
node:events:491
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::3001
    at Server.setupListenHandle [as _listen2] (node:net:1463:16)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1442:8) {
  code: 'EADDRINUSE',
}

Node.js v18.19.0
"""
GO = """\
panic: cannot reach the store

goroutine 1 [running]:
main.main()
exit status 2
"""
POSTGRES = """\
2026-11-21 15:00:00.123 UTC [123] PANIC:  could not read file "global/pg_control": read 0 of 296
2026-11-21 15:00:00.125 UTC [1] LOG:  database system is shut down
"""


@pytest.mark.parametrize(
    ("output", "line"),
    [
        pytest.param(PYTHON, "api.ConfigError: PORT is no number", id="Python"),
        pytest.param(NODE, "Error: listen EADDRINUSE: address already in use :::3001", id="Node"),
        pytest.param(GO, "panic: cannot reach the store", id="Go"),
        pytest.param(
            POSTGRES,
            'PANIC:  could not read file "global/pg_control": read 0 of 296',
            id="PostgreSQL",
        ),
        pytest.param("starting\nPORT is required\nbye\n", "PORT is required", id="in other words"),
        pytest.param("starting\nstopping\n", "stopping", id="nothing that tells"),
        pytest.param("\n", "it wrote nothing", id="nothing"),
    ],
)
def test_the_telling_line(output: str, line: str) -> None:
    """It is found between the frames and farewells of several languages, without its date."""
    assert telling(output) == line


@pytest.mark.parametrize(
    ("outcome", "said", "remedy"),
    [
        (
            Exited(7, PYTHON, "logs/api.1.log"),
            "the API ended with code 7: api.ConfigError: PORT is no number",
            "read logs/api.1.log",
        ),
        (TimedOut("waiting\n"), "the API was not ready in time: waiting", ""),
    ],
)
def test_what_did_not_start_is_no_verdict(
    outcome: Exited | TimedOut, said: str, remedy: str
) -> None:
    """The reason is one line; what to do names the log."""
    with pytest.raises(NoVerdict) as raised:
        started(outcome, "the API")

    assert (str(raised.value), raised.value.remedy) == (said, remedy)
