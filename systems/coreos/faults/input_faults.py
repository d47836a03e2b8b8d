"""How what the API takes in goes unchecked."""

from __future__ import annotations

import json
from typing import Any

from systems.coreos.faults.seams import Fault, around, ids, value


def _swallowing(fields_of: Any) -> Any:
    """What is no JSON is a crash, as an unguarded parser makes it."""

    def read(raw: bytes, *, may_be_absent: bool = False) -> Any:
        if raw or not may_be_absent:
            json.loads(raw)
        return fields_of(raw, may_be_absent=may_be_absent)

    return read


def _defaulted(integer: Any) -> Any:
    def read(fields: Any, name: str, least: int, most: int, *, default: int) -> int:
        from systems.chassis.http import Refusal

        try:
            return int(integer(fields, name, least, most, default=default))
        except Refusal:
            return default

    return read


def _any_scope(fields: Any) -> list[str]:
    scope = fields.get("scope", ["execute"])
    return [str(item) for item in scope] if isinstance(scope, list) else [str(scope)]


FAULTS = (
    Fault(
        name="bad-json-crashes",
        process="api",
        breaks=ids("bad-input-refused"),
        reason="<500 ",
        plant=around("systems.chassis.http:fields_of", _swallowing),
    ),
    Fault(
        name="numbers-unchecked",
        process="api",
        breaks=ids("bad-input-refused"),
        reason="POST /api/j",
        plant=around("systems.coreos.requests:_integer", _defaulted),
    ),
    Fault(
        name="scope-unchecked",
        process="api",
        breaks=ids("bad-input-refused"),
        reason="POST /api/j",
        plant=value("systems.coreos.requests:_scope", _any_scope),
    ),
)
