"""The program `proofbook`: verbs for people and scripts; this room alone prints and exits."""

from proofbook.cli.program import main

__all__ = ["main"]
