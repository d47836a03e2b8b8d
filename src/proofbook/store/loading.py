"""A store, read to the last byte: what holds becomes a log, and what does not becomes damage."""

from __future__ import annotations

import os
import re
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook import dsse
from proofbook.log import Damage, Log
from proofbook.log.chain import read
from proofbook.log.reading import Reading, Unreadable, altered, pruned
from proofbook.signing import BadKey, fingerprint, public_of
from proofbook.store.folder import Store, key_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: A chain of more bytes is none of ours, and neither is a piece of evidence above `dsse.LARGEST`.
LARGEST_CHAIN = 2**30
_DIGEST = re.compile(r"[0-9a-f]{64}")
_COPY = "Bring the file back from a copy of the store."


def load(folder: Path) -> Log:
    """Everything that the store at `folder` holds; an empty log where there is none."""
    store = Store(folder)
    broken: list[Damage] = []
    keys = dict(_keys(store, broken))
    chains = []
    for file in sorted(store.log.glob("*.jsonl")):
        try:
            found = read(file.stem, _bytes(file, LARGEST_CHAIN), keys)
        except Unreadable as error:
            found = Damage(f"log/{file.name}:1", str(error), _COPY)
        if isinstance(found, Damage):
            broken.append(found)
        else:
            chains.append(found)
    reading = Reading(evidence=_evidence(store), pruned=pruned(chains))
    log = reading.log(chains, broken)
    return log | Log(broken=tuple(_unnamed(store, reading.seen)))


def _evidence(store: Store) -> Callable[[str], bytes | None]:
    folder = os.fspath(store.evidence)

    def found(digest: str) -> bytes | None:
        try:
            return _bytes(f"{folder}/{digest}", dsse.LARGEST)
        except FileNotFoundError:
            return None

    return found


def _keys(store: Store, broken: list[Damage]) -> Iterator[tuple[str, bytes]]:
    for file in sorted(store.keys.glob("*.pub")):
        try:
            public = public_of(_bytes(file, dsse.LARGEST).decode(errors="replace"))
        except (Unreadable, BadKey) as error:
            broken.append(Damage(f"log/keys/{file.name}", f"it is no public key: {error}", _COPY))
            continue
        if file.name != key_file(fingerprint(public)):
            what = f"it holds the key {fingerprint(public)}, which is not the one of its name"
            broken.append(Damage(f"log/keys/{file.name}", what, _COPY))
            continue
        yield fingerprint(public), public


def _unnamed(store: Store, seen: set[str]) -> Iterator[Damage]:
    """What is wrong with evidence that no chain names: a run may have been killed before it could."""
    found = os.scandir(store.evidence) if store.evidence.is_dir() else ()
    names = {entry.name for entry in found} - seen
    for name in sorted(filter(_DIGEST.fullmatch, names)):
        try:
            data = _bytes(store.evidence / name, dsse.LARGEST)
        except Unreadable as error:
            yield Damage(f"evidence/{name}", str(error), _COPY)
            continue
        if sha256(data).hexdigest() != name:
            yield Damage(f"evidence/{name}", altered(data), _COPY)


def _bytes(file: Path | str, most: int) -> bytes:
    """All of a file; `FileNotFoundError`, or `Unreadable` with the reason."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable("it is no file")
        if facts.st_size > most:
            raise Unreadable(f"it is of {facts.st_size} bytes, and nothing here is above {most}")
        return _all(descriptor, facts.st_size)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)


def _all(descriptor: int, size: int) -> bytes:
    """As much as there was when its size was asked for: a chain may be growing."""
    data = os.read(descriptor, size)
    while len(data) < size and (more := os.read(descriptor, size - len(data))):
        data += more
    return data
