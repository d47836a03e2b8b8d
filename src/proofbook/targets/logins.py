"""
How the suite becomes somebody: requests to log in, cookies, credentials; secrets by reference.

On a twin or a stand-in a body may hold its words as they are, since nothing there outlives the run.
On a deployment each role's body needs a reference, or a placeholder of a secret, somewhere in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from proofbook.targets import keys
from proofbook.targets.model import Login
from proofbook.targets.placeholders import placeholders
from proofbook.targets.places import strings
from proofbook.targets.references import reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.targets.tables import Table

_BY_REFERENCE = "is no reference; write env:NAME, file:PATH, or {secret.NAME} of [secrets]."


def login(outer: Table) -> Login | None:
    """The requests or cookies of `login`; every key but the known ones is a role."""
    table = outer.table("login")
    if table is None:
        return None
    inner = table.table("bodies")
    bodies = {role: _body(table, role) for role in table.data if role not in keys.LOGIN}
    bodies |= {role: _body(inner, role) for role in inner.data} if inner else {}
    if not table.data.keys() - {"path"}:
        table.add(
            "says not who logs in; add a role with its body, such as owner = { … }, or cookies."
        )
    elif bodies and "path" not in table:
        table.add(f'says not where {", ".join(bodies)} log in; add path = "/…".')
    return Login(
        path=table.text("path"),
        bodies={role: body for role, body in bodies.items() if body},
        cookies=_secret_texts(table, "cookies"),
    )


def credentials(outer: Table) -> dict[str, str]:
    """Role → credential; a role with several parts gives `role.part`."""
    table = outer.table("credentials")
    found: dict[str, str] = {}
    for role, said in table.data.items() if table else ():
        if isinstance(said, dict) and table:
            parts = _secret_texts(table, role)
            found |= {f"{role}.{part}": text for part, text in parts.items()}
        elif table and (text := _secret(table, role)):
            found[role] = text
    return found


def refers(text: str) -> bool:
    """Whether a string takes its secret from elsewhere."""
    return reference(text) is not None or bool(placeholders(text))


def resolved(value: Any, resolve: Callable[[str], str]) -> Any:
    """A body or a set of headers with each string in it resolved, at whatever depth."""
    match value:
        case str():
            return resolve(value)
        case Mapping():
            return {name: resolved(each, resolve) for name, each in value.items()}
        case list():
            return [resolved(each, resolve) for each in value]
        case _:
            return value


def _body(table: Table, role: str) -> Mapping[str, object] | None:
    inner = table.table(role)
    for path, text in strings(inner.data) if inner else ():
        table.check_reference(text, role, *path)
    return dict(inner.data) if inner else None


def _secret_texts(outer: Table, key: str) -> dict[str, str]:
    table = outer.table(key)
    found = {name: _secret(table, name) for name in table.data} if table else {}
    return {name: text for name, text in found.items() if text}


def _secret(table: Table, key: str) -> str | None:
    """A secret: never shown, and never as it is."""
    value = table.data[key]
    if not isinstance(value, str) or not refers(value):
        table.add(_BY_REFERENCE, key)
        return None
    table.check_reference(value, key)
    return value
