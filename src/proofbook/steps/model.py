"""A named step of a runbook: what a person copies into a shell, and what a run executes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook.effects import Effect

if TYPE_CHECKING:
    from proofbook.errors import Place

#: The shells that a step may be written for.
LANGUAGES = ("bash", "sh")
#: How long a step may take where its fence says nothing.
WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A fenced block with a name."""

    name: str
    #: The line of the fence's opening marks.
    place: Place
    #: One of `LANGUAGES`.
    language: str = "bash"
    #: The lines of the block, each with its end.
    script: str
    #: The name of the step that this block undoes; `None` where it goes forward.
    rollback: str | None = None
    #: Commands of the target (`commands.NAME`) that the block calls; it is for targets that have all.
    needs: tuple[str, ...] = ()
    #: What it does to its target: one that says nothing is taken to disrupt.
    effect: Effect = Effect.DISRUPTS
    #: Whether what it prints is a secret, which is neither shown nor kept.
    is_secret: bool = False
    within: timedelta = WITHIN
    #: What it must print, `…` standing for anything; `None` where its end is all that is judged.
    expected: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal, of what is run and of what it is held to."""
        parts = (self.language, self.script, repr(self.expected))
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def variables(self) -> frozenset[str]:
        """The names of the variables that the script mentions: `$NAME`, `${NAME…}`."""
        return frozenset(_variables(self.script))


def _variables(script: str) -> list[str]:
    """Names in capitals behind a `$`; what the shell makes of them is its own affair."""
    found = []
    for piece in script.split("$")[1:]:
        text = piece.removeprefix("{")
        name = text[: next((i for i, c in enumerate(text) if not _in_name(c)), len(text))]
        if name and not name[0].isdigit():
            found.append(name)
    return found


def _in_name(character: str) -> bool:
    return character == "_" or (
        character.isascii() and (character.isupper() or character.isdigit())
    )
