"""Read a principal: whose keys, which roles, from when until when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.policy import keys
from proofbook.policy.model import LOCAL, Principal
from proofbook.signing import BadKey, fingerprint, is_fingerprint, public_of

if TYPE_CHECKING:
    from proofbook.targets.tables import Table


def principal(name: str, table: Table) -> Principal:
    """The principal that `[principals.<name>]` describes."""
    table.close(keys.PRINCIPAL)
    roles = table.words("roles")
    if not roles and table.data.get("roles", []) == []:
        table.add('has no roles; add roles = ["SRE"], the words that claims and gates use.')
    if LOCAL in roles:
        table.add(f'"{LOCAL}" is the role of each clone\'s own key; name another.', "roles")
    begins, ends = _instant(table, "from"), _instant(table, "until")
    if begins and ends and begins >= ends:
        table.add("is not after from; nothing is ever signed between them.", "until")
    return Principal(
        name=name,
        keys=_keys(table),
        roles=frozenset(roles),
        begins=begins,
        ends=ends,
        revoked=_instant(table, "revoked"),
    )


def _keys(table: Table) -> tuple[str, ...]:
    """Fingerprints of all keys, each written as one or as the line of a `.pub` file."""
    said = table.words("keys")
    if not said and table.data.get("keys", []) == []:
        table.add('has no keys; add keys = ["ssh-ed25519 AAAA…"], the line of a .pub file.')
    found = []
    for at, text in enumerate(said):
        if is_fingerprint(text):
            found.append(text)
            continue
        try:
            found.append(fingerprint(public_of(text)))
        except BadKey as error:
            table.add(
                f"is no key: {error}. Write a line of id_ed25519.pub, or SHA256:… of one.",
                "keys",
                at,
            )
    return tuple(dict.fromkeys(found))


def _instant(table: Table, key: str) -> datetime | None:
    """A date and time with an offset."""
    value = table.data.get(key)
    if value is None:
        return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    table.wrong("an instant with its offset such as 2027-01-31T12:00:00Z, without quotes", key)
    return None
