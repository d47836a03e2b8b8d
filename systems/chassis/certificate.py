"""
A certificate that nobody trusts but who is told to: `python -m systems.chassis.certificate FILE`.

FILE holds the certificate and its key, as PEM; a program that trusts FILE (`SSL_CERT_FILE`) trusts this machine's
loopback where it shows that certificate.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADDRESS = "127.0.0.1"
_DAY = timedelta(days=1)


def self_signed() -> bytes:
    """A fresh certificate for loopback and its key, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    now = datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ADDRESS)])
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))])
    made = (
        x509.CertificateBuilder(who, who, public, x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _DAY)
        .add_extension(place, critical=False)
        # What Python 3.13 wants of each certificate.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    form, lock = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return made.public_bytes(pem) + key.private_bytes(pem, form, lock)


def write(path: Path) -> None:
    """Write a fresh one that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(self_signed())


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - program, file
        sys.exit("usage: python -m systems.chassis.certificate FILE")
    write(Path(sys.argv[1]))
