"""A certificate for loopback is taken by whoever trusts its file, and by nobody else."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from systems.chassis import certificate, tls_front

if TYPE_CHECKING:
    from pathlib import Path


def shake_hands(shown: ssl.SSLContext, trusted: ssl.SSLContext) -> None:
    """A handshake between two ends in memory. Raises `ssl.SSLError` where one does not like the other's."""
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = shown.wrap_bio(there, here, server_side=True)
    client = trusted.wrap_bio(here, there, server_hostname=certificate.ADDRESS)
    for end in (client, server, client):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue


def test_whoever_trusts_the_file_takes_the_certificate(tmp_path: Path) -> None:
    """As Python does from 3.13 on, which looks closest."""
    file = tmp_path / "trusted.pem"
    certificate.write(file)
    trusted = ssl.create_default_context(cafile=str(file))
    trusted.verify_flags |= ssl.VERIFY_X509_STRICT

    shake_hands(tls_front.context(str(file)), trusted)

    assert file.stat().st_mode & 0o077 == 0


def test_a_certificate_of_its_own_is_taken_by_nobody(tmp_path: Path) -> None:
    """Where the front is given none; another one's file does not help."""
    file = tmp_path / "trusted.pem"
    certificate.write(file)

    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tls_front.context(""), ssl.create_default_context(cafile=str(file)))
