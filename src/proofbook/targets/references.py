"""
Where a secret comes from: `env:NAME`, `file:PATH`, or made for the run by `generate:KIND`.

A reference is a whole string. What it refers to is read by `proofbook.stack`, late; here it is only
told apart from text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Kind of `generate:` → the forms of the secret that placeholders name; none: the bare name.
GENERATED = {
    "ed25519": (
        "private_hex",
        "public_hex",
        "private_base64",
        "public_base64",
        "public_base64url",
        "private_pem",
    ),
    "hex": (),
    "rsa": ("private_pem", "public_pem"),
    "token": (),
    "uuid": (),
}

_REFERENCE = re.compile(r"(env|file|generate):(.*)", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """`scheme` is `env`, `file` or `generate`; `name` a variable, a path or a kind."""

    scheme: str
    name: str


def reference(text: str) -> Reference | None:
    """What `text` refers to; `None` if it is plain text. `flaw` says whether it can be followed."""
    found = _REFERENCE.fullmatch(text)
    return Reference(found[1], found[2]) if found else None


def flaw(referred: Reference) -> str | None:
    """What is wrong with a reference, and what to write; `None` if nothing is."""
    match referred.scheme:
        case "env" if not _VARIABLE.fullmatch(referred.name):
            return f"{referred.name!r} is no name of an environment variable; write env:NAME."
        case "file" if not referred.name.strip():
            return "file: names no file; write file:PATH, from the project's root."
        case "generate" if referred.name not in GENERATED:
            kinds = ", ".join(sorted(GENERATED))
            return f"generate:{referred.name} is of no known kind; the kinds are {kinds}."
        case _:
            return None


def names_of(secret: str, text: str) -> tuple[str, ...]:
    """The placeholders by which the secret that `text` refers to is used."""
    referred = reference(text)
    forms = GENERATED.get(referred.name, ()) if referred and referred.scheme == "generate" else ()
    return tuple(f"secret.{secret}.{form}" for form in forms) or (f"secret.{secret}",)
