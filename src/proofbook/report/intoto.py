"""
In-toto Statements (v1): what is said, of which things, each thing known by a digest.

A reader matches by digest alone. A release that states a digest or a commit is known by that; one
that states a mere version gets the digest of that text, which no artefact has, and says so.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook.report.documents import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: A thing, as the specification calls it: ResourceDescriptor.
Thing = dict[str, object]

TYPE = "https://in-toto.io/Statement/v1"
#: What a release may be written as, and what in-toto calls such a digest.
_DIGESTS = (
    (re.compile(r"sha256:([0-9a-f]{64})"), "sha256"),
    (re.compile(r"sha512:([0-9a-f]{128})"), "sha512"),
    (re.compile(r"([0-9a-f]{40})"), "gitCommit"),
)


def statement(subject: Iterable[Thing], kind: str, predicate: Mapping[str, object]) -> bytes:
    """The statement's bytes, which are what is signed."""
    whole = {"_type": TYPE, "subject": list(subject), "predicateType": kind, "predicate": predicate}
    return compact(whole)


def thing(name: str, text: str) -> Thing:
    """A thing known by what `text` says of it: a digest, a commit, or any other word."""
    for pattern, algorithm in _DIGESTS:
        if found := pattern.fullmatch(text):
            return {"name": name, "digest": {algorithm: found[1]}}
    digest = sha256(text.encode(errors="replace")).hexdigest()
    return {
        "name": name,
        "digest": {"sha256": digest},
        "annotations": {"proofbook_text": text, "proofbook_digest_of": "this text"},
    }


def subject(release: Mapping[str, str], instead: Thing) -> list[Thing]:
    """The components of a release; `instead` where the deployment states none."""
    return [thing(part, text) for part, text in sorted(release.items())] or [instead]
