"""
A chain as its file holds it: verified from the first line to the last, or where it breaks.

Each line names the digest of the line before, and the last line's signature covers it all; a
signature in between is only looked at to say which line of two was changed. A last line without a
line end was never whole: whoever wrote it was killed, and the chain ends before it.
"""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proofbook import dsse
from proofbook.log.entry import ACTS, END, NOTHING, PAYLOAD, PLAN, RECORD, digest, entry
from proofbook.log.head import NAME, Trail
from proofbook.log.model import Damage
from proofbook.signing import fingerprint, sshsig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proofbook.log.entry import Entry

_COPY = "Bring the file back from a copy of the store."
#: What may stand after what.
_NEXT = {"": (PLAN, *ACTS), PLAN: (RECORD, END), RECORD: (RECORD, END)}
_SIGNED = {"payload", "payloadType", "signatures"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A file of the log that verified."""

    entries: tuple[Entry, ...]
    trail: Trail
    #: Fingerprints of the keys whose signatures on the last line verify.
    signers: tuple[str, ...]


class _Broken(Exception):
    """What is wrong with a line."""

    def __init__(self, at: int, what: str) -> None:
        #: Counted from 0.
        self.at = at
        super().__init__(what)


def read(name: str, data: bytes, keys: Mapping[str, bytes]) -> Chain | Damage:
    """
    The chain in the file `log/<name>.jsonl`, or the first thing wrong with it.

    `keys` are public keys of 32 bytes by their fingerprints.
    """
    lines = data.split(b"\n")[:-1]
    if not NAME.fullmatch(name):
        return _damage(name, 0, "its name is no name of a chain")
    if not lines:
        return _damage(name, 0, "its first line is cut off, and nothing says what was planned")
    try:
        return _read(name, lines, keys)
    except _Broken as broken:
        return _damage(name, broken.at, str(broken))


def _read(name: str, lines: Sequence[bytes], keys: Mapping[str, bytes]) -> Chain:
    entries: list[Entry] = []
    digests = [NOTHING]
    owner: object = None
    for at, line in enumerate(lines):
        keyid, found = _opened(at, line)
        if found.previous != digests[-1]:
            raise _misfit(lines, at, keys, found.previous, digests[-1])
        if entries and keyid != owner:
            raise _Broken(at, f"it is signed by {keyid}, and the chain by {owner}")
        _follow(at, entries, found)
        owner = keyid
        entries.append(found)
        digests.append(digest(line))
    signers = _signers(len(lines) - 1, lines[-1], keys)
    return Chain(entries=tuple(entries), trail=Trail(name, tuple(digests[1:])), signers=signers)


def _opened(at: int, line: bytes) -> tuple[object, Entry]:
    """Who is said to have signed a line first, and the entry in it; no signature is looked at."""
    if len(line) > dsse.LARGEST:
        raise _Broken(at, f"it is longer than {dsse.LARGEST} bytes, and no entry is")
    try:
        whole = _envelope(line)
        return whole["signatures"][0]["keyid"], entry(b64decode(whole["payload"], validate=True))
    except UnicodeDecodeError as error:
        raise _Broken(at, f"it is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise _Broken(at, f"it is no entry: it is not JSON, {error.msg}") from None
    except RecursionError:
        raise _Broken(at, "it is no entry: it is nested too deeply") from None
    except (KeyError, IndexError, TypeError):
        raise _Broken(at, "it is no entry: nobody signed it") from None
    except ValueError as error:
        raise _Broken(at, f"it is no entry: {error}") from None


def _envelope(line: bytes) -> dict[str, Any]:
    whole = json.loads(line)
    if type(whole) is not dict or whole.keys() != _SIGNED:
        raise ValueError("it holds other keys than a signed one")
    if whole["payloadType"] != PAYLOAD:
        raise ValueError(f"it is signed as {whole['payloadType']!r}, and not as {PAYLOAD!r}")
    return whole


def _follow(at: int, before: Sequence[Entry], found: Entry) -> None:
    """Hold the order: a plan, records, an end; or one act alone."""
    last = before[-1].kind if before else ""
    fits = _NEXT.get(last, ())
    if found.kind not in fits:
        where = f"after {last!r}" if last else "first"
        raise _Broken(
            at, f"{found.kind!r} stands {where}, where {' or '.join(fits) or 'nothing'} belongs"
        )


def _misfit(
    lines: Sequence[bytes], at: int, keys: Mapping[str, bytes], previous: str, expected: str
) -> _Broken:
    """Which of two lines that do not fit was changed, and how; or that one was moved."""
    for suspect in (at - 1, at) if at else (at,):
        try:
            _signers(suspect, lines[suspect], keys)
        except _Broken as broken:
            return broken
    if lines[at] in lines[:at]:
        return _Broken(at, f"it stands twice: it is line {lines.index(lines[at]) + 1} again")
    after, stands = (f"{each[:16]}…" if each else "nothing" for each in (previous, expected))
    what = f"it goes on from {after}, and {stands} stands before it: a line was moved or taken out"
    return _Broken(at, what)


def _signers(at: int, line: bytes, keys: Mapping[str, bytes]) -> tuple[str, ...]:
    """Whose signatures a line carries; raises `_Broken` if one of them does not hold."""
    whole = json.loads(line)
    if json.dumps(whole, separators=(",", ":")).encode() != line:
        raise _Broken(at, "its bytes were changed: it is not written as an entry is")
    try:
        return tuple(dict.fromkeys(_signer(whole, each, keys) for each in whole["signatures"]))
    except (TypeError, ValueError) as error:
        raise _Broken(at, str(error)) from None


def _signer(whole: Mapping[str, Any], signature: object, keys: Mapping[str, bytes]) -> str:
    """The fingerprint of a signature's key; `ValueError` if it is not by that key."""
    match signature:
        case {"keyid": str(named), "sig": str(), **rest} if not rest:
            _hold(whole, signature, named, keys)
            return named
        case {"keyid": str(named), "sshsig": str(armoured), **rest} if not rest:
            signed = fingerprint(sshsig.signer(armoured, b64decode(whole["payload"])))
            if signed != named:
                raise ValueError(f"it says that {named} signed it, and {signed} did")
            return named
        case _:
            raise ValueError("its signature is none")


def _hold(
    whole: Mapping[str, Any], signature: object, named: str, keys: Mapping[str, bytes]
) -> None:
    if named not in keys:
        raise ValueError(f"it is signed by {named}, and no file of log/keys holds that key")
    alone = json.dumps({**whole, "signatures": [signature]})
    try:
        dsse.opened(alone, {named: keys[named]}, kind=PAYLOAD)
    except ValueError:
        raise ValueError(
            f"its signature is not by {named}: it was changed after it was signed, or signed anew"
        ) from None


def _damage(name: str, at: int, what: str) -> Damage:
    return Damage(f"log/{name}.jsonl:{at + 1}", what, _COPY)
