"""Keys as OpenSSH writes them, and signatures that people make with the key that they have."""

from proofbook.signing.keys import BadKey, fingerprint, is_fingerprint, line_of, public_of
from proofbook.signing.sshsig import NAMESPACE, BadSignature, sign, signer

__all__ = [
    "NAMESPACE",
    "BadKey",
    "BadSignature",
    "fingerprint",
    "is_fingerprint",
    "line_of",
    "public_of",
    "sign",
    "signer",
]
