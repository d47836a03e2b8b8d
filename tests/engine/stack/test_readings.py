"""Facts are read by HTTP, from files, commands and PostgreSQL, or it is said why not."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.stack import readings
from proofbook.stack.ground import Ground
from proofbook.targets import Reading
from tests.engine.stack.tiny import DEMO, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Path → status and body.
ANSWERS = {
    "/health": (503, '{"release": {"ids": ["r0", "r1"], "n": 7}}'),
    "/version": (200, " r9\n"),
    "/gone": (404, "no such page"),
}


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def base() -> Iterator[str]:
    """The address of a server with `ANSWERS`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def read(reading: Reading, base: str = "", root: Path | None = None) -> str:
    """The fact, with strings as they are."""
    return readings.read(reading, base=base, root=root, resolve=str)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "field", "fact"),
    [
        ("/health", "release.ids.1", "r1"),
        ("/health", "release.n", "7"),
        ("/version", None, "r9"),
    ],
)
def test_by_http(base: str, path: str, field: str | None, fact: str) -> None:
    """A field of a JSON answer, of any status; or the whole body of a successful one."""
    assert read(Reading(http=path, field=field), base) == fact
    assert read(Reading(http=base + path, field=field)) == fact


def test_what_is_not_in_the_answer(base: str) -> None:
    """The message has the address, the status, the field and the answer's beginning."""
    for path, field in (("/health", "release.id"), ("/gone", "x"), ("/health", "release.n.x")):
        with pytest.raises(NoVerdict) as missing:
            read(Reading(http=path, field=field), base)
        status, body = ANSWERS[path]
        assert str(missing.value) == (
            f"{base}{path} answered {status} without a field {field}: {body!r}"
        )
    with pytest.raises(NoVerdict) as refused:
        read(Reading(http="/gone"), base)
    assert str(refused.value) == f"{base}/gone answered 404"


def test_nobody_answers() -> None:
    """The message has the address and the reason."""
    with pytest.raises(NoVerdict) as silent:
        read(Reading(http="http://127.0.0.1:1/"))

    assert str(silent.value) == (
        "http://127.0.0.1:1/ did not answer: [Errno 111] Connection refused"
    )


def test_from_a_file(tmp_path: Path) -> None:
    """A file under the root, without the space around it."""
    (tmp_path / "REVISION").write_text("r1\n")

    assert read(Reading(file="REVISION"), root=tmp_path) == "r1"
    with pytest.raises(NoVerdict, match=r"gone cannot be read: \[Errno 2\]"):
        read(Reading(file="gone"), root=tmp_path)


def test_by_a_command(tmp_path: Path) -> None:
    """What a command prints, from the root; its failure is a reason."""
    assert read(Reading(command=("pwd",)), root=tmp_path) == str(tmp_path)
    with pytest.raises(NoVerdict) as failed:
        read(Reading(command=("sh", "-c", "echo no >&2; exit 4")), root=tmp_path)
    with pytest.raises(NoVerdict) as gone:
        read(Reading(command=("no-such-program",)), root=tmp_path)

    assert str(failed.value) == "sh ended with code 4: 'no'"
    assert str(gone.value) == (
        "no-such-program cannot be run: [Errno 2] No such file or directory: 'no-such-program'"
    )


def test_postgresqls_own_identifier(root: Path, logs: Path) -> None:
    """A database says which cluster it is in; one that does not answer is a reason."""
    ground = Ground(target_of(DEMO), root=root, logs=logs)
    database = ground.postgres().create("one")

    assert int(read(Reading(postgres=database.url))) > 0
    ground.close()
    with pytest.raises(NoVerdict, match=r"^PostgreSQL did not say who it is: connection failed"):
        read(Reading(postgres=database.url))
