"""
Frozen dataclasses as plain JSON values, and strictly back.

Only the kinds that evidence is made of: texts, numbers, truths, enumerations, tuples of one kind,
mappings of texts, dataclasses of these, and `None` where a field allows it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from proofbook.evidence import LATE

T = TypeVar("T")
_Reader = Callable[[object], object]
_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def plain_fields(value: Any) -> dict[str, object]:
    """A dataclass as what JSON can hold: lists for tuples, objects for dataclasses and mappings."""
    return {name: _plain(each) for name, each in own_fields(value).items()}


def own_fields(value: Any) -> dict[str, object]:
    """A dataclass's fields as they are, which `json.dumps` writes with `default=json_object`."""
    return _fields_of(value.__class__)(value)


def json_object(value: Any) -> dict[str, object]:
    """What a mapping or a dataclass is in JSON; the encoder knows the rest, and quicker."""
    return _object_of(value.__class__)(value)


@cache
def _object_of(kind: Any) -> Callable[[Any], dict[str, object]]:
    return dict if issubclass(kind, Mapping) else _fields_of(kind)


@cache
def _fields_of(kind: Any) -> Callable[[Any], dict[str, object]]:
    """What gives the fields of a dataclass: worked out once, used for every case of a run."""
    names = tuple(field.name for field in dataclasses.fields(kind))
    if len(names) == 1:  # of one name it gives no tuple
        return lambda value: {names[0]: getattr(value, names[0])}
    values = attrgetter(*names)
    return lambda value: dict(zip(names, values(value), strict=True))


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
    try:
        return cast("T", _reader(cast("Any", kind))(value))
    except _Misfit as misfit:
        raise ValueError(f"{where}{misfit.path} {misfit.what}") from None


def named(value: object) -> str:
    """What a JSON value is, in words: `a list`."""
    kinds = {dict: "an object", list: "a list", NoneType: "null"}
    return kinds.get(type(value)) or _WORDS[type(value)]


class _Misfit(Exception):
    """A value that is not of its kind: where below the whole, and what is wrong."""

    def __init__(self, path: str, what: str) -> None:
        self.path, self.what = path, what
        super().__init__(path, what)


@cache
def _reader(kind: Any) -> _Reader:
    """How a value becomes one of that kind: worked out once, used for every record of a log."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        some = _reader(next(arm for arm in get_args(kind) if arm is not NoneType))
        return lambda value: None if value is None else some(value)
    if origin is tuple:
        return _tuple(_reader(get_args(kind)[0]))
    if origin is Mapping:
        return _mapping
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    if issubclass(kind, Enum):
        return cast("_Reader", kind)
    return _float if kind is float else _single(kind)


def _single(kind: type[object]) -> _Reader:
    def read(value: object) -> object:
        if type(value) is kind:
            return value
        raise _Misfit("", f"is {named(value)} where {_WORDS[kind]} belongs")

    return read


def _float(value: object) -> object:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    raise _Misfit("", f"is {named(value)} where {_WORDS[float]} belongs")


def _tuple(item: _Reader) -> _Reader:
    def read(value: object) -> object:
        if not isinstance(value, list):
            raise _Misfit("", f"is {named(value)} where a list or an object belongs")
        found = []
        try:
            for each in value:
                found.append(item(each))  # noqa: PERF401 - how many there are tells where it broke
        except _Misfit as misfit:
            raise _Misfit(f"[{len(found)}]{misfit.path}", misfit.what) from None
        return tuple(found)

    return read


def _mapping(value: object) -> object:
    if not isinstance(value, dict):
        raise _Misfit("", f"is {named(value)} where a list or an object belongs")
    for key, each in value.items():
        if type(each) is not str:
            raise _Misfit(f".{key}", f"is {named(each)} where {_WORDS[str]} belongs")
    return value


def _dataclass(kind: Any) -> _Reader:
    kinds = get_type_hints(kind, localns={"Mapping": Mapping})
    readers = {name: _reader(each) for name, each in kinds.items()}
    late = {field.name for field in dataclasses.fields(kind) if field.metadata.get(LATE)}

    def read(value: object) -> object:
        if not isinstance(value, dict):
            raise _Misfit("", f"is {named(value)} where an object belongs")
        if value.keys() != readers.keys():
            if missing := readers.keys() - value.keys() - late:
                raise _Misfit("", f"lacks {', '.join(sorted(missing))}")
            if unknown := value.keys() - readers.keys():
                raise _Misfit("", f"has unknown keys: {', '.join(sorted(unknown))}")
        key, found = "", {}
        try:
            for key, each in value.items():
                # A text is a text; most fields are, and a call costs more than a look.
                found[key] = each if type(each) is kinds[key] is str else readers[key](each)
        except _Misfit as misfit:
            raise _Misfit(f".{key}{misfit.path}", misfit.what) from None
        return kind(**found)

    return read
