"""
What only a system can say about a copy of itself: `checks/<system>/rehearsal.py`.

    def fill(twin, processes) -> str               events in a twin whose processes all run; what it holds then
    def examine(twin, service, processes) -> str   what was restored re-verified through the service on it
    def write(twin, service, processes) -> str     one write through that service

`processes` are those of the twin that run, by name: empty at a deployment. `examine` and `write` raise
`AssertionError` for what does not hold, and tell what they saw. Each may be left out: what asks for it
gives no verdict then.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proofbook.errors import NotAsked, NoVerdict, ProofbookError
from proofbook.instruments.restore.broken import Broken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proofbook.stack import Controlled, Twin

#: The module of a system's checks that knows how to look at a copy.
MODULE = "rehearsal"


@dataclass(slots=True)
class Hooks:
    """The functions of a system's module, where there are any."""

    #: `None`: there is no such module.
    module: Any
    where: str

    @classmethod
    def of(cls, root: Path, system: str) -> Hooks:
        """Those of a system of the project at `root`."""
        where = f"checks/{system}/{MODULE}.py"
        if not (root / where).exists():
            return cls(None, where)
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        return cls(importlib.import_module(f"checks.{system}.{MODULE}"), where)

    def fill(self, twin: Twin, processes: Mapping[str, Controlled]) -> str:
        """Put events into a twin; it may stay empty where nobody knows how."""
        found = getattr(self.module, "fill", None)
        if found is None:
            return f"{self.where} has no fill: it holds what it began with"
        return str(found(twin, processes) or "")

    def ask(
        self, name: str, twin: Twin, service: Controlled, processes: Mapping[str, Controlled]
    ) -> str:
        """`examine` or `write`. Raises `Broken`, `NoVerdict`."""
        found = getattr(self.module, name, None)
        if found is None:
            raise NotAsked(f"{self.where} has no {name}: only the system's checks can say")
        try:
            return str(found(twin, service, processes) or "")
        except (Broken, ProofbookError):
            raise
        except AssertionError as error:
            raise Broken(name, str(error)) from None
        except LookupError as error:
            raise NoVerdict(f"{name} needs what is not here: {error}") from None
