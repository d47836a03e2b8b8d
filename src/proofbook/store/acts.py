"""What people sign, and what the tool signs for them: chains of one entry."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

from proofbook import dsse
from proofbook.errors import LogError
from proofbook.log.chain import read
from proofbook.log.entry import NOTHING, PAYLOAD, Entry, digest, entry, payload
from proofbook.log.model import Damage
from proofbook.log.reading import act_name
from proofbook.signing import BadSignature, fingerprint, sshsig
from proofbook.store.folder import Store, put_new, writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from proofbook.log import Head
    from proofbook.signing.private import SigningKey


def act_payload(kind: str, at: datetime, body: Mapping[str, object], suite: str) -> bytes:
    """
    The bytes to be signed: `ssh-keygen -Y sign -n proofbook` by people, `append_act` by a key.

    `at` is aware; `suite` is the commit of the suite.
    """
    return payload(Entry(kind, at.isoformat(timespec="milliseconds"), suite, NOTHING, body))


def append_act(
    folder: Path, signed: bytes, signatures: Sequence[str] = (), key: SigningKey | None = None
) -> Head:
    """
    Put an act on the log of the store at `folder`, with people's SSH signatures, a key's, or both.

    The same act twice is one. Raises `LogError` for a signature that does not fit, and
    `ReportError` where it cannot be written.
    """
    store = Store(folder)
    line = _line(signed, signatures, key)
    name = act_name(entry(signed).kind, digest(line))
    keys = {key.fingerprint: key.public} if key else {}
    chain = read(name, line + b"\n", keys)
    if isinstance(chain, Damage):
        raise LogError(f"this cannot be put on the log: {chain.what}.")
    if key is not None:
        store.put_key(key.public)
    with writing(folder):
        store.log.mkdir(parents=True, exist_ok=True)
        if not store.chain(name).exists():
            put_new(store.chain(name), line + b"\n")
    return chain.trail.head


def _line(signed: bytes, signatures: Sequence[str], key: SigningKey | None) -> bytes:
    by_people = []
    for armoured in signatures:
        try:
            named = fingerprint(sshsig.signer(armoured, signed))
        except BadSignature as error:
            raise LogError(f"the signature does not count: {error}.") from None
        by_people.append({"keyid": named, "sshsig": armoured})
    signers = (key.signer(),) if key else ()
    by_key = [
        {"keyid": each.keyid, "sig": b64encode(each.sign(dsse.pae(PAYLOAD, signed))).decode()}
        for each in signers
    ]
    whole = {
        "payload": b64encode(signed).decode(),
        "payloadType": PAYLOAD,
        "signatures": by_people + by_key,
    }
    return json.dumps(whole, separators=(",", ":")).encode()
