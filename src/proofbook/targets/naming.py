"""What an implementation calls otherwise than its contract does."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Contract's word → the implementation's own, where it has one."""

    env: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    paths: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def path(self, name: str, **ids: str) -> str:
        """The path that the contract calls `name`, its `{id}` filled."""
        path = self.paths.get(name, name)
        for key, value in ids.items():
            path = path.replace("{" + key + "}", value)
        return path

    def header(self, name: str) -> str:
        """The header that the contract calls so."""
        return self.headers.get(name, name)
