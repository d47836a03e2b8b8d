"""Placeholders and what they stand for where a program is started; each is looked up when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.targets import fill, placeholders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.stack.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Words(Mapping[str, str]):
    """Placeholder → value; a look-up may start the service that the value is the address of."""

    known: Mapping[str, Callable[[], str]]
    secrets: Secrets
    #: The target file and the table, as messages name them.
    where: str
    #: What was looked up.
    asked: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.known[name]()

    def __contains__(self, name: object) -> bool:
        return name in self.known

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def resolve(self, text: str) -> str:
        """What a string of the target says: its reference followed, or its placeholders filled."""
        followed = self.secrets.follow(text, self.where)
        return self.filled(text) if followed is None else followed

    def filled(self, text: str) -> str:
        """
        A string with its placeholders filled; with a secret in it, it is one as a whole, too.

        Raises `ProofbookError` naming a placeholder that stands for nothing, and the known ones.
        """
        value = fill(text, self)
        if self.secrets.holds_secret(placeholders(text)):
            self.secrets.tell(value)
        return value
