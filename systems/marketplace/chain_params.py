"""The parameters of a request to a node: what is malformed is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from systems.marketplace.chain_node import Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NO_PARAMS = -32602
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
HEX = re.compile(r"0x([0-9a-fA-F]{2})*")
QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
TAGS = ("latest", "pending", "safe", "finalized")
NOBODY = f"0x{0:040x}"


class Refused(Exception):
    """What was asked for cannot be done: a code, and words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message}


class Params:
    """The parameters of a request, by their place; what is malformed is refused."""

    def __init__(self, told: Sequence[Any]) -> None:
        self._told = told

    def at(self, place: int) -> Any:
        """Whatever stands at a place; None if there is nothing."""
        return self._told[place] if place < len(self._told) else None

    def address(self, place: int) -> str:
        """An address, in lower case."""
        return address(self.at(place))

    def data(self, place: int) -> bytes:
        """Bytes."""
        return data(self.at(place))

    def mapping(self, place: int) -> Mapping[str, Any]:
        """An object."""
        found = self.at(place)
        if not isinstance(found, dict):
            raise Refused(NO_PARAMS, "an object is wanted")
        return found

    def check_tag(self, place: int) -> None:
        """Refuse any block but the newest one: no other state is kept."""
        if self.at(place) not in (None, *TAGS):
            raise Refused(NO_PARAMS, "only the latest block is kept")

    def call(self) -> Call:
        """A call or a transaction."""
        told = self.mapping(0)
        return Call(
            sender=address(told.get("from", NOBODY)),
            to=address(told.get("to")),
            data=data(told.get("data", told.get("input", "0x"))),
            value=quantity(told.get("value", "0x0")),
        )


def listed(told: Any) -> list[Any]:
    """Several, or the one that stands for a list of one."""
    return told if isinstance(told, list) else [told]


def block(told: Any, last: int) -> int:
    """The number of a block, by its number or a tag; `last` is the newest one. Raises Refused."""
    if told in TAGS:
        return last
    return 0 if told == "earliest" else quantity(told)


def address(told: Any) -> str:
    """An address, in lower case. Raises Refused."""
    if not isinstance(told, str) or not ADDRESS.fullmatch(told):
        raise Refused(NO_PARAMS, "an address is wanted")
    return told.lower()


def data(told: Any) -> bytes:
    """Bytes. Raises Refused."""
    if not isinstance(told, str) or not HEX.fullmatch(told):
        raise Refused(NO_PARAMS, "bytes in hex are wanted")
    return bytes.fromhex(told[2:])


def quantity(told: Any) -> int:
    """A number. Raises Refused."""
    if not isinstance(told, str) or not QUANTITY.fullmatch(told):
        raise Refused(NO_PARAMS, "a number in hex is wanted")
    return int(told, 16)
