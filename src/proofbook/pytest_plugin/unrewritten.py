"""
Proofbook's own modules are imported as they are, not with pytest's assertions.

Pytest looks for assertions to rewrite in all that its plugins are made of. There are none here that a person
reads, and where nothing can be kept of that work (`PYTHONDONTWRITEBYTECODE`, an image that is read-only) each
session, and each worker of it, would do it again. What `import proofbook` itself needs is there before.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_OURS = "proofbook."


class _Finder:
    """Finds what is ours before pytest does."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As any other import finds it; `None` for what is not ours."""
        return PathFinder.find_spec(fullname, path, target) if fullname.startswith(_OURS) else None


def begin() -> None:
    """From now on, in this process."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
