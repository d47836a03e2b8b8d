"""
Frozen dataclasses as plain JSON values, and strictly back.

Only the kinds that evidence is made of: texts, numbers, truths, enumerations, tuples of one kind,
mappings of texts, dataclasses of these, and `None` where a field allows it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from proofbook.evidence import LATE

T = TypeVar("T")
_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def plain_fields(value: Any) -> dict[str, object]:
    """A dataclass as what JSON can hold: lists for tuples, objects for dataclasses and mappings."""
    return {name: _plain(getattr(value, name)) for name in _names(cast("Any", type(value)))}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else plain_fields(value)


def built(kind: type[T], value: object, where: str) -> T:
    """
    The dataclass `kind` from an object with exactly its fields; `ValueError` for any other.

    What was written before a field was there lacks it: such a field is marked `LATE`.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where} is {named(value)} where an object belongs")  # noqa: TRY004 - one kind of error
    kinds = _kinds(cast("Any", kind))
    if missing := kinds.keys() - value.keys() - _late(cast("Any", kind)):
        raise ValueError(f"{where} lacks {', '.join(sorted(missing))}")
    if unknown := value.keys() - kinds.keys():
        raise ValueError(f"{where} has unknown keys: {', '.join(sorted(unknown))}")
    return kind(**{key: _value(kinds[key], each, f"{where}.{key}") for key, each in value.items()})


def named(value: object) -> str:
    """What a JSON value is, in words: `a list`."""
    kinds = {dict: "an object", list: "a list", NoneType: "null"}
    return kinds.get(type(value)) or _WORDS[type(value)]


@cache
def _late(kind: Any) -> frozenset[str]:
    return frozenset(field.name for field in dataclasses.fields(kind) if field.metadata.get(LATE))


@cache
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns={"Mapping": Mapping})


def _value(kind: Any, value: object, where: str) -> object:
    """`value` as `kind`; `ValueError` if it is not."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        some = next(arm for arm in get_args(kind) if arm is not NoneType)
        return None if value is None else _value(some, value, where)
    if origin is tuple and isinstance(value, list):
        item = get_args(kind)[0]
        return tuple(_value(item, each, f"{where}[{i}]") for i, each in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {key: _value(str, each, f"{where}.{key}") for key, each in value.items()}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return built(kind, value, where)
    return _single(kind, value, where)


def _single(kind: Any, value: object, where: str) -> object:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        wanted = _WORDS.get(kind, "a list or an object")
        raise ValueError(f"{where} is {named(value)} where {wanted} belongs")
    return value
