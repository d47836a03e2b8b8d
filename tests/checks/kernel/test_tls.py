"""Who is let in without TLS, and whose certificate is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.adapter import Kernel
from checks.kernel.adapter_access import Access
from checks.kernel.database import refusal
from checks.kernel.test_health_page import test_health_is_public_over_tls as judged
from proofbook import NotAsked
from proofbook.claims import read_all
from proofbook.handle import ClaimHandle
from proofbook.instruments.http import Observer
from proofbook.targets import Names
from tests.behind_tls import page
from tests.checks.kernel.tls_door import tls_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.stack import Twin

SENTENCE = "Over public TLS, `/health` answers with `code = 200`."
ACCESS = Access(names=Names(), credentials={}, issuer=None, where="systems.kernel")


@pytest.fixture
def claim() -> ClaimHandle:
    """The claim about the page, as its check holds it."""
    told = f"---\nowner: a\nescalation: b\n---\n\n# K\n\n> **kernel.public** — {SENTENCE}\n"
    (runbook,) = read_all({"runbooks/kernel/k.md": told})
    return ClaimHandle(runbook.claims[0])


def kernel(url: str) -> Kernel:
    """A Kernel at an address, of which nothing else is known."""
    return Kernel(Observer(url), ACCESS, None, is_open=False)  # type: ignore[arg-type] # nobody looks at its process


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The base URL of a page behind a certificate, and that certificate."""
    with page(
        tmp_path, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    ) as found:
        yield found


@pytest.mark.parametrize("door", ["closed", "open"])
def test_a_database_that_is_open_is_told_from_one_that_is_not(shop: Twin, door: str) -> None:
    """With TLS everybody gets in; without it, only where nobody saw to it."""
    is_open = door == "open"
    plain = shop.address("store")
    with tls_door(plain.port, is_open=is_open) as port:
        url = plain.url.replace(f":{plain.port}/", f":{port}/")

        encrypted, bare = refusal(url, "require"), refusal(url, "disable")

    assert encrypted == ""
    assert ("no encryption" in bare) is not is_open
    assert (bare == "") is is_open


def test_a_certificate_that_this_machine_trusts_is_taken(
    claim: ClaimHandle, secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has its issuer in their store gets the page."""
    url, certificate = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    judged(claim, kernel(url))

    assert [each.measured for each in claim.measured] == ["200"]


def test_a_foreign_certificate_fails_the_claim(
    claim: ClaimHandle, secure: tuple[str, Path]
) -> None:
    """A stranger's machine does not trust it: then the page is not public."""
    with pytest.raises(AssertionError, match="CERTIFICATE_VERIFY_FAILED"):
        judged(claim, kernel(secure[0]))


def test_plain_http_is_the_hosts_affair_on_this_machine_alone(claim: ClaimHandle) -> None:
    """Behind a host's proxy nobody asks for TLS; anywhere else the lack of it fails the claim."""
    with pytest.raises(NotAsked):
        judged(claim, kernel("http://127.0.0.1:9"))
    with pytest.raises(AssertionError, match=r"^http://kernel\.example speaks no TLS"):
        judged(claim, kernel("http://kernel.example"))
