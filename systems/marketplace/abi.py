"""
How contracts are called, and how they answer: functions and events in the standard ABI.

Pure: values go in, bytes come out, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from systems.marketplace import keccak

SELECTOR_BYTES = 4
#: What Solidity answers where `require` does not hold: `Error(string)`.
REVERTED = "Error(string)"


class NotAbi(ValueError):
    """Bytes, or values, that are not what a function or an event takes or gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A contract's function: the types of what it takes and of what it gives."""

    name: str
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    is_payable: bool = False

    @property
    def signature(self) -> str:
        """`name(type,type)`."""
        return f"{self.name}({','.join(self.takes)})"

    @property
    def selector(self) -> bytes:
        """The four bytes that open a call of it."""
        return keccak.digest(self.signature.encode())[:SELECTOR_BYTES]

    def call(self, *values: object) -> bytes:
        """The bytes of a call. Raises NotAbi."""
        return self.selector + encoded(self.takes, values)

    def arguments(self, data: bytes) -> tuple[Any, ...]:
        """The values of a call's bytes, behind its selector. Raises NotAbi."""
        return decoded(self.takes, data[SELECTOR_BYTES:])

    def answer(self, *values: object) -> bytes:
        """The bytes of what it gives. Raises NotAbi."""
        return encoded(self.gives, values)

    def answered(self, data: bytes) -> tuple[Any, ...]:
        """The values that it gave. Raises NotAbi."""
        return decoded(self.gives, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A contract's event: the types of what is indexed, which come first, and of the rest."""

    name: str
    indexed: tuple[str, ...]
    plain: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """`Name(type,type)`."""
        return f"{self.name}({','.join(self.indexed + self.plain)})"

    @property
    def topic(self) -> bytes:
        """The first topic of its logs."""
        return keccak.digest(self.signature.encode())

    def topics(self, *values: object) -> tuple[bytes, ...]:
        """All topics of one, from all its values; those that are indexed are numbers and addresses."""
        words = (
            encoded((kind,), (each,)) for kind, each in zip(self.indexed, values, strict=False)
        )
        return (self.topic, *words)

    def data(self, *values: object) -> bytes:
        """What is not indexed, from all its values."""
        return encoded(self.plain, values[len(self.indexed) :])


def encoded(types: tuple[str, ...], values: tuple[object, ...]) -> bytes:
    """Values as bytes. Raises NotAbi."""
    # A third of a second, which nobody has to wait who asks no chain.
    from eth_abi import abi, exceptions  # noqa: PLC0415

    try:
        return abi.encode(types, values)
    except (exceptions.EncodingError, TypeError, ValueError) as problem:
        raise NotAbi(f"no ({','.join(types)})") from problem


def decoded(types: tuple[str, ...], data: bytes) -> tuple[Any, ...]:
    """Bytes as values: addresses in lower case, lists as tuples. Raises NotAbi."""
    from eth_abi import abi, exceptions  # noqa: PLC0415 - as above

    try:
        return abi.decode(types, data)
    # A string that is no UTF-8 is a ValueError, an offset beyond any memory an OverflowError.
    except (exceptions.DecodingError, ValueError, OverflowError) as problem:
        raise NotAbi(f"no ({','.join(types)})") from problem


def reverted(reason: str) -> bytes:
    """The bytes of a revert with a reason."""
    return keccak.digest(REVERTED.encode())[:SELECTOR_BYTES] + encoded(("string",), (reason,))
