"""Signatures: how they must come out, and everything that must not pass for one."""

from proofbook.instruments.signatures.canonical import canonical_json

__all__ = ["canonical_json"]
