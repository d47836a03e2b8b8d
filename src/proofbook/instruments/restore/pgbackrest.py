"""
What pgBackRest says, read for what it means.

`pgbackrest verify` (2.45) ends with code 0 over a repository with a corrupted file, and logs that it
completed successfully: only its text says otherwise.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from proofbook.instruments.restore.artefacts import Artefact
from proofbook.instruments.restore.broken import Broken

#: `stanza: main, status: ok`, and what is said of single backups and archives below it.
_STATUS = re.compile(r"\bstatus: (\w+)")
#: What is whole: a stanza, and a backup in it.
_WELL = ("ok", "valid")
#: `checksum invalid: 1`, `missing: 0`, `size invalid: 0`, `other: 0`.
_COUNT = re.compile(r"\b(missing|checksum invalid|size invalid|other|errors): (\d+)")


def backups(text: str) -> tuple[Artefact, ...]:
    """The backups of `pgbackrest info --output=json`, oldest first. Raises `ValueError`."""
    try:
        found = [
            Artefact(
                name=each["label"],
                at=datetime.fromtimestamp(each["timestamp"]["stop"], UTC),
                bytes=each["info"]["size"],
            )
            for stanza in json.loads(text)
            for each in stanza["backup"]
            if not each.get("error")
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is no `pgbackrest info --output=json`: {error}") from None
    return tuple(sorted(found, key=lambda each: (each.at, each.name)))


def verified(text: str) -> str:
    """What `pgbackrest verify` found to be well. Raises `Broken` by its words, whatever its code was."""
    statuses = _STATUS.findall(text)
    wrong = [f"{name} {count}" for name, count in _COUNT.findall(text) if int(count)]
    if wrong:
        raise Broken("decode", f"pgbackrest verify says: {', '.join(wrong)}")
    bad = [status for status in statuses if status not in _WELL]
    if bad:
        raise Broken("decode", f"pgbackrest verify says: status {bad[0]}")
    if not statuses:
        raise Broken("decode", "pgbackrest verify says no status")
    return "pgbackrest verify says that every file is whole"
