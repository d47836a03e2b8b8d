"""The site as its author sees it: built anew when something changed, and told of when it cannot be."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING

import httpx
import pytest

from proofbook.cards import serving
from proofbook.errors import SiteError
from tests.engine.cards.samples import PAGE, PATH, add, claims, project, record, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

(CLAIM,) = claims()


@contextmanager
def served(root: Path) -> Iterator[httpx.Client]:
    """A client of a server in a thread of its own; the thread ends with the test's process."""
    said: Queue[str] = Queue()
    thread = Thread(
        target=serving.serve, args=(root,), kwargs={"port": 0, "ready": said.put}, daemon=True
    )
    thread.start()
    with httpx.Client(base_url=said.get(timeout=60), trust_env=False, timeout=60) as client:
        yield client


@pytest.mark.slow
def test_a_page_is_as_new_as_its_evidence(tmp_path: Path) -> None:
    """It is built again when a run was added, not kept by browsers, and says what is wrong."""
    root = project(tmp_path, {"runbooks/index.md": "# All\n", PATH: PAGE})
    with served(root) as client:
        first = client.get("/demo/page.html")
        add(root, run(record(CLAIM)))
        second = client.get("/demo/page.html?x=1")
        again = client.get("/demo/page.html")
        (root / PATH).write_text(PAGE.replace("jobs = 3", "jobs = 3,0 <b>"))
        third = client.get("/")
        asset = client.get("/sitemap.xml")

    assert first.headers["cache-control"] == "no-store"
    assert 'data-pb-target="local"' not in first.text
    assert 'data-pb-target="local"' in second.text
    assert again.text == second.text
    assert third.status_code == 500
    assert "thousands separator" in third.text
    assert "<b>" not in third.text.partition("<pre>")[2]
    assert asset.status_code == 200


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """With what to do."""
    root = project(tmp_path, {"runbooks/index.md": "# All\n"})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SiteError) as raised:
            serving.serve(root, port=port, ready=print)

    assert str(raised.value) == (
        f"127.0.0.1:{port}: the site cannot be served there: Address already in use. "
        "Choose another port."
    )
